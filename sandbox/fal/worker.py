"""The life of accepted requests: they wait, run, and end with a video or an error."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from uuid import uuid4

from sandbox.fal.errors import Failure, infrastructure_error, model_error
from sandbox.fal.schemas import ENDPOINTS
from sandbox.fal.server import FalRequest, FalServer, Result, State, now, timestamp
from sandbox.render import BadPicture, Renderer, VideoOrder


class Worker:
    """Runs requests, at most `timing.concurrency` at once, in the order in which they came."""

    def __init__(self, server: FalServer, renderer: Renderer) -> None:
        self._server = server
        self._renderer = renderer
        self._ready: deque[FalRequest] = deque()
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def accept(self, request: FalRequest) -> None:
        """Queue a request."""
        self._server.requests[request.request_id] = request
        self._server.changed()
        self._spawn(self._queue(request))
        if request.start_timeout is not None:
            self._spawn(self._expire(request, request.start_timeout))

    def cancel(self, request: FalRequest) -> None:
        """Take a waiting request out of the queue; a running one goes on.

        fal doesn't document what status shows after that. Here it ends with the error type that
        fal has for it, `client_cancelled`.
        """
        request.cancel_requested = True
        if request.state is State.IN_QUEUE:
            self._end(request, infrastructure_error("client_cancelled", "Request was cancelled"))
        self._server.changed()

    def queue_position(self, request: FalRequest) -> int:
        """Return how many requests wait before this one."""
        waiting = [one for one in self._server.requests.values() if one.state is State.IN_QUEUE]
        return waiting.index(request)

    async def close(self) -> None:
        """Stop whatever still waits or runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _queue(self, request: FalRequest) -> None:
        await asyncio.sleep(self._server.timing.queue_seconds)
        self._ready.append(request)
        self._start_next()

    async def _expire(self, request: FalRequest, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if request.state is State.IN_QUEUE:
            message = "Request timed out before processing started"
            self._end(request, infrastructure_error("request_timeout", message))

    def _start_next(self) -> None:
        while self._ready and self._running < self._server.timing.concurrency:
            request = self._ready.popleft()
            if request.state is State.IN_QUEUE:
                self._running += 1
                request.state = State.IN_PROGRESS
                request.started_at = now()
                _log(request, "Generating video")
                self._server.changed()
                self._spawn(self._run(request))

    async def _run(self, request: FalRequest) -> None:
        try:
            least = asyncio.sleep(self._server.timing.run_seconds)
            outcome, _ = await asyncio.gather(self._outcome(request), least)
        except Exception as error:  # noqa: BLE001 - a broken stand-in must show, never hang
            self._server.violated(f"the loopback fal itself failed: {error!r}")
            outcome = infrastructure_error("internal_error", "Internal Server Error")
        finally:
            self._running -= 1
        self._end(request, outcome)
        self._start_next()

    async def _outcome(self, request: FalRequest) -> Failure | bytes:
        if request.fate is not None:
            return request.fate
        arguments = ENDPOINTS[request.endpoint].with_defaults(request.arguments)
        picture_url, seed = arguments.get("image_url"), arguments.get("seed")
        picture = None
        if isinstance(picture_url, str):
            # Only what was uploaded here: nothing ever leaves the machine.
            upload = self._server.uploads.get(picture_url)
            if upload is None:
                message = "Failed to download the file. Please check if the URL is accessible."
                where = ["body", "image_url"]
                return model_error("file_download_error", where, message, given=picture_url)
            picture = upload.data
        order = VideoOrder(
            prompt=str(arguments["prompt"]),
            seed=seed if isinstance(seed, int) else 0,
            short_side=int(str(arguments["resolution"]).removesuffix("p")),
            seconds=int(str(arguments["duration"])),
            aspect_ratio=str(arguments.get("aspect_ratio", "")),
            picture=picture,
        )
        try:
            return await self._renderer.render(order)
        except BadPicture:
            message = "Failed to load the image. Please ensure it is not corrupted."
            where = ["body", "image_url"]
            return model_error("image_load_error", where, message, given=picture_url)

    def _end(self, request: FalRequest, outcome: Failure | bytes) -> None:
        request.state = State.COMPLETED
        request.ended_at = now()
        if isinstance(outcome, Failure):
            request.error = outcome
            _log(request, f"Failed: {outcome.error_type}")
        else:
            file_name = f"tmp{uuid4().hex[:8]}.mp4"
            url = f"{self._server.base_url}/files/results/{request.request_id}_{file_name}"
            self._server.results[url] = Result(outcome, request)
            request.result_url = url
            request.result = {
                "video": {
                    "url": url,
                    "content_type": "video/mp4",
                    "file_name": file_name,
                    "file_size": len(outcome),
                }
            }
        self._server.changed()


def _log(request: FalRequest, message: str) -> None:
    request.logs.append({"message": message, "timestamp": timestamp(now()), "level": "INFO"})
