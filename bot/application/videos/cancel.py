"""Cancellation of a job."""

from dataclasses import dataclass

from bot.application.line.line_state import LineState
from bot.domain.jobs.job import Job, Status
from bot.domain.refusal import NotPossible, NotYours
from bot.ports import Clock, JobStore


@dataclass(frozen=True, slots=True)
class CancelJob:
    """Cancels jobs: members their own, moderators any of their server."""

    store: JobStore
    """Job rows."""
    clock: Clock
    """The time of the request to cancel."""
    line: LineState
    """Tells whether waiting jobs may have been sent before a restore."""

    async def __call__(self, job_id: int, *, guild_id: int, member_id: int, moderator: bool) -> Job:
        """Cancel a waiting job; of a job at fal record the request to cancel, unless it has ended.

        Raises Refusal.
        """
        job = await self.store.job(job_id)
        if job is None or job.place.guild_id != guild_id:
            raise NotPossible(f"There is no video #{job_id} here; `/pika jobs` lists yours.")
        if job.place.member_id != member_id and not moderator:
            raise NotYours(f"Video #{job_id} isn't yours; `/pika jobs` lists yours.")
        in_doubt = self.line.is_checking or self.line.may_be_older(job_id)
        if job.status is Status.CREATED and in_doubt:
            # The job may have been sent, and paid, by a process that the database precedes.
            raise NotPossible(
                f"I'm still finding out whether video #{job_id} was sent to fal before I was"
                " restarted; please try again in a few minutes."
            )
        return await self.store.request_cancel(job, at=self.clock.now())
