"""The use case behind fal's webhook: a verified call makes the bot ask fal about a job now."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from bot.domain.jobs.job import Failure, Handle, Job, Status
from bot.ports import Changes, Clock, Conflict, Fal, JobStore

log = logging.getLogger(__name__)


class WebhookReply(Enum):
    """The outcome of a call."""

    TAKEN = auto()
    LATER = auto()
    """The job's submit is still being answered: fal should call again."""
    REFUSED = auto()
    """The call isn't about this job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptWebhook:
    """Accepts a call about the end of a request.

    A webhook is only a hint: the job's state is then asked of fal.
    """

    store: JobStore
    """Job rows."""
    fal: Fal
    """Makes the handle of a request id."""
    clock: Clock
    """The time of a transition."""
    go_on: Callable[[int], None]
    """Drives a job, or wakes its driver."""
    adopt: Callable[[int, Handle], None]
    """Looks whether a job of unknown outcome has a clear end, with the handle of its request."""

    async def __call__(self, reference: str, request_id: str) -> WebhookReply:
        """Note that fal has ended a request that was sent for the job of that reference."""
        job = await self.store.job_by_reference(reference)
        if job is None or (job.handle is not None and job.handle.request_id != request_id):
            log.warning("a webhook for job %s names a request that isn't its own", reference)
            return WebhookReply.REFUSED
        match job.status:
            case Status.CREATED | Status.SUBMITTING:
                # fal's answer to the submit is still on its way.
                return WebhookReply.LATER
            case Status.UNCERTAIN:
                return await self._adopt(job, request_id)
            case Status.FAILED if job.failure is Failure.OUTCOME_UNKNOWN:
                if job.handle is None and await self._is_owned(job, request_id):
                    return WebhookReply.REFUSED
                # Its message changes only for a video, or for an end that says more.
                self.adopt(job.id, self.fal.handle(job.endpoint, request_id))
            case Status.SUBMITTED | Status.RUNNING:
                self.go_on(job.id)
            case _:
                pass
        return WebhookReply.TAKEN

    async def _is_owned(self, job: Job, request_id: str) -> bool:
        if not await self.store.owned_request_ids({request_id}):
            return False
        log.warning("a webhook for job %d names the request of another job", job.id)
        return True

    async def _adopt(self, job: Job, request_id: str) -> WebhookReply:
        """Give a job the request whose id it never received."""
        if job.handle is None and await self._is_owned(job, request_id):
            return WebhookReply.REFUSED
        handle = job.handle or self.fal.handle(job.endpoint, request_id)
        changes: Changes = {"handle": handle}
        try:
            await self.store.advance(job, Status.SUBMITTED, at=self.clock.now(), changes=changes)
        except Conflict as conflict:
            log.info("job %d: %s", job.id, conflict)
            return WebhookReply.LATER
        log.info("job %d: %s -> submitted (by fal's webhook)", job.id, job.status)
        self.go_on(job.id)
        return WebhookReply.TAKEN
