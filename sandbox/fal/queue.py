"""fal's queue once a request is in it: status, stream, result and cancel.

https://fal.ai/docs/documentation/model-apis/inference/queue.md
"""

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from aiohttp import web

from sandbox.fal.errors import Json, JsonObject
from sandbox.fal.faults import Action, Mangle, Route
from sandbox.fal.gate import Gate
from sandbox.fal.habits import CancelAnswer
from sandbox.fal.records import FalRequest, State
from sandbox.fal.retention import REQUESTS, result_is_gone
from sandbox.fal.schemas import ENDPOINTS
from sandbox.fal.server import FalServer
from sandbox.fal.tampering import mangled
from sandbox.fal.views import NOT_FOUND, status_body
from sandbox.fal.worker import Worker

IN_REQUEST = "/{owner}/{app}/requests/{request_id}"

Answerer = Callable[[FalRequest, web.Request, Action | None], Awaitable[web.StreamResponse]]


class Queue:
    """The routes of queue.fal.run that are about one request."""

    def __init__(self, server: FalServer, gate: Gate, worker: Worker) -> None:
        self._server = server
        self._gate = gate
        self._worker = worker

    def routes(self) -> list[web.RouteDef]:
        def about(route: Route, answer: Answerer) -> Callable[..., Awaitable[web.StreamResponse]]:
            return partial(self._about_request, route, answer)

        return [
            web.get(IN_REQUEST + "/status", about("status", self._status)),
            web.get(IN_REQUEST + "/status/stream", about("stream", self._stream)),
            web.get(IN_REQUEST, about("result", self._result)),
            web.put(IN_REQUEST + "/cancel", about("cancel", self._cancel)),
        ]

    async def _about_request(
        self, route: Route, answer: Answerer, request: web.Request
    ) -> web.StreamResponse:
        if refusal := self._gate.refusal(request):
            return refusal
        known = self._find(request)

        async def handle(action: Action | None) -> web.StreamResponse:
            if known is None:
                return web.json_response(NOT_FOUND, status=404)
            return await answer(known, request, action)

        about: Json = known.arguments if known else None
        return await self._gate.play(route, request, handle, about=about)

    def _find(self, request: web.Request) -> FalRequest | None:
        known = self._server.requests.get(request.match_info["request_id"])
        if known is None or request.path.split("/requests/")[0] != f"/{known.app}":
            return None
        too_old = self._server.now() >= known.sent_at + REQUESTS
        return None if known.forgotten or too_old else known

    def _body(self, known: FalRequest, request: web.Request) -> JsonObject:
        with_logs = request.query.get("logs", "0").lower() in {"1", "true"}
        position = self._worker.queue_position(known)
        return status_body(self._server.base_url, known, position, with_logs=with_logs)

    async def _status(
        self, known: FalRequest, request: web.Request, _: Action | None
    ) -> web.StreamResponse:
        status = 200 if known.state is State.COMPLETED else 202
        return web.json_response(self._body(known, request), status=status)

    async def _stream(
        self, known: FalRequest, request: web.Request, action: Action | None
    ) -> web.StreamResponse:
        """Send the status as an event whenever it has changed, until the request has ended."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        sent = None
        with suppress(ConnectionError):  # the client may go at any time
            await stream.prepare(request)
            while True:
                change, ended = self._server.next_change, known.state is State.COMPLETED
                body = self._body(known, request)
                if isinstance(action, Mangle):
                    body = mangled(body, action)
                if body != sent:
                    await stream.write(f"data: {json.dumps(body)}\n\n".encode())
                    sent = body
                if ended:
                    await stream.write_eof()
                    break
                await change.wait()
        return stream

    async def _result(
        self, known: FalRequest, _request: web.Request, _: Action | None
    ) -> web.StreamResponse:
        headers = {"x-fal-request-id": known.request_id}
        if known.state is not State.COMPLETED:
            # fal documents no answer for this; the sentence is the one it gives.
            detail = {"detail": "Request is still in progress"}
            return web.json_response(detail, status=400, headers=headers)
        if result_is_gone(self._server.now(), known, self._server.habits):
            return web.json_response(
                NOT_FOUND, status=self._server.habits.gone_status, headers=headers
            )
        if known.error:
            headers |= known.error.headers
            headers["x-fal-billable-units"] = self._units(known)
            return web.json_response(known.error.body, status=known.error.status, headers=headers)
        headers["x-fal-billable-units"] = self._units(known)
        return web.json_response(known.result, headers=headers)

    def _units(self, known: FalRequest) -> str:
        if not known.charged_micro_usd:
            return "0"
        return ENDPOINTS[known.endpoint].billable_units(known.arguments)

    async def _cancel(
        self, known: FalRequest, _request: web.Request, _: Action | None
    ) -> web.StreamResponse:
        if known.state is State.COMPLETED:
            return web.json_response({"status": "ALREADY_COMPLETED"}, status=400)
        self._worker.cancel(known)
        match self._server.habits.cancel_answer:
            case CancelAnswer.SUCCESS:
                return web.json_response({"success": True})
            case CancelAnswer.OK as answer:
                return web.json_response({"status": answer.value})
            case CancelAnswer.REQUESTED as answer:
                return web.json_response({"status": answer.value}, status=202)
