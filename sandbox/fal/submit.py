"""Submitting a request: the one call that may cost money.

https://fal.ai/docs/documentation/model-apis/inference/queue.md
"""

import json
from typing import cast
from uuid import uuid4

from aiohttp import web

from sandbox.fal.errors import (
    LOCKED,
    VALIDATION_ERROR,
    Failure,
    Json,
    JsonObject,
    infrastructure_error,
)
from sandbox.fal.faults import Action, FailJob
from sandbox.fal.gate import Gate, hung_up
from sandbox.fal.records import FalRequest, Post
from sandbox.fal.retention import lifetime
from sandbox.fal.schemas import ENDPOINTS
from sandbox.fal.server import FalServer
from sandbox.fal.validation import complaints, unknown_keys
from sandbox.fal.views import urls
from sandbox.fal.worker import Worker

# Everything else that is posted is taken for a submit, to know every POST that could cost money.
SUBMIT = r"/{endpoint:(?!storage/|files/|v1/).+}"
# https://fal.ai/docs/documentation/model-apis/inference/queue.md: seconds to start, more than 0.1.
LEAST_START_TIMEOUT, LONGEST_START_TIMEOUT = 0.1, 1e9
QUERY = {"fal_webhook", "fal_max_queue_length"}


class Submit:
    """The submitting half of queue.fal.run."""

    def __init__(self, server: FalServer, gate: Gate, worker: Worker) -> None:
        self._server = server
        self._gate = gate
        self._worker = worker

    def routes(self) -> list[web.RouteDef]:
        return [web.post(SUBMIT, self.submit)]

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """Note the POST before anything else can happen to it, then accept or refuse it."""
        body, readable = _parse(await request.read())
        post = Post(
            endpoint=request.match_info["endpoint"],
            arguments=body if isinstance(body, dict) else {},
            headers=request.headers,
            query=request.query,
            at=self._server.now(),
        )
        self._server.posts.append(post)
        self._server.changed()

        async def accept(action: Action | None) -> web.StreamResponse:
            fate = action.failure if isinstance(action, FailJob) else None
            return self._answer(request, post, body if readable else None, fate)

        response = self._gate.refusal(request) or await self._gate.play(
            "submit", request, accept, about=body
        )
        post.status = None if hung_up(request) else response.status
        self._server.changed()
        return response

    def _answer(
        self, request: web.Request, post: Post, body: Json, fate: Failure | None
    ) -> web.Response:
        if post.endpoint not in ENDPOINTS:
            self._server.violated(f"submit to unknown endpoint {post.endpoint}")
            application = "/".join(post.endpoint.split("/")[:2])
            detail = f"Application '{application}' not found"
            return web.json_response({"detail": detail}, status=404)
        wrong = complaints(post.endpoint, body)
        if wrong and (self._server.habits.checks_input == "submit" or not isinstance(body, dict)):
            return web.json_response({"detail": wrong}, status=422)
        if wrong:
            fate = Failure(422, {"detail": wrong}, VALIDATION_ERROR)
        # The price of nonsense can't be told; it is refused later.
        price = 0 if wrong else ENDPOINTS[post.endpoint].price_micro_usd(post.arguments)
        if not self._server.can_pay(price):
            return web.json_response(LOCKED, status=403)
        if refusal := self._unacceptable(request, post):
            return refusal
        self._note_oddities(request, post)
        return self._accept(request, post, fate)

    def _unacceptable(self, request: web.Request, post: Post) -> web.Response | None:
        """Return fal's refusal of a submit for its headers or a full queue, or None."""
        limit = request.headers.get("X-Fal-Request-Timeout")
        if limit is not None and not LEAST_START_TIMEOUT < _seconds(limit) < LONGEST_START_TIMEOUT:
            self._server.violated(f"X-Fal-Request-Timeout is {limit!r}")
            wrong = infrastructure_error("bad_request", "Invalid X-Fal-Request-Timeout header")
            return web.json_response(wrong.body, status=wrong.status, headers=wrong.headers)
        longest = request.query.get("fal_max_queue_length")
        if longest is not None and not longest.isdecimal():
            self._server.violated(f"fal_max_queue_length is {longest!r}")
        elif longest is not None and self._worker.waiting(post.endpoint) > int(longest):
            return web.json_response({"detail": "Queue is full"}, status=429)
        return None

    def _note_oddities(self, request: web.Request, post: Post) -> None:
        """Record inputs that fal accepts silently, though no correct client sends them."""
        for key in unknown_keys(post.endpoint, post.arguments):
            self._server.violated(f"{post.endpoint} knows no input {key!r}")
        for name in sorted(request.query.keys() - QUERY):
            self._server.violated(f"submit knows no parameter {name!r}")
        try:
            lifetime(request.headers.get("X-Fal-Object-Lifecycle-Preference"))
        except ValueError as error:
            self._server.violated(f"X-Fal-Object-Lifecycle-Preference is {error}")
        priority = request.headers.get("X-Fal-Queue-Priority", "normal")
        if priority not in {"normal", "low"}:
            self._server.violated(f"X-Fal-Queue-Priority is {priority!r}")

    def _accept(self, request: web.Request, post: Post, fate: Failure | None) -> web.Response:
        headers = request.headers
        limit = headers.get("X-Fal-Request-Timeout")
        accepted = FalRequest(
            request_id=str(uuid4()),
            endpoint=post.endpoint,
            arguments=post.arguments,
            sent_at=post.at,
            start_timeout=None if limit is None else float(limit),
            lifecycle=headers.get("X-Fal-Object-Lifecycle-Preference"),
            low_priority=headers.get("X-Fal-Queue-Priority") == "low",
            stores_payloads=headers.get("X-Fal-Store-IO") != "0",
            webhook_url=request.query.get("fal_webhook"),
            fate=fate,
        )
        post.request_id = accepted.request_id
        self._worker.accept(accepted)
        body: JsonObject = {
            "status": accepted.state,
            "request_id": accepted.request_id,
            "gateway_request_id": accepted.request_id,
            "queue_position": self._worker.queue_position(accepted),
            **urls(self._server.base_url, accepted),
        }
        return web.json_response(body, headers={"x-fal-request-id": accepted.request_id})


def _parse(raw: bytes) -> tuple[Json, bool]:
    try:
        return cast("Json", json.loads(raw)), True
    except ValueError:
        return None, False


def _seconds(given: str) -> float:
    try:
        return float(given)
    except ValueError:
        return 0.0
