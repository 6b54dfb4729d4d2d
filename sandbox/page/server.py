"""Server of the page: it acts for anybody who can reach it, so it checks each request.

It listens on this machine only. A foreign site in the same browser could still reach it: the Host
header keeps out names that were made to lead here (DNS rebinding), the Origin header the rest.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientConnectionResetError, web
from aiohttp.typedefs import Handler

from sandbox.discord import File, Member
from sandbox.discord.errors import ApiError
from sandbox.discord.wire import Json, as_object, decode
from sandbox.page.actions import Actions, Asked
from sandbox.page.books import Books
from sandbox.page.hub import Hub
from sandbox.page.view import View
from sandbox.stage import Stage

HOST = "127.0.0.1"
STATIC = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
LARGEST_REQUEST = 128 * 1024 * 1024
PACE_SECONDS = 0.05
"""At least so long between two looks at what has changed."""
SHUTDOWN_SECONDS = 1.0

Act = Callable[[Asked], Awaitable[Json]]


@dataclass(frozen=True)
class Page:
    url: str


@asynccontextmanager
async def open_page(stage: Stage, *, port: int = 0) -> AsyncGenerator[Page]:
    """Serve the page on 127.0.0.1; port 0 takes a free one. Raises OSError if it is taken."""
    hub = Hub(stage)
    books = Books(stage, hub)
    server = PageServer(stage, hub, View(stage, books))
    async with AsyncExitStack() as stack:
        runner = web.AppRunner(
            server.application(), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, HOST, port)
        try:
            await site.start()
        except OSError as error:
            raise OSError(f"the page can't have port {port} ({error.strerror})") from error
        server.port = site.port
        await stack.enter_async_context(hub.following())
        await stack.enter_async_context(books.being_read())
        stack.callback(hub.close)
        yield Page(f"http://{HOST}:{site.port}")


class PageServer:
    def __init__(self, stage: Stage, hub: Hub, view: View) -> None:
        self.port = 0
        self._stage = stage
        self._hub = hub
        self._view = view
        self._policy = content_policy(stage.discord.base_url)

    def application(self) -> web.Application:
        actions = Actions(self._stage.discord)
        application = web.Application(client_max_size=LARGEST_REQUEST, middlewares=[self._guard])
        application.on_response_prepare.append(self._protect)
        application.add_routes(
            [
                web.get("/", _file),
                web.get("/static/{name}", _file),
                web.get("/api/state", self._state),
                web.get("/api/events", self._events),
                *(
                    web.post(f"/api/{act.__name__}", _answering(act))
                    for act in (
                        actions.command,
                        actions.menu,
                        actions.click,
                        actions.select,
                        actions.modal,
                        actions.autocomplete,
                        actions.message,
                    )
                ),
            ]
        )
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        hosts = {f"{name}:{self.port}" for name in (HOST, "localhost")}
        if request.host not in hosts:
            raise web.HTTPForbidden(text="This page is for this machine only.")
        origin = request.headers.get("Origin")
        only_reads = request.method in {"GET", "HEAD"}
        if origin != f"http://{request.host}" and not (origin is None and only_reads):
            raise web.HTTPForbidden(text="Another site may not do this.")
        return await handler(request)

    async def _protect(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(
            {
                "Content-Security-Policy": self._policy,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cross-Origin-Opener-Policy": "same-origin",
                "Cross-Origin-Resource-Policy": "same-origin",
                "Cache-Control": "no-store",
            }
        )

    def _member(self, request: web.Request) -> Member:
        members = self._stage.discord.members
        return members.get(request.query.get("member", ""), members["Ada"])

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(self._view.parts(self._member(request)))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send each part of the state now and whenever it has changed."""
        member = self._member(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with self._hub.watching(), suppress(ClientConnectionResetError):
            await response.write(b"retry: 1000\n\n")
            await self._stream(member, response)
        return response

    async def _stream(self, member: Member, response: web.StreamResponse) -> None:
        sent: dict[str, str] = {}
        while not self._hub.closing:
            shown = self._hub.version
            for name, part in self._view.parts(member).items():
                # JSON has no line breaks of its own, which would end the event's line.
                text = json.dumps(part)
                if sent.get(name) != text:
                    await response.write(f"event: {name}\ndata: {text}\n\n".encode())
                    sent[name] = text
            await asyncio.sleep(PACE_SECONDS)
            if not await self._hub.wait_for(lambda shown=shown: self._hub.version != shown):
                await response.write(b": still here\n\n")


def content_policy(files_from: str) -> str:
    """Return the Content-Security-Policy: the page's own files, and media of the loopback Discord.

    Trusted types without any policy switch off every way to turn text into HTML.
    """
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' {files_from}",
        "media-src": f"'self' {files_from}",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


async def _file(request: web.Request) -> web.FileResponse:
    path = STATIC / request.match_info.get("name", "index.html")
    # Names come without a slash, so nothing outside the folder can be meant.
    if path.suffix not in TYPES or not path.is_file():
        raise web.HTTPNotFound
    content_type = f"{TYPES[path.suffix]}; charset=utf-8"
    return web.FileResponse(path, headers={"Content-Type": content_type})


def _answering(act: Act) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await act(await _asked(request)))
        except (ValueError, ApiError) as error:
            return web.json_response({"error": str(error)}, status=400)
        except TimeoutError:
            return web.json_response({"error": "The application did not respond"}, status=504)

    return handle


async def _asked(request: web.Request) -> Asked:
    """Read a form: a field `request` with JSON, and files. Raises ValueError."""
    form = await request.post()
    files: dict[str, File] = {}
    for key, field in form.items():
        if isinstance(field, web.FileField):
            files[key] = File(field.filename, field.file.read(), field.content_type)
    text = form.get("request")
    body = as_object(decode(text if isinstance(text, str) else ""))
    # Half a surrogate pair is JSON, but no text.
    json.dumps(body, ensure_ascii=False).encode()
    return Asked(body, files)
