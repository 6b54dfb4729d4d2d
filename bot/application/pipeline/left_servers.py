"""Gives back what waits in line for a server that the bot has left, or was removed from."""

import logging
from dataclasses import dataclass

from bot.application.line.line_state import LineState
from bot.domain.jobs.job import Status
from bot.ports import Clock, JobStore
from bot.ports.servers import ServerBook

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBackLeft:
    """Cancels jobs that aren't at fal yet and whose videos would reach nobody."""

    store: JobStore
    """Job rows."""
    book: ServerBook
    """The rows of servers."""
    line: LineState
    """Tells whether waiting jobs may have been sent before a restore."""
    clock: Clock
    """The time of cancels."""

    async def __call__(self) -> list[int]:
        """Cancel these jobs; return the ids of those whose messages are to be shown.

        Jobs that may have been sent by a process that the database precedes wait until that is
        known, and nothing is canceled before this process knows which servers the bot is in.
        """
        is_known = self.line.servers_compared.is_set() and not self.line.is_checking
        if not (is_known and self.line.servers_changed):
            return []
        self.line.servers_changed = False
        canceled: list[int] = []
        try:
            for job_id in await self.book.open_in_left():
                job = None if self.line.may_be_older(job_id) else await self.store.job(job_id)
                if job is None or job.status is not Status.CREATED:
                    # A job that fal turns away waits in line again.
                    self.line.servers_changed = True
                    continue
                await self.store.request_cancel(job, at=self.clock.now())
                log.info("job %d: canceled: the bot isn't in its server any more", job_id)
                canceled.append(job_id)
        except BaseException:
            self.line.servers_changed = True
            raise
        return canceled
