"""The state of the line: the reasons why jobs are held, for the dispatcher and for messages."""

import asyncio
from dataclasses import dataclass, field, replace

from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import Job, Status
from bot.domain.jobs.unkept import Unkept
from bot.domain.line.breaker import Breaker
from bot.domain.line.keeping import Keeping
from bot.ports import Standing


@dataclass(slots=True)
class LineState:
    """Everything that holds jobs in line."""

    breaker: Breaker = field(default_factory=Breaker)
    """The pauses of fal, of endpoints and of single jobs."""
    keeping: Keeping = field(default_factory=Keeping)
    """The tries to keep finished videos."""
    archive_trouble: Unkept | None = None
    """The reason for which the archive takes no further video; None: it does."""
    unkept: dict[int, Unkept] = field(default_factory=dict[int, Unkept])
    """The reason for which the video of a job isn't kept yet, by the job's id."""
    is_checking: bool = False
    """The database is a backup, and it isn't known yet which jobs were sent after it was made."""
    is_aside: bool = False
    """Another process answers with the same token, so this one sends nothing to fal."""
    unverified: set[int] = field(default_factory=set[int])
    """Waiting jobs of an earlier process that weren't asked about at fal and Discord yet."""
    unsent: set[int] = field(default_factory=set[int])
    """Waiting jobs of an earlier process that this one hasn't begun to send: another process, on a
    copy of the database, may do so at any time."""
    ahead: dict[int, Status] = field(default_factory=dict[int, Status])
    """Waiting jobs whose messages show a later status than their rows, with that status."""
    servers_compared: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once this process knows which servers the bot is in."""
    servers_changed: bool = True
    """The bot may have left a server that has unfinished jobs."""
    is_draining: bool = False
    """The operator has the bot finish the jobs at fal and end."""

    @property
    def is_held_for_keeping(self) -> bool:
        """True if nothing is sent because finished videos can't be kept."""
        return self.archive_trouble is not None or self.keeping.hold is not None

    def has_paused_since(self, endpoint: str, at: int) -> bool:
        """Return whether something that holds the endpoint began after the time `at`."""
        keeping = self.keeping.hold is not None and self.keeping.since > at
        return (
            self.archive_trouble is not None
            or keeping
            or self.breaker.has_paused_since(endpoint, at)
        )

    def hold_reason_of(
        self, endpoint: str | None = None, job_id: int | None = None
    ) -> HoldReason | None:
        """Return the reason why the job is held; None if it isn't.

        Without a job: the reason for all jobs of the endpoint. Without both: for the whole line.
        """
        if self.is_draining:
            return HoldReason.DRAINING
        if self.is_aside:
            return HoldReason.ASIDE
        if self.is_checking or (job_id is not None and self.may_be_older(job_id)):
            return HoldReason.CHECKING
        if self.is_held_for_keeping:
            return HoldReason.KEEPING
        return self.breaker.hold_reason_of(endpoint, job_id)

    def may_be_older(self, job_id: int) -> bool:
        """Return whether a waiting job may have been sent by a process that its row precedes."""
        return job_id in self.unverified or job_id in self.ahead

    def with_hold(self, job: Job, standing: Standing) -> Standing:
        """Return the standing with what holds the job: in line, or on the way to the archive."""
        if job.status is Status.SUCCEEDED:
            return replace(standing, unkept=self.unkept.get(job.id))
        if job.status is not Status.CREATED:
            return standing
        return replace(standing, hold=self.hold_reason_of(job.endpoint, job.id))

    def hold_reasons(self) -> tuple[HoldReason | None, frozenset[str], frozenset[int]]:
        """Return a value that changes only when texts of members in line do: all that is held."""
        breaker = self.breaker
        return self.hold_reason_of(), frozenset(breaker.endpoints), frozenset(breaker.alone)
