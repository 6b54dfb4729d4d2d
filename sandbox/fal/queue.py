"""fal's queue: submit, status, result and cancel.

https://fal.ai/docs/documentation/model-apis/inference/queue.md
"""

import json
from collections.abc import Callable
from functools import partial
from typing import cast
from uuid import uuid4

from aiohttp import web

from sandbox.fal.errors import Failure, Json, JsonObject
from sandbox.fal.faults import Action, FailJob, Route
from sandbox.fal.gate import Gate, hung_up
from sandbox.fal.schemas import ENDPOINTS
from sandbox.fal.server import FalRequest, FalServer, Post, State, now
from sandbox.fal.validation import complaints, unknown_keys
from sandbox.fal.worker import Worker

NOT_FOUND: JsonObject = {"status": "NOT_FOUND"}
IN_REQUEST = "/{owner}/{app}/requests/{request_id}"
# Everything else that is posted is taken for a submit, to know every POST that could cost money.
SUBMIT = r"/{endpoint:(?!storage/|files/|v1/).+}"

Answerer = Callable[[FalRequest, web.Request], web.Response]


class Queue:
    """The routes of queue.fal.run."""

    def __init__(self, server: FalServer, gate: Gate, worker: Worker) -> None:
        self._server = server
        self._gate = gate
        self._worker = worker

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(IN_REQUEST + "/status", partial(self._about_request, "status", self._status)),
            web.get(IN_REQUEST, partial(self._about_request, "result", self._result)),
            web.put(IN_REQUEST + "/cancel", partial(self._about_request, "cancel", self._cancel)),
            web.post(SUBMIT, self.submit),
        ]

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """Note the POST before anything else can happen to it, then accept or refuse it."""
        body, readable = _parse(await request.read())
        post = Post(
            endpoint=request.match_info["endpoint"],
            arguments=body if isinstance(body, dict) else {},
            headers=request.headers,
            query=request.query,
            at=now(),
        )
        self._server.posts.append(post)
        self._server.changed()

        async def accept(action: Action | None) -> web.StreamResponse:
            return self._accept(request, post, body if readable else None, action)

        response = self._gate.refusal(request) or await self._gate.play(
            "submit", request, accept, about=body
        )
        post.status = None if hung_up(request) else response.status
        self._server.changed()
        return response

    def _accept(
        self, request: web.Request, post: Post, body: Json, action: Action | None
    ) -> web.Response:
        if post.endpoint not in ENDPOINTS:
            self._server.violated(f"submit to unknown endpoint {post.endpoint}")
            application = "/".join(post.endpoint.split("/")[:2])
            return web.json_response(
                {"detail": f"Application '{application}' not found"}, status=404
            )
        detail = complaints(post.endpoint, body)
        if detail:
            return web.json_response({"detail": detail}, status=422)
        for key in unknown_keys(post.endpoint, post.arguments):
            self._server.violated(f"{post.endpoint} knows no input {key!r}")
        accepted = FalRequest(
            request_id=str(uuid4()),
            endpoint=post.endpoint,
            arguments=post.arguments,
            sent_at=post.at,
            start_timeout=self._start_timeout(request),
            lifecycle=request.headers.get("X-Fal-Object-Lifecycle-Preference"),
            fate=action.failure if isinstance(action, FailJob) else None,
        )
        post.request_id = accepted.request_id
        self._worker.accept(accepted)
        return web.json_response(
            {
                "status": accepted.state,
                "request_id": accepted.request_id,
                "queue_position": self._worker.queue_position(accepted),
                **self._urls(accepted),
            }
        )

    def _start_timeout(self, request: web.Request) -> float | None:
        given = request.headers.get("X-Fal-Request-Timeout")
        if given is None:
            return None
        try:
            seconds = float(given)
        except ValueError:
            seconds = 0.0
        # https://fal.ai/docs/documentation/model-apis/inference/queue.md: more than 0.1.
        if seconds > 0.1:
            return seconds
        self._server.violated(f"X-Fal-Request-Timeout is {given!r}")
        return None

    async def _about_request(
        self, route: Route, answer: Answerer, request: web.Request
    ) -> web.StreamResponse:
        if refusal := self._gate.refusal(request):
            return refusal
        known = self._server.requests.get(request.match_info["request_id"])
        if known is None or request.path.split("/requests/")[0] != f"/{known.app}":
            known = None

        async def handle(_: Action | None) -> web.StreamResponse:
            return answer(known, request) if known else web.json_response(NOT_FOUND, status=404)

        about = known.arguments if known else None
        return await self._gate.play(route, request, handle, about=about)

    def _status(self, known: FalRequest, request: web.Request) -> web.Response:
        answer: JsonObject = {
            "status": known.state,
            "request_id": known.request_id,
            "response_url": self._urls(known)["response_url"],
        }
        with_logs = request.query.get("logs", "0").lower() in {"1", "true"}
        if known.state is State.IN_QUEUE:
            answer["queue_position"] = self._worker.queue_position(known)
        else:
            answer["logs"] = list(known.logs) if with_logs else []
        if known.state is not State.COMPLETED:
            return web.json_response(answer, status=202)
        seconds = 0.0
        if known.started_at and known.ended_at:
            seconds = (known.ended_at - known.started_at).total_seconds()
        answer["metrics"] = {"inference_time": seconds}
        if known.error:
            answer["error"] = _sentence(known.error)
            answer["error_type"] = known.error.error_type
        return web.json_response(answer)

    def _result(self, known: FalRequest, _: web.Request) -> web.Response:
        headers = {"x-fal-request-id": known.request_id}
        if known.error:
            headers["X-Fal-Error-Type"] = known.error.error_type
            headers["X-Fal-Retryable"] = "true" if known.error.status >= 500 else "false"
            return web.json_response(known.error.body, status=known.error.status, headers=headers)
        if known.result is None:
            # fal documents no answer for this; the sentence is the one it gives.
            detail = {"detail": "Request is still in progress"}
            return web.json_response(detail, status=400, headers=headers)
        units = ENDPOINTS[known.endpoint].billable_units(known.arguments)
        headers["x-fal-billable-units"] = units
        return web.json_response(known.result, headers=headers)

    def _cancel(self, known: FalRequest, _: web.Request) -> web.Response:
        if known.state is State.COMPLETED:
            return web.json_response({"status": "ALREADY_COMPLETED"}, status=400)
        self._worker.cancel(known)
        return web.json_response({"status": "CANCELLATION_REQUESTED"}, status=202)

    def _urls(self, known: FalRequest) -> JsonObject:
        url = f"{self._server.base_url}/{known.app}/requests/{known.request_id}"
        return {"response_url": url, "status_url": f"{url}/status", "cancel_url": f"{url}/cancel"}


def _parse(raw: bytes) -> tuple[Json, bool]:
    try:
        return cast("Json", json.loads(raw)), True
    except ValueError:
        return None, False


def _sentence(failure: Failure) -> str:
    """Return the `error` that status shows, for a model's error the one known from webhooks."""
    detail = failure.body.get("detail") if isinstance(failure.body, dict) else None
    return detail if isinstance(detail, str) else f"Invalid status code: {failure.status}"
