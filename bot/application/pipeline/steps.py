"""What each state of a job asks for: one thing, then the next turn."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.application.line.incidents import Incidents
from bot.application.line.timings import Timings
from bot.application.messages.delivery import VideoDelivery
from bot.application.messages.status_messages import StatusMessages
from bot.application.pipeline.fal_events import FalEventStreams
from bot.application.pipeline.reconciliation import find_lost
from bot.application.pipeline.transitions import JobTransitions
from bot.domain.jobs.fal import (
    Accepted,
    AccountTrouble,
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
from bot.domain.jobs.job import Failure, Job, Status
from bot.domain.jobs.reconciliation import fal_input
from bot.ports import (
    Archive,
    Changes,
    Clock,
    DownloadTrouble,
    Fal,
    FileLost,
    JobStore,
    Undeliverable,
    UploadRefused,
    Videos,
)

log = logging.getLogger(__name__)

# fal's words for a request that was cancelled: https://fal.ai/docs/documentation/model-apis/errors
_CANCELED_TYPES = {"client_cancelled", "client_disconnected"}
# Inputs are uploaded again if their URLs would expire this soon (milliseconds).
_EXPIRY_MARGIN_MS = 600_000
# How often a video's URL is asked for before it is believed lost: its host may be behind for minutes.
_FILE_DOUBTS = 12
REFUSED_ALONE = "refused_alone"
"""Our word for what fal refused for long while it took others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Each raises Conflict, and what its ports raise.

    `callback` returns the URL that fal shall call when a job has ended there; None for none.
    """

    store: JobStore
    fal: Fal
    videos: Videos
    archive: Archive
    messages: StatusMessages
    delivery: VideoDelivery
    clock: Clock
    timings: Timings
    concurrency: int
    incidents: Incidents
    transitions: JobTransitions
    events: FalEventStreams
    callback: Callable[[int], str | None]

    # created → submitting → submitted

    async def submit(self, job: Job) -> None:
        if job.cancel_requested_at is not None:
            # Asked for while it was being sent, and then the bot died.
            await self.transitions.advance(job, Status.CANCELED)
            return
        began_at = self.clock.now()
        try:
            job = await self._upload(job)
        except AccountTrouble as trouble:
            log.warning("job %d: not taken by fal: %s", job.id, trouble)
            self.incidents.record_outcome(job, trouble.refusal, sent_at=began_at)
            await self._gave_up(job)
            return
        except FileNotFoundError:
            log.error("job %d: an input is no longer in the archive", job.id)  # noqa: TRY400  # the trace says nothing more
            await self.transitions.fail(job, Failure.OWN_ERROR, "input_lost")
            return
        except UploadRefused as refused:
            await self.transitions.fail(job, Failure.REFUSED, str(refused), "upload")
            return
        if self.incidents.line.breaker.has_paused_since(job.endpoint, began_at):
            # While the inputs were on their way.
            return
        admitted = await self.store.admit(job, at=self.clock.now(), concurrency=self.concurrency)
        if admitted is None:
            return
        submission = await self.fal.submit(
            job.endpoint, fal_input(admitted), webhook_url=self.callback(job.id)
        )
        self.incidents.record_outcome(job, submission, sent_at=admitted.status_at)
        await self.transitions.record_until_written(
            admitted, lambda: self._record(admitted, submission)
        )

    async def _upload(self, job: Job) -> Job:
        """Give fal the pictures and videos, just before they are needed."""
        now = self.clock.now()
        fresh = (job.input_urls_expire_at or 0) > now + _EXPIRY_MARGIN_MS
        if not job.inputs or fresh:
            return job
        lifetime = self.timings.input_lifetime
        urls = [
            await self.fal.upload(self.archive.path(key), expires_in=lifetime) for key in job.inputs
        ]
        return await self.store.record_inputs(job, urls, now + lifetime * 1000)

    async def _record(self, job: Job, submission: Submission) -> None:
        match submission:
            case Accepted(handle):
                # Nothing is made in no time.
                first = self.transitions.due(job, self.timings.poll)
                await self.transitions.advance(
                    job, Status.SUBMITTED, {"handle": handle, "next_attempt_at": first}
                )
            case Rejected(_, type_, field):
                await self.transitions.fail(job, Failure.REFUSED, type_, field)
            case NotTaken(reason):
                log.warning("job %d: not taken by fal: %s", job.id, reason)
                if await self._gave_up(job):
                    return
                # It is first in line again; the breaker says when anything is sent.
                waiting = await self.transitions.advance(job, Status.CREATED)
                if waiting.cancel_requested_at is not None:
                    await self.transitions.advance(waiting, Status.CANCELED)
            case Unknown(reason):
                log.warning("job %d: fal's answer is unknown: %s", job.id, reason)
                await self.transitions.advance(job, Status.UNCERTAIN)

    async def _gave_up(self, job: Job) -> bool:
        """End a job that fal has refused for too long while it took others."""
        if not self.incidents.gives_up(job.id, self.timings.refused_for):
            return False
        await self.transitions.fail(job, Failure.REFUSED, REFUSED_ALONE)
        self.incidents.given_up(job.id)
        return True

    # Nobody knows whether fal has it: look for it, never send it again.

    async def found_submitting(self, job: Job) -> None:
        """The POST may have left, and nothing says what became of it."""
        await self.transitions.advance(job, Status.UNCERTAIN)

    async def reconcile(self, job: Job) -> None:
        assert job.submitting_at is not None, "an uncertain job was being sent"
        request_id = await find_lost(self.store, self.fal, job, self.timings.submit_within)
        if request_id is not None:
            handle = self.fal.handle(job.endpoint, request_id)
            await self.transitions.advance(job, Status.SUBMITTED, {"handle": handle})
        elif self.clock.now() > job.submitting_at + self.timings.uncertain_for * 1000:
            await self.transitions.fail(job, Failure.OUTCOME_UNKNOWN)
        else:
            await self.transitions.schedule(job, self.timings.reconcile)

    async def adopt(self, job: Job) -> None:
        """Go on with a job that was given up, if fal has ended it by now."""
        handle = job.handle
        if handle is not None:
            if not isinstance(await self.fal.progress(handle), Finished):
                return
        elif request_id := await find_lost(self.store, self.fal, job, self.timings.submit_within):
            handle = self.fal.handle(job.endpoint, request_id)
        else:
            return
        log.info("job %d: fal has it after all", job.id)
        await self.transitions.advance(job, Status.SUBMITTED, {"handle": handle})

    # submitted ⇄ running → succeeded

    async def watch(self, job: Job) -> None:
        assert job.handle is not None, "a job at fal has its handle"
        if job.cancel_requested_at is not None and job.status is Status.SUBMITTED:
            await self.fal.cancel(job.handle)
        elif (until := self.events.quiet_until(job)) is not None:
            await self._listen_on(job, until)
            return
        progress = await self.fal.progress(job.handle)
        self.events.asked(job.id)
        match progress:
            case Queued() if job.status is Status.RUNNING:
                await self.transitions.advance(job, Status.SUBMITTED, {"running_at": None})
            case Running() if job.status is Status.SUBMITTED:
                changes: Changes = {
                    "running_at": self.clock.now(),
                    "attempts": job.attempts + 1,
                    "next_attempt_at": self.transitions.due(job, self.timings.poll),
                }
                await self.transitions.advance(job, Status.RUNNING, changes)
            case Queued() | Running() if self.transitions.is_past(job, self.timings.uncertain_for):
                # fal ends what doesn't start in time, and no video takes so long.
                await self.transitions.fail(job, Failure.OUTCOME_UNKNOWN, "overdue")
            case Queued() | Running():
                self.transitions.reset_doubts(job)
                await self.transitions.schedule(job, self.timings.poll)
                if self.messages.is_news(job):
                    await self.messages.try_to_show(job.id)
            case Finished() as finished:
                await self._finish(job, finished)
            case Forgotten():
                await self._forgotten(job)

    async def _listen_on(self, job: Job, until: int) -> None:
        """Leave it to fal's events to say what is new until then (Unix milliseconds)."""
        if self.messages.is_news(job):
            await self.transitions.schedule(job, self.timings.poll)
            await self.messages.try_to_show(job.id)
        else:
            await self.store.schedule(job, attempts=job.attempts, next_attempt_at=until)

    async def _finish(self, job: Job, finished: Finished) -> None:
        assert job.handle is not None, "a job at fal has its handle"
        if job.cancel_requested_at is not None and finished.error_type in _CANCELED_TYPES:
            await self.transitions.advance(job, Status.CANCELED)
            return
        match await self.fal.result(job.handle):
            case Video(url, units):
                changes: Changes = {"video_url": url, "billable_units": units}
                await self.transitions.advance(job, Status.SUCCEEDED, changes)
            case ModelError() as error if (failure := judge_error(finished, error)) is not None:
                await self.transitions.fail(job, failure, error.type, error.field)
            case ModelError() as error:
                if not await self.transitions.should_ask_again(
                    job, f"the result says {error.type}"
                ):
                    await self.transitions.fail(job, judge_status(finished), finished.error_type)
            case Forgotten():
                await self._forgotten(job)

    async def _forgotten(self, job: Job) -> None:
        if await self.transitions.should_ask_again(job, "fal doesn't know the request"):
            return
        if job.cancel_requested_at is not None and job.status is Status.SUBMITTED:
            await self.transitions.advance(job, Status.CANCELED)
        else:
            # One that was seen running may have been charged, whatever was wished.
            await self.transitions.fail(job, Failure.OUTCOME_UNKNOWN, "forgotten")

    # succeeded → stored

    async def fetch(self, job: Job) -> None:
        assert job.video_url is not None, "a succeeded job has its video's URL"
        key = f"videos/{job.id}.mp4"
        try:
            await self.videos.keep(job.video_url, key)
        except FileLost:
            doubt = "the video isn't at its URL"
            if not await self.transitions.should_ask_again(
                job, doubt, most=_FILE_DOUBTS, pace=self.timings.retry
            ):
                await self.transitions.fail(job, Failure.FILE_LOST)
        except DownloadTrouble as trouble:
            if self.transitions.is_past(job, self.timings.fetch_for):
                await self.transitions.fail(job, Failure.FILE_LOST)
                return
            log.warning("job %d: not fetched yet: %s", job.id, trouble)
            await self.transitions.schedule(job, self.timings.retry)
            await self.messages.try_to_show(job.id)
        else:
            await self.transitions.advance(job, Status.STORED, {"video": key})

    # stored → delivered

    async def deliver(self, job: Job) -> None:
        try:
            await self.delivery.deliver(job)
        except Undeliverable:
            if not self.transitions.is_past(job, self.timings.deliver_for):
                raise
            await self.delivery.keep(job)
