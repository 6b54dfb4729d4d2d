"""The steps of a job: for each status one action and the transition that follows from it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.application.line.incidents import Incidents
from bot.application.line.timings import Timings
from bot.application.messages.delivery import VideoDelivery
from bot.application.messages.status_messages import StatusMessages
from bot.application.pipeline.fal_events import FalEventStreams
from bot.application.pipeline.fetching import FetchVideo
from bot.application.pipeline.reconciliation import find_lost
from bot.application.pipeline.transitions import JobTransitions
from bot.domain.jobs.fal import (
    Accepted,
    AccountTrouble,
    Finished,
    Forgotten,
    ModelError,
    NotTaken,
    Progress,
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
from bot.domain.jobs.tags import video_key
from bot.ports import (
    Archive,
    Changes,
    Clock,
    Fal,
    JobStore,
    Undeliverable,
    UploadRefused,
)

log = logging.getLogger(__name__)

# The types of cancelled requests: https://fal.ai/docs/documentation/model-apis/errors
_CANCELED_TYPES = {"client_cancelled", "client_disconnected"}
_EXPIRY_MARGIN_MS = 600_000  # inputs are uploaded again if their URLs would expire this soon
REFUSED_ALONE = "refused_alone"
"""The failure type of a job that fal refused for too long while it took others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The steps. Each raises Conflict, and the errors of its ports."""

    store: JobStore
    """Job rows."""
    fal: Fal
    """fal's queue and storage."""
    fetch_video: FetchVideo
    """Downloads finished videos into the archive."""
    archive: Archive
    """Inputs and finished videos."""
    messages: StatusMessages
    """Shows a job between its transitions."""
    delivery: VideoDelivery
    """Posts finished videos."""
    clock: Clock
    """The time of transitions."""
    timings: Timings
    """Paces and deadlines."""
    concurrency: int
    """The number of jobs at fal at a time."""
    incidents: Incidents
    """Feeds the outcome of each submit to the breaker."""
    transitions: JobTransitions
    """Writes the end of each step."""
    events: FalEventStreams
    """Spares polls while fal streams the status of a job."""
    webhook_url: Callable[[str], str | None]
    """Returns the URL for fal to call about a job, by its reference; None for no call."""

    # created → submitting → submitted

    async def submit(self, job: Job) -> None:
        if job.cancel_requested_at is not None:
            # The member cancelled while the job was being sent, and then the bot died.
            await self.transitions.advance(job, Status.CANCELED)
            return
        began_at = self.clock.now()
        ready = await self._prepare(job, began_at)
        # The line may have been paused while the inputs were being uploaded.
        if ready is None or self.incidents.line.has_paused_since(job.endpoint, began_at):
            return
        admitted = await self.store.admit(ready, at=self.clock.now(), concurrency=self.concurrency)
        if admitted is None:
            return
        submission = await self.fal.submit(
            job.endpoint, fal_input(admitted), webhook_url=self.webhook_url(job.reference)
        )
        self.incidents.record_outcome(ready, submission, sent_at=admitted.status_at)
        await self.transitions.record_until_written(
            admitted, lambda: self._record(admitted, submission)
        )

    async def _prepare(self, job: Job, began_at: int) -> Job | None:
        """Return the job with its inputs uploaded; None if that failed and was recorded."""
        try:
            return await self._upload(job)
        except AccountTrouble as trouble:
            log.warning("job %d: not taken by fal: %s", job.id, trouble)
            self.incidents.record_outcome(job, trouble.refusal, sent_at=began_at)
            await self._end_if_refused_alone(job)
        except FileNotFoundError:
            log.error("job %d: an input is no longer in the archive", job.id)  # noqa: TRY400  # the trace says nothing more
            await self.transitions.fail(job, Failure.OWN_ERROR, "input_lost")
        except UploadRefused as refused:
            await self.transitions.fail(job, Failure.REFUSED, str(refused), "upload")
        return None

    async def _upload(self, job: Job) -> Job:
        """Upload the inputs, unless their URLs are valid for long enough."""
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
                # No video is made at once, so the first poll waits.
                due = self.transitions.due(job, self.timings.poll)
                accepted: Changes = {"handle": handle, "next_attempt_at": due}
                await self.transitions.advance(job, Status.SUBMITTED, accepted)
            case Rejected(_, type_, field):
                await self.transitions.fail(job, Failure.REFUSED, type_, field)
            case NotTaken(reason):
                log.warning("job %d: not taken by fal: %s", job.id, reason)
                if await self._end_if_refused_alone(job):
                    return
                # The job is first in line again; the breaker decides when it is sent.
                waiting = await self.transitions.advance(job, Status.CREATED)
                if waiting.cancel_requested_at is not None:
                    await self.transitions.advance(waiting, Status.CANCELED)
            case Unknown(reason):
                log.warning("job %d: fal's answer is unknown: %s", job.id, reason)
                await self.transitions.advance(job, Status.UNCERTAIN)

    async def _end_if_refused_alone(self, job: Job) -> bool:
        """End a job that fal refused for too long while it took others; return whether it ended."""
        if not self.incidents.gives_up(job.id, self.timings.refused_for):
            return False
        await self.transitions.fail(job, Failure.REFUSED, REFUSED_ALONE)
        self.incidents.forget_job(job.id)
        return True

    # submitting → uncertain: fal may have the request, so it is looked for and never sent again.

    async def mark_uncertain(self, job: Job) -> None:
        """Mark a job whose POST may have left while its answer was lost in a crash."""
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
        """Go on with a job of unknown outcome if fal has ended its request by now."""
        if (handle := job.handle) is not None:
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
        elif (until := self.events.trusted_until(job)) is not None:
            await self._trust_stream(job, until)
            return
        progress = await self.fal.progress(job.handle)
        self.events.record_asked(job.id)
        await self._follow_progress(job, progress)

    async def _follow_progress(self, job: Job, progress: Progress) -> None:
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
                # fal ends a request that doesn't start in time, and no video takes so long.
                await self.transitions.fail(job, Failure.OUTCOME_UNKNOWN, "overdue")
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
        match await self.fal.result(job.handle):
            case Video(url, units):
                changes: Changes = {"video_url": url, "billable_units": units}
                await self.transitions.advance(job, Status.SUCCEEDED, changes)
            case ModelError() as error if (failure := judge_error(finished, error)) is not None:
                await self.transitions.fail(job, failure, error.type, error.field)
            case ModelError() as error:
                doubt = f"the result says {error.type}"
                if not await self.transitions.should_ask_again(job, doubt):
                    await self.transitions.fail(job, judge_status(finished), finished.error_type)
            case Forgotten():
                await self._after_forgotten(job)

    async def _after_forgotten(self, job: Job) -> None:
        if await self.transitions.should_ask_again(job, "fal doesn't know the request"):
            return
        if job.cancel_requested_at is not None and job.status is Status.SUBMITTED:
            await self.transitions.advance(job, Status.CANCELED)
        else:
            # A request that was running may have been charged, whether or not it was cancelled.
            await self.transitions.fail(job, Failure.OUTCOME_UNKNOWN, "forgotten")

    # succeeded → stored

    async def fetch(self, job: Job) -> None:
        await self.fetch_video(job, video_key(job))

    # stored → delivered

    async def deliver(self, job: Job) -> None:
        try:
            await self.delivery.deliver(job)
        except Undeliverable:
            if not self.transitions.is_past(job, self.timings.deliver_for):
                raise
            await self.delivery.keep(job)
