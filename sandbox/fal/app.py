"""The loopback fal as a running HTTP server."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import format_datetime
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.fal.gate import Gate
from sandbox.fal.habits import Timing
from sandbox.fal.platform import Platform
from sandbox.fal.queue import Queue
from sandbox.fal.schemas import ENDPOINTS
from sandbox.fal.server import FalServer
from sandbox.fal.storage import LARGEST_UPLOAD, Storage
from sandbox.fal.submit import Submit
from sandbox.fal.tampering import DATED
from sandbox.fal.webhooks import Webhooks
from sandbox.fal.worker import Worker
from sandbox.render import Renderer

FAKE_KEY = "fake-fal-key"
SHUTDOWN_SECONDS = 0.2


@asynccontextmanager
async def open_fal(
    *,
    port: int = 0,
    key: str = FAKE_KEY,
    timing: Timing | None = None,
    renderer: Renderer | None = None,
) -> AsyncGenerator[FalServer]:
    """Serve fal's queue, storage, files and platform API on 127.0.0.1.

    Port 0 lets the system choose. A renderer that is passed in stays open for the next server.
    """
    listener = socket.create_server(("127.0.0.1", port))
    host, chosen_port = cast("tuple[str, int]", listener.getsockname())
    server = FalServer(f"http://{host}:{chosen_port}", key, timing or Timing())
    own_renderer = renderer or Renderer()
    webhooks = Webhooks(server)
    worker = Worker(server, own_renderer, webhooks)
    runner = web.AppRunner(
        _application(server, worker, webhooks), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS
    )
    try:
        await runner.setup()
        await web.SockSite(runner, listener).start()
        yield server
    finally:
        await runner.cleanup()
        await worker.close()
        listener.close()
        if renderer is None:
            await asyncio.to_thread(own_renderer.close)


def _application(server: FalServer, worker: Worker, webhooks: Webhooks) -> web.Application:
    gate = Gate(server)
    # aiohttp refuses bodies of this size and more.
    application = web.Application(
        client_max_size=LARGEST_UPLOAD + 1,
        middlewares=[_count_calls(server), _report_surprises(server)],
    )
    application.on_response_prepare.append(_date(server))
    application.add_routes(Storage(server, gate).routes())
    application.add_routes(Platform(server, gate).routes())
    application.add_routes(webhooks.routes())
    application.add_routes(Queue(server, gate, worker).routes())
    application.add_routes(Submit(server, gate, worker).routes())
    return application


def _count_calls(server: FalServer) -> Middleware:
    @web.middleware
    async def count(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        server.calls[f"{request.method} {request.path}"] += 1
        return await handler(request)

    return count


def _date(
    server: FalServer,
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Date each answer by fal's clock, unless a fault has given it another date, or none."""

    async def date(_: web.Request, response: web.StreamResponse) -> None:
        if response.headers.pop(DATED, None) is not None:
            if not response.headers["Date"]:
                del response.headers["Date"]
        else:
            response.headers["Date"] = format_datetime(server.now(), usegmt=True)

    return date


def _report_surprises(server: FalServer) -> Middleware:
    """Note unknown routes and our own mistakes as violations, and answer as fal would."""

    @web.middleware
    async def report(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
            server.violated(f"unknown route {request.method} {request.path}")
            # Seen at fal: the sub-path of an endpoint takes submits only.
            under_endpoint = any(request.path.startswith(f"/{one}") for one in ENDPOINTS)
            status, detail = (405, "Method Not Allowed") if under_endpoint else (404, "Not Found")
            return web.json_response({"detail": detail}, status=status)
        except web.HTTPException as error:
            return web.json_response({"detail": error.reason}, status=error.status)
        except (ConnectionError, web.RequestPayloadError):
            # The client has gone, which is nobody's mistake here.
            raise
        except Exception as error:
            server.violated(f"the loopback fal itself failed: {error!r}")
            raise

    return report
