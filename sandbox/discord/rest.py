"""REST: reads each request whole, keeps it, meets armed faults, answers as Discord would."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from aiohttp import BodyPartReader, web

from sandbox.discord.cdn import File
from sandbox.discord.errors import ApiError, RateLimited, invalid_form, unauthorized
from sandbox.discord.faults import Answer, Delay, Drop
from sandbox.discord.rate_limits import ALWAYS
from sandbox.discord.routing import Reply, RestRequest, Route
from sandbox.discord.state import State
from sandbox.discord.wire import as_integer, decode, encode

_log = logging.getLogger(__name__)
PREFIX = "/api/v10"
_FILE_PART = re.compile(r"files\[(\d+)\]")


class Rest:
    def __init__(self, state: State) -> None:
        self._state = state

    def install(self, app: web.Application, routes: list[Route]) -> None:
        for route in routes:
            app.router.add_route(route.method, PREFIX + route.template, self._serve(route))
        app.router.add_route("*", "/{unknown:.*}", self._unknown)

    def _serve(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(http: web.Request) -> web.StreamResponse:
            request = await self._keep(http, route.template)
            action = self._state.faults.take(route.method, route.template, request.path)
            if isinstance(action, Delay):
                await asyncio.sleep(action.seconds)
            if action is Drop.BEFORE:
                return _cut(http)
            if isinstance(action, Answer):
                request.error_code = as_integer(action.body.get("code")) or None
                reply = Reply(action.status, action.body, action.headers)
                return self._answer(request, route, reply)
            reply = self._handle(route, request)
            if action is Drop.AFTER:
                self._state.changes.notify()
                return _cut(http)
            return self._answer(request, route, reply)

        return serve

    def _handle(self, route: Route, request: RestRequest) -> Reply:
        limits = self._state.rate_limits
        if limits.banned:
            return Reply(429, text="<html><body>error code: 1015</body></html>")
        headers: Mapping[str, str] = {}
        try:
            headers = limits.take(route, request)
            self._admit(route, request)
            reply = route.handler(request)
        except RateLimited as error:
            request.error_code = error.code
            reply, headers = Reply(429, error.body), limits.refusal_headers(route, error)
        except ApiError as error:
            request.error_code = error.code
            reply = Reply(error.status, error.body)
        except Exception as error:  # noqa: BLE001 - a fault of the stage is a 500, and loud
            _log.exception("%s %s", request.method, request.path)
            self._state.violations.append(f"the stage broke at {request.path}: {error!r}")
            reply = Reply(500, {"message": "500: Internal Server Error", "code": 0})
        return replace(reply, headers={**ALWAYS, **headers})

    def _admit(self, route: Route, request: RestRequest) -> None:
        if route.by_bot and request.authorization != f"Bot {self._state.token}":
            raise unauthorized()
        if request.unreadable:
            raise invalid_form("_", request.unreadable)

    async def _unknown(self, http: web.Request) -> web.StreamResponse:
        request = await self._keep(http, "")
        self._state.violations.append(f"no such route: {http.method} {http.path}")
        reply = Reply(404, {"message": "404: Not Found", "code": 0}, ALWAYS)
        return self._answer(request, None, reply)

    async def _keep(self, http: web.Request, template: str) -> RestRequest:
        request = RestRequest(
            method=http.method,
            template=template,
            path=http.path,
            parameters=dict(http.match_info),
            query=dict(http.query),
            authorization=http.headers.get("Authorization", ""),
        )
        try:
            await _read_body(http, request)
        except ValueError as error:
            request.unreadable = f"The body can't be read: {error}"
        self._state.requests.append(request)
        self._state.changes.notify()
        return request

    def _answer(self, request: RestRequest, route: Route | None, reply: Reply) -> web.Response:
        request.status = reply.status
        self._state.rate_limits.count_answer(route, reply.status)
        self._state.changes.notify()
        if reply.text:
            return web.Response(status=reply.status, text=reply.text, content_type="text/html")
        if reply.body is None:
            return web.Response(status=reply.status, headers=reply.headers)
        # discord.py compares the content type for equality: no charset may follow.
        return web.Response(
            status=reply.status,
            body=encode(reply.body).encode(),
            headers={"Content-Type": "application/json", **reply.headers},
        )


async def _read_body(http: web.Request, request: RestRequest) -> None:
    if http.content_type == "application/json":
        request.body = decode(await http.read() or b"null")
    elif http.content_type.startswith("multipart/"):
        async for part in await http.multipart():
            if not isinstance(part, BodyPartReader):
                raise ValueError("a multipart body inside another")  # noqa: TRY004 - of the body, not of an argument
            if part.name == "payload_json":
                request.body = decode(await part.text())
            elif named := _FILE_PART.fullmatch(part.name or ""):
                data = bytes(await part.read(decode=True))
                request.files[int(named[1])] = File(part.filename or "unknown", data)
            else:
                raise ValueError(f"an unknown part {part.name!r}")


def _cut(http: web.Request) -> web.StreamResponse:
    if http.transport is not None:
        http.transport.abort()
    return web.Response()
