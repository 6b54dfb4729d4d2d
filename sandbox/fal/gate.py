"""The gate in front of every route: the key, and the faults that a test has armed."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.fal.errors import Json
from sandbox.fal.faults import Action, Answer, Delay, Drop, Mangle, Route, Trickle, WrongLength
from sandbox.fal.server import FalServer
from sandbox.fal.tampering import mangle, redated, trickle, wrong_length

Handler = Callable[[Action | None], Awaitable[web.StreamResponse]]


class Gate:
    """Checks keys and applies faults."""

    def __init__(self, server: FalServer) -> None:
        self._server = server

    def refusal(self, request: web.Request) -> web.Response | None:
        """Return fal's 401 unless the request carries the key."""
        given = request.headers.get("Authorization")
        if given == f"Key {self._server.key}":
            return None
        detail = (
            "Authentication is required to access this application."
            if given is None
            else "No user found for Key ID and Secret"
        )
        return web.json_response({"detail": detail}, status=401)

    async def play(
        self, route: Route, request: web.Request, handle: Handler, *, about: Json = None
    ) -> web.StreamResponse:
        """Handle a request, changed by the next matching fault.

        `about` holds the arguments of the job in question: a fault may be armed for them.
        """
        subject = f"{request.path_qs} {json.dumps(about, ensure_ascii=False)}"
        action = self._server.take_action(route, subject)
        match action:
            case Drop(accepted):
                if accepted:
                    await handle(None)
                return _drop(request)
            case Answer(accepted=accepted):
                if accepted:
                    await handle(None)
                return _answer(action)
            case Delay(seconds):
                await asyncio.sleep(seconds)
            case _:
                pass
        return await _tamper(request, await handle(action), action)


def hung_up(request: web.Request) -> bool:
    """Return whether the connection is gone, so that no answer can reach the client."""
    return request.transport is None or request.transport.is_closing()


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    # Nobody will see it, but aiohttp wants a response.
    return web.Response()


def _answer(action: Answer) -> web.Response:
    if isinstance(action.body, str | bytes):
        body = action.body.encode() if isinstance(action.body, str) else action.body
        return redated(web.Response(status=action.status, body=body, headers=action.headers))
    return redated(web.json_response(action.body, status=action.status, headers=action.headers))


async def _tamper(
    request: web.Request, response: web.StreamResponse, action: Action | None
) -> web.StreamResponse:
    if not isinstance(response, web.Response):
        return response
    match action:
        case Mangle():
            return mangle(response, action)
        case Trickle():
            return await trickle(request, response, action)
        case WrongLength():
            return wrong_length(request, response, action)
        case _:
            return response
