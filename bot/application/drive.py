"""One job's way, from its row to its end. The row is the truth: `drive` only does what it asks for."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

from bot.application.board import Board
from bot.application.reconcile import find_lost
from bot.application.timings import Timings
from bot.domain.fal import (
    Accepted,
    FalTrouble,
    Finished,
    Forgotten,
    ModelError,
    NotTaken,
    Queued,
    Rejected,
    Running,
    Submission,
    Unknown,
    Video,
    judge_error,
    judge_status,
)
from bot.domain.job import Failure, Job, Status
from bot.domain.reconcile import fal_input
from bot.domain.retry import Pace
from bot.ports import (
    Archive,
    Changes,
    Clock,
    Conflict,
    DownloadTrouble,
    Fal,
    FileLost,
    Random,
    Store,
    Undeliverable,
    Videos,
)

log = logging.getLogger(__name__)

# fal's words for a request that was cancelled: https://fal.ai/docs/documentation/model-apis/errors
_CANCELED_TYPES = {"client_cancelled", "client_disconnected"}
# A picture is uploaded again if its URL would expire this soon (milliseconds).
_EXPIRY_MARGIN_MS = 600_000
_AFTER_CONFLICT = 0.1
# How often fal is asked again before an answer is believed that would lose a paid video.
_DOUBTS = 8


class Driver:
    """Drives jobs, one step at a time, until they end or wait for the dispatcher."""

    def __init__(
        self,
        *,
        store: Store,
        fal: Fal,
        videos: Videos,
        archive: Archive,
        board: Board,
        clock: Clock,
        random: Random,
        timings: Timings,
        concurrency: int,
        changed: asyncio.Event,
    ):
        self._store = store
        self._fal = fal
        self._videos = videos
        self._archive = archive
        self._board = board
        self._clock = clock
        self._random = random
        self._timings = timings
        self._concurrency = concurrency
        self._changed = changed
        self.paused_until = 0
        """Until when (Unix milliseconds) fal isn't asked to take another video."""
        self._wakes: dict[int, asyncio.Event] = {}
        # How often in a row an answer was doubted. A new process doubts anew, which only costs time.
        self._doubts: Counter[int] = Counter()
        self._stopping = False
        self._steps: Mapping[Status, Callable[[Job], Awaitable[None]]] = {
            Status.SUBMITTING: self._found_submitting,
            Status.UNCERTAIN: self._reconcile,
            Status.SUBMITTED: self._watch,
            Status.RUNNING: self._watch,
            Status.SUCCEEDED: self._fetch,
            Status.STORED: self._board.deliver,
        }

    def wake(self, job_id: int) -> None:
        """Let a waiting job look again now."""
        if event := self._wakes.get(job_id):
            event.set()

    def stop(self) -> None:
        """Let every job finish its step and go no further."""
        self._stopping = True
        for event in self._wakes.values():
            event.set()

    async def admit(self, job_id: int) -> None:
        """Let a `created` job go to fal now, if there is room."""
        job = await self._store.job(job_id)
        if job is not None and job.status is Status.CREATED and not self._stopping:
            await self._try(self._submit, job)

    async def drive(self, job_id: int) -> None:
        """Do what the row asks for until the job ends or must wait in line."""
        self._wakes[job_id] = asyncio.Event()
        try:
            while not self._stopping:
                job = await self._store.job(job_id)
                assert job is not None, "jobs are never deleted"
                step = self._steps.get(job.status)
                if step is None:
                    break
                if job.next_attempt_at > self._clock.now():
                    await self._wait(job)
                else:
                    await self._try(step, job)
        finally:
            del self._wakes[job_id]
            self._doubts.pop(job_id, None)

    async def _try(self, step: Callable[[Job], Awaitable[None]], job: Job) -> None:
        try:
            await step(job)
        except Conflict as conflict:
            # Somebody else moved the row: look again, but never in a tight loop.
            log.info("job %d: %s", job.id, conflict)
            await asyncio.sleep(_AFTER_CONFLICT)
        except (FalTrouble, DownloadTrouble, Undeliverable) as trouble:
            log.warning("job %d (%s): %s", job.id, job.status, trouble)
            await self._later(job, self._timings.retry)
        except Exception:
            log.exception("job %d (%s): unexpected", job.id, job.status)
            await self._later(job, self._timings.retry)

    async def _wait(self, job: Job) -> None:
        """Wait until the job's next attempt is due, or somebody wakes it."""
        event = self._wakes[job.id]
        seconds = (job.next_attempt_at - self._clock.now()) / 1000
        try:
            await asyncio.wait_for(event.wait(), max(0, seconds))
        except TimeoutError:
            return
        event.clear()
        await self._store.note(job, attempts=job.attempts, next_attempt_at=0)

    async def _later(self, job: Job, pace: Pace) -> None:
        due = self._due(job, pace)
        await self._store.note(job, attempts=job.attempts + 1, next_attempt_at=due)

    def _due(self, job: Job, pace: Pace) -> int:
        """Return when the job's next attempt is due at this pace, in Unix milliseconds."""
        return self._clock.now() + round(pace.delay(job.attempts, self._random()) * 1000)

    async def _advance(self, job: Job, to: Status, changes: Changes | None = None) -> Job:
        moved = await self._store.advance(job, to, at=self._clock.now(), changes=changes)
        log.info("job %d: %s -> %s", job.id, job.status, to)
        self._changed.set()
        await self._board.try_to_show(job.id)
        return moved

    async def _fail(
        self, job: Job, failure: Failure, type_: str | None = None, field: str | None = None
    ) -> None:
        changes: Changes = {"failure": failure, "failure_type": type_, "failure_field": field}
        await self._advance(job, Status.FAILED, changes)

    # created → submitting → submitted

    async def _submit(self, job: Job) -> None:
        try:
            job = await self._upload(job)
        except FileNotFoundError:
            log.error("job %d: its picture is no longer in the archive", job.id)  # noqa: TRY400  # the trace says nothing more
            await self._advance(job, Status.CANCELED)
            return
        admitted = await self._store.admit(job, at=self._clock.now(), concurrency=self._concurrency)
        if admitted is None:
            return
        await self._record(admitted, await self._fal.submit(job.endpoint, fal_input(admitted)))

    async def _upload(self, job: Job) -> Job:
        """Give fal the picture, just before it is needed."""
        now = self._clock.now()
        fresh = (job.picture_url_expires_at or 0) > now + _EXPIRY_MARGIN_MS
        if job.picture is None or fresh:
            return job
        data = await self._archive.get(job.picture)
        lifetime = self._timings.picture_lifetime
        url = await self._fal.upload(data, "image/jpeg", expires_in=lifetime)
        return await self._store.note_picture(job, url, now + lifetime * 1000)

    async def _record(self, job: Job, submission: Submission) -> None:
        match submission:
            case Accepted(handle):
                self.paused_until = 0
                await self._advance(job, Status.SUBMITTED, {"handle": handle})
            case Rejected(_, type_, field):
                await self._fail(job, Failure.REFUSED, type_, field)
            case NotTaken(reason):
                log.warning("job %d: not taken by fal: %s", job.id, reason)
                self.paused_until = self._due(job, self._timings.retry)
                changes: Changes = {
                    "attempts": job.attempts + 1,
                    "next_attempt_at": self.paused_until,
                }
                await self._advance(job, Status.CREATED, changes)
            case Unknown(reason):
                log.warning("job %d: fal's answer is unknown: %s", job.id, reason)
                await self._advance(job, Status.UNCERTAIN)

    # Nobody knows whether fal has it: look for it, never send it again.

    async def _found_submitting(self, job: Job) -> None:
        """The POST may have left, and nothing says what became of it."""
        await self._advance(job, Status.UNCERTAIN)

    async def _reconcile(self, job: Job) -> None:
        assert job.submitting_at is not None, "an uncertain job was being sent"
        request_id = await find_lost(self._store, self._fal, job, self._timings.submit_within)
        if request_id is not None:
            handle = self._fal.handle(job.endpoint, request_id)
            await self._advance(job, Status.SUBMITTED, {"handle": handle})
        elif self._clock.now() > job.submitting_at + self._timings.uncertain_for * 1000:
            await self._fail(job, Failure.OUTCOME_UNKNOWN)
        else:
            await self._later(job, self._timings.reconcile)

    # submitted ⇄ running → succeeded

    async def _watch(self, job: Job) -> None:
        assert job.handle is not None, "a job at fal has its handle"
        if job.cancel_requested_at is not None and job.status is Status.SUBMITTED:
            await self._fal.cancel(job.handle)
        match await self._fal.progress(job.handle):
            case Queued() if job.status is Status.RUNNING:
                await self._advance(job, Status.SUBMITTED, {"running_at": None})
            case Running() if job.status is Status.SUBMITTED:
                await self._advance(job, Status.RUNNING, {"running_at": self._clock.now()})
            case Queued() | Running():
                self._doubts.pop(job.id, None)
                await self._later(job, self._timings.poll)
                await self._board.try_to_show(job.id)
            case Finished() as finished:
                await self._finish(job, finished)
            case Forgotten():
                await self._forgotten(job)

    async def _finish(self, job: Job, finished: Finished) -> None:
        assert job.handle is not None, "a job at fal has its handle"
        if job.cancel_requested_at is not None and finished.error_type in _CANCELED_TYPES:
            await self._advance(job, Status.CANCELED)
            return
        match await self._fal.result(job.handle):
            case Video(url, units):
                changes: Changes = {"video_url": url, "billable_units": units}
                await self._advance(job, Status.SUCCEEDED, changes)
            case ModelError() as error if (failure := judge_error(finished, error)) is not None:
                await self._fail(job, failure, error.type, error.field)
            case ModelError() as error:
                if not await self._doubted(job, f"the result says {error.type}"):
                    await self._fail(job, judge_status(finished), finished.error_type)
            case Forgotten():
                await self._forgotten(job)

    async def _forgotten(self, job: Job) -> None:
        if await self._doubted(job, "fal doesn't know the request"):
            return
        if job.cancel_requested_at is not None:
            await self._advance(job, Status.CANCELED)
        else:
            await self._fail(job, Failure.OUTCOME_UNKNOWN, "forgotten")

    async def _doubted(self, job: Job, answer: str) -> bool:
        """Say whether to ask again before believing what would lose a paid video."""
        self._doubts[job.id] += 1
        if self._doubts[job.id] > _DOUBTS:
            return False
        log.warning("job %d (%s): %s; asking again", job.id, job.status, answer)
        await self._later(job, self._timings.poll)
        return True

    # succeeded → stored

    async def _fetch(self, job: Job) -> None:
        assert job.video_url is not None, "a succeeded job has its video's URL"
        key = f"videos/{job.id}.mp4"
        try:
            await self._videos.keep(job.video_url, key)
        except FileLost:
            await self._fail(job, Failure.FILE_LOST)
        else:
            await self._advance(job, Status.STORED, {"video": key})
