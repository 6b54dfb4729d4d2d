"""The steps of a job that fal has, or may have: it is looked for, watched, and ends in time."""

import logging
from collections import Counter
from dataclasses import dataclass, field

from bot.application.line.timings import Timings
from bot.application.messages.status_messages import StatusMessages
from bot.application.pipeline.fal_events import FalEventStreams
from bot.application.pipeline.reconciliation import find_lost
from bot.application.pipeline.transitions import JobTransitions
from bot.domain.jobs.fal import (
    FalTrouble,
    Finished,
    Forgotten,
    ModelError,
    Progress,
    Queued,
    Result,
    Running,
    Video,
    judge_error,
    judge_status,
)
from bot.domain.jobs.job import Failure, Handle, Job, Status
from bot.ports import Changes, Clock, Fal, JobStore, Owned

log = logging.getLogger(__name__)

# Unreadable answers in a row after which a job that is overdue ends.
_LASTING = 5
# The types of cancelled requests: https://fal.ai/docs/documentation/model-apis/errors
_CANCELED_TYPES = {"client_cancelled", "client_disconnected"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AtFalSteps:
    """The steps. Each raises Conflict, and the errors of its ports.

    A job ends `uncertain_for` seconds after it was sent, whatever fal answers or doesn't.
    """

    store: JobStore
    """Job rows."""
    fal: Fal
    """fal's queue and storage."""
    messages: StatusMessages
    """Shows a job between its transitions."""
    clock: Clock
    """The time of transitions."""
    timings: Timings
    """Paces and deadlines."""
    transitions: JobTransitions
    """Writes the end of each step."""
    events: FalEventStreams
    """Spares polls while fal streams the status of a job."""
    _troubles: Counter[int] = field(default_factory=Counter[int])
    """The answers in a row that nobody could read, by job. A new process counts anew."""

    # submitting → uncertain: fal may have the request, so it is looked for and never sent again.

    async def mark_uncertain(self, job: Job) -> None:
        """Mark a job whose POST may have left while its answer was lost in a crash."""
        await self.transitions.advance(job, Status.UNCERTAIN)

    async def reconcile(self, job: Job) -> None:
        assert job.submitting_at is not None, "an uncertain job was being sent"
        is_answered, request_id = True, None
        try:
            request_id = await find_lost(self.store, self.fal, job, self.timings.submit_within)
        except FalTrouble as trouble:
            log.warning("job %d: fal's listing: %s", job.id, trouble)
            is_answered = self._is_lasting(job)
        else:
            self._troubles.pop(job.id, None)
        is_past = self.transitions.is_past(job, self.timings.uncertain_for, since=job.submitting_at)
        if request_id is not None:
            handle = self.fal.handle(job.endpoint, request_id)
            await self.transitions.advance(job, Status.SUBMITTED, {"handle": handle})
        elif is_past and is_answered:
            await self.transitions.fail(job, Failure.OUTCOME_UNKNOWN)
        else:
            await self.transitions.schedule(job, self.timings.reconcile)

    async def adopt(self, job: Job, handle: Handle | None = None) -> bool:
        """Go on with a job of unknown outcome if fal has ended its request in a clear way by now.

        `handle` is its request's, if the row has none. Returns whether the job went on: its message
        changes only for a video, or for an end that says more.
        """
        handle = job.handle or handle or await self._find(job)
        if handle is None:
            return False
        progress = await self.fal.progress(handle)
        if not isinstance(progress, Finished):
            return False
        result = await self.fal.result(handle)
        if isinstance(result, Video):
            log.info("job %d: fal has it after all", job.id)
            await self._take_video(job, result, handle)
            return True
        failure = judge_error(progress, result) if isinstance(result, ModelError) else None
        if failure is None or await self.store.is_settled(job):
            return False
        log.info("job %d: fal knows its end after all: %s", job.id, failure)
        # Not shown: only the end that follows is.
        back = await self.store.advance(
            job, Status.SUBMITTED, at=self.clock.now(), changes={"handle": handle}
        )
        await self._take_result(back, progress, result)
        return True

    async def _find(self, job: Job) -> Handle | None:
        request_id = await find_lost(self.store, self.fal, job, self.timings.submit_within)
        return None if request_id is None else self.fal.handle(job.endpoint, request_id)

    # submitted ⇄ running → succeeded

    async def watch(self, job: Job) -> None:
        assert job.handle is not None, "a job at fal has its handle"
        try:
            await self._watch(job, job.handle)
        except FalTrouble as trouble:
            if not self._is_lasting(job) or not self._is_overdue(job):
                raise
            log.warning("job %d: fal's answers stay unreadable: %s", job.id, trouble)
            await self.transitions.fail(job, Failure.OUTCOME_UNKNOWN, "unreadable")
        self._troubles.pop(job.id, None)

    def _is_lasting(self, job: Job) -> bool:
        """Count fal's trouble with a job; return whether it lasts for several answers in a row.

        One bad answer after a night in which the bot was off must not end a job.
        """
        self._troubles[job.id] += 1
        return self._troubles[job.id] >= _LASTING

    async def _watch(self, job: Job, handle: Handle) -> None:
        if job.cancel_requested_at is not None and job.status is Status.SUBMITTED:
            job = await self._cancel(job, handle)
        elif (until := self.events.trusted_until(job)) is not None and not self._is_overdue(job):
            await self._trust_stream(job, until)
            return
        progress = await self.fal.progress(handle)
        self.events.record_asked(job.id)
        await self._follow_progress(job, progress)

    async def _cancel(self, job: Job, handle: Handle) -> Job:
        """Ask fal to cancel, and record whether fal accepted that: only this proves anything."""
        if job.cancel_confirmed_at is not None:
            return job
        try:
            accepted = await self.fal.cancel(handle)
        except FalTrouble as trouble:
            # The job goes on, and ends, whether or not fal can be told.
            log.warning("job %d: not canceled yet: %s", job.id, trouble)
            return job
        return await self.store.confirm_cancel(job, at=self.clock.now()) if accepted else job

    def _is_overdue(self, job: Job) -> bool:
        """Return whether fal has had the job for longer than it may wait and render."""
        since = job.at_fal_since or job.status_at
        return self.transitions.is_past(job, self.timings.uncertain_for, since=since)

    async def _follow_progress(self, job: Job, progress: Progress) -> None:
        match progress:
            case Queued() | Running() if self._is_overdue(job):
                # fal ends a request that doesn't start in time, and no video takes so long.
                await self.transitions.fail(job, Failure.OUTCOME_UNKNOWN, "overdue")
            case Queued() if job.status is Status.RUNNING:
                await self.transitions.advance(job, Status.SUBMITTED, {"running_at": None})
            case Running() if job.status is Status.SUBMITTED:
                changes: Changes = {
                    "running_at": self.clock.now(),
                    "attempts": job.attempts + 1,
                    "next_attempt_at": self.transitions.due(job, self.timings.poll),
                }
                await self.transitions.advance(job, Status.RUNNING, changes)
            case Queued() | Running():
                self.transitions.reset_doubts(job)
                await self.transitions.schedule(job, self.timings.poll)
                if self.messages.may_be_outdated(job):
                    await self.messages.try_to_show(job.id)
            case Finished() as finished:
                await self._finish(job, finished)
            case Forgotten():
                await self._after_forgotten(job)

    async def _trust_stream(self, job: Job, until: int) -> None:
        """Wait for fal's events instead of polling, until the time `until` (Unix milliseconds)."""
        if self.messages.may_be_outdated(job):
            await self.transitions.schedule(job, self.timings.poll)
            await self.messages.try_to_show(job.id)
        else:
            await self.store.schedule(job, attempts=job.attempts, next_attempt_at=until)

    async def _finish(self, job: Job, finished: Finished) -> None:
        assert job.handle is not None, "a job at fal has its handle"
        if job.cancel_requested_at is not None and finished.error_type in _CANCELED_TYPES:
            await self.transitions.advance(job, Status.CANCELED)
            return
        await self._take_result(job, finished, await self.fal.result(job.handle))

    async def _take_result(self, job: Job, finished: Finished, result: Result) -> None:
        match result:
            case Video():
                await self._take_video(job, result)
            case ModelError() as error if (failure := judge_error(finished, error)) is not None:
                await self.transitions.fail(job, failure, error.type, error.field, error.words)
            case ModelError() as error:
                doubt = f"the result says {error.type}"
                if not await self.transitions.should_ask_again(job, doubt):
                    await self.transitions.fail(job, judge_status(finished), finished.error_type)
            case Forgotten():
                await self._after_forgotten(job)

    async def _take_video(self, job: Job, video: Video, handle: Handle | None = None) -> None:
        """Record the video. Raises FalTrouble if it is another job's."""
        changes: Changes = {"video_url": video.url, "billable_units": video.billable_units}
        if handle is not None:
            changes["handle"] = handle
        try:
            await self.transitions.advance(job, Status.SUCCEEDED, changes)
        except Owned as owned:
            raise FalTrouble(f"the result is another job's: {owned}") from owned

    async def _after_forgotten(self, job: Job) -> None:
        if await self.transitions.should_ask_again(job, "fal doesn't know the request"):
            return
        if job.cancel_confirmed_at is not None and job.status is Status.SUBMITTED:
            await self.transitions.advance(job, Status.CANCELED)
        else:
            # It may have been charged: neither the wish to cancel nor a 404 proves otherwise.
            await self.transitions.fail(job, Failure.OUTCOME_UNKNOWN, "forgotten")
