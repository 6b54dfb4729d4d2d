"""The life of accepted requests: they wait, run, and end with a video or an error."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from sandbox.fal.clock import timestamp
from sandbox.fal.errors import Failure, infrastructure_error
from sandbox.fal.habits import AfterCancel
from sandbox.fal.orders import Unfetchable, order_for, unreadable
from sandbox.fal.records import FalRequest, Result, State
from sandbox.fal.server import FalServer
from sandbox.fal.webhooks import Webhooks
from sandbox.orders import BadPicture, BadVideo
from sandbox.render import Renderer

CANCELED = infrastructure_error("client_cancelled")
LATE = replace(
    infrastructure_error("request_timeout", "Request timed out before processing started"),
    more_headers={"X-Fal-Request-Timeout-Type": "user"},
)


class Worker:
    """Runs requests, at most `timing.concurrency` at once, in the order in which they came.

    Those of low priority wait behind all others.
    """

    def __init__(self, server: FalServer, renderer: Renderer, webhooks: Webhooks) -> None:
        self._server = server
        self._renderer = renderer
        self._webhooks = webhooks
        self._ready: list[FalRequest] = []
        self._running: dict[FalRequest, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def accept(self, request: FalRequest) -> None:
        """Queue a request."""
        self._server.requests[request.request_id] = request
        self._server.changed()
        self._spawn(self._queue(request))
        if request.start_timeout is not None:
            self._spawn(self._expire(request, request.start_timeout))

    def cancel(self, request: FalRequest) -> None:
        """Take a waiting request out of the queue, or stop a running one if the habits say so."""
        request.cancel_requested = True
        if _waits(request):
            self._withdraw(request)
        elif self._server.habits.runner_heeds_cancel and request in self._running:
            self._running[request].cancel()
        self._server.changed()

    def waiting(self, endpoint: str) -> int:
        """Return the number of requests of an endpoint that wait."""
        return len([one for one in self._queued() if one.endpoint == endpoint])

    def queue_position(self, request: FalRequest) -> int:
        """Return the number of requests that wait before this one."""
        if not _waits(request):
            return 0
        queued = self._queued()
        return queued.index(request)

    async def close(self) -> None:
        """Stop all requests that still wait or run."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _queued(self) -> list[FalRequest]:
        queued = [one for one in self._server.requests.values() if _waits(one)]
        return sorted(queued, key=lambda one: one.low_priority)

    def _withdraw(self, request: FalRequest) -> None:
        request.withdrawn = True
        match self._server.habits.after_cancel:
            case AfterCancel.COMPLETED:
                self._end(request, CANCELED)
            case AfterCancel.NOT_FOUND:
                request.forgotten = True
            case AfterCancel.IN_QUEUE:
                pass

    async def _queue(self, request: FalRequest) -> None:
        await self._pass(request.sent_at, self._server.timing.queue_seconds)
        self._ready.append(request)
        self._start_next()

    async def _expire(self, request: FalRequest, seconds: float) -> None:
        await self._pass(request.sent_at, seconds)
        if _waits(request):
            self._end(request, LATE)

    def _start_next(self) -> None:
        self._ready = [one for one in self._ready if _waits(one)]
        while self._ready and len(self._running) < self._server.timing.concurrency:
            request = min(self._ready, key=lambda one: one.low_priority)
            self._ready.remove(request)
            request.state = State.IN_PROGRESS
            request.started_at = self._server.now()
            self._log(request, "Generating video")
            self._server.changed()
            self._running[request] = self._spawn(self._run(request, request.started_at))

    async def _run(self, request: FalRequest, started_at: datetime) -> None:
        try:
            least = self._pass(started_at, self._server.timing.run_seconds)
            outcome, _ = await asyncio.gather(self._outcome(request), least)
        except asyncio.CancelledError:
            if not request.cancel_requested:
                raise
            outcome = CANCELED
        except Exception as error:  # noqa: BLE001 - a broken stand-in must show, never hang
            self._server.violated(f"the loopback fal itself failed: {error!r}")
            outcome = infrastructure_error("internal_error")
        finally:
            del self._running[request]
        self._end(request, outcome)
        self._start_next()

    async def _outcome(self, request: FalRequest) -> Failure | bytes:
        if request.fate is not None:
            return request.fate.echoing(request.arguments)
        try:
            return await self._renderer.render(order_for(self._server, request))
        except Unfetchable as error:
            return error.failure
        except (BadPicture, BadVideo) as error:
            return unreadable(error, request.arguments)

    async def _pass(self, since: datetime, seconds: float) -> None:
        await self._server.clock.sleep_until(since + timedelta(seconds=seconds))

    def _end(self, request: FalRequest, outcome: Failure | bytes) -> None:
        request.state = State.COMPLETED
        request.ended_at = self._server.now()
        if isinstance(outcome, Failure):
            request.error = outcome
            self._log(request, f"Failed: {outcome.error_type}")
        else:
            self._keep(request, outcome)
        self._server.charge(request)
        self._server.changed()
        if request.webhook_url is not None:
            for _ in range(self._server.habits.webhook_copies):
                self._spawn(self._webhooks.deliver(request, request.webhook_url))

    def _address(self, url: str) -> str:
        """Return the URL by which a result names its file."""
        base = self._server.habits.media_url or self._server.base_url
        return base + url.removeprefix(self._server.base_url)

    def _keep(self, request: FalRequest, data: bytes) -> None:
        file_name = f"tmp{uuid4().hex[:8]}.mp4"
        url = f"{self._server.base_url}/files/results/{request.request_id}_{file_name}"
        self._server.results[url] = Result(data, request, self._server.now())
        request.result_url = url
        request.result = {
            "video": {
                "url": self._address(url),
                "content_type": "video/mp4",
                "file_name": file_name,
                "file_size": len(data),
            }
        }

    def _log(self, request: FalRequest, message: str) -> None:
        at = timestamp(self._server.now())
        request.logs.append({"message": message, "timestamp": at, "level": "INFO"})


def _waits(request: FalRequest) -> bool:
    return request.state is State.IN_QUEUE and not request.withdrawn
