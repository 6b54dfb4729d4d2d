"""The steps of a job: for each status one action and the transition that follows from it."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.application.line.incidents import Incidents
from bot.application.messages.delivery import VideoDelivery
from bot.application.pipeline.at_fal import AtFalSteps
from bot.application.pipeline.fetching import FetchVideo
from bot.domain.jobs.fal import (
    Accepted,
    AccountTrouble,
    FalTrouble,
    NotTaken,
    Rejected,
    Submission,
    Unknown,
)
from bot.domain.jobs.job import Failure, Job, Status
from bot.domain.jobs.reconciliation import fal_input
from bot.domain.jobs.tags import video_key
from bot.ports import (
    Archive,
    Changes,
    Owned,
    Undeliverable,
    Unrecordable,
    UploadRefused,
)

log = logging.getLogger(__name__)

_EXPIRY_MARGIN_MS = 600_000  # inputs are uploaded again if their URLs would expire this soon
REFUSED_ALONE = "refused_alone"
"""The failure type of a job that fal refused for too long while it took others."""
STORAGE = "storage"
"""The failure type of a job whose inputs fal's storage didn't take for too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps(AtFalSteps):
    """The steps. Each raises Conflict, and the errors of its ports."""

    fetch_video: FetchVideo
    """Downloads finished videos into the archive."""
    archive: Archive
    """Inputs and finished videos."""
    delivery: VideoDelivery
    """Posts finished videos."""
    concurrency: int
    """The number of jobs at fal at a time."""
    incidents: Incidents
    """Feeds the outcome of each submit to the breaker."""
    may_send: Callable[[Job], Awaitable[bool]]
    """Returns whether a job may be sent, as far as its own message tells. Raises Undeliverable."""
    webhook_url: Callable[[str], str | None]
    """Returns the URL for fal to call about a job, by its reference; None for no call."""
    _upload_fails_since: dict[int, int] = field(default_factory=dict[int, int])
    """The steady time of the first trouble in a row with the upload of each job's inputs."""

    # created → submitting → submitted

    async def submit(self, job: Job) -> None:
        if job.cancel_requested_at is not None:
            # The member cancelled while the job was being sent, and then the bot died.
            await self.transitions.advance(job, Status.CANCELED)
            return
        began_at = self.clock.steady()
        ready = await self._prepare(job, began_at)
        # The line may have been paused while the inputs were being uploaded.
        if ready is None or self.incidents.line.has_paused_since(job.endpoint, began_at):
            return
        if not await self.may_send(ready):
            return
        admitted = await self.store.admit(
            ready,
            at=self.clock.now(),
            concurrency=self.concurrency,
            fal_offset=self.fal.clock_offset(),
        )
        if admitted is None:
            return
        self.messages.begin(job.id)
        sent_at = self.clock.steady()
        submission = await self.fal.submit(
            job.endpoint, fal_input(admitted), webhook_url=self.webhook_url(job.reference)
        )
        self.incidents.record_outcome(ready, submission, sent_at=sent_at)
        try:
            await self.transitions.record_until_written(
                admitted, lambda: self._record(admitted, submission)
            )
        except (Owned, Unrecordable) as error:
            # fal has the request, under an id that can't be this one's: it is looked for.
            log.warning("job %d: fal's answer can't be recorded: %s", job.id, error)
            await self.transitions.record_until_written(
                admitted, lambda: self.transitions.advance(admitted, Status.UNCERTAIN)
            )

    async def _prepare(self, job: Job, began_at: int) -> Job | None:
        """Return the job with its inputs uploaded; None if that failed and was recorded."""
        try:
            ready = await self._upload(job)
        except AccountTrouble as trouble:
            log.warning("job %d: not taken by fal: %s", job.id, trouble)
            self.incidents.record_outcome(job, trouble.refusal, sent_at=began_at)
            await self._end_if_refused_alone(job)
        except FalTrouble as trouble:
            since = self._upload_fails_since.setdefault(job.id, began_at)
            is_lasting = self._is_lasting(job)
            if not is_lasting or self.clock.steady() - since <= self.timings.refused_for * 1000:
                raise
            log.warning("job %d: fal's storage takes nothing of it: %s", job.id, trouble)
            await self.transitions.fail(job, Failure.SERVICE_ERROR, STORAGE)
        except FileNotFoundError:
            if await self._is_archive_away():
                # The guard holds the line until it is there again.
                return None
            log.error("job %d: an input is no longer in the archive", job.id)  # noqa: TRY400  # the trace says nothing more
            await self.transitions.fail(job, Failure.OWN_ERROR, "input_lost")
        except UploadRefused as refused:
            await self.transitions.fail(job, Failure.REFUSED, str(refused), "upload")
        else:
            self._forget_upload(job)
            return ready
        self._forget_upload(job)
        return None

    async def _is_archive_away(self) -> bool:
        try:
            await self.archive.check()
        except OSError as error:
            log.warning("archive: %s", error.strerror)
            return True
        return False

    def _forget_upload(self, job: Job) -> None:
        """Forget the trouble with a job's upload, after any other outcome."""
        self._upload_fails_since.pop(job.id, None)
        self._troubles.pop(job.id, None)

    async def _upload(self, job: Job) -> Job:
        """Upload the inputs, unless their URLs are valid for long enough."""
        now = self.clock.now()
        lifetime = self.timings.input_lifetime
        # An end later than that was recorded by a clock that was ahead.
        left = (job.input_urls_expire_at or 0) - now
        if not job.inputs or _EXPIRY_MARGIN_MS < left <= lifetime * 1000:
            return job
        urls = [
            await self.fal.upload(self.archive.path(key), expires_in=lifetime) for key in job.inputs
        ]
        return await self.store.record_inputs(job, urls, now + lifetime * 1000)

    async def _record(self, job: Job, submission: Submission) -> None:
        match submission:
            case Accepted(handle):
                # No video is made at once, so the first poll waits.
                due = self.transitions.due(job, self.timings.poll)
                accepted: Changes = {
                    "handle": handle,
                    "next_attempt_at": due,
                    "fal_offset": self._offset_of(job),
                }
                await self.transitions.advance(job, Status.SUBMITTED, accepted)
            case Rejected(_, type_, field, words):
                await self.transitions.fail(job, Failure.REFUSED, type_, field, words)
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
                unknown: Changes = {"fal_offset": self._offset_of(job)}
                await self.transitions.advance(job, Status.UNCERTAIN, unknown)

    def _offset_of(self, job: Job) -> int | None:
        """Return how far fal's clock was ahead, which the first answer of all may have told."""
        return self.fal.clock_offset() if job.fal_offset is None else job.fal_offset

    async def _end_if_refused_alone(self, job: Job) -> bool:
        """End a job that fal refused for too long while it took others; return whether it ended."""
        if not self.incidents.gives_up(job.id, self.timings.refused_for):
            return False
        await self.transitions.fail(job, Failure.REFUSED, REFUSED_ALONE)
        self.incidents.forget_job(job.id)
        return True

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
            await self.delivery.give_up(job)
