"""The state of the line: the reasons why jobs are held, for the dispatcher and for messages."""

from dataclasses import dataclass, field, replace

from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import Job, Status
from bot.domain.line.breaker import Breaker
from bot.ports import Standing


@dataclass(slots=True)
class LineState:
    """Everything that holds jobs in line."""

    breaker: Breaker = field(default_factory=Breaker)
    """The pauses of fal, of endpoints and of single jobs."""
    disk_is_full: bool = False
    """The archive's disk may not have room for another video."""
    is_checking: bool = False
    """The database is a backup, and it isn't known yet which jobs were sent after it was made."""
    unverified: set[int] = field(default_factory=set[int])
    """Waiting jobs of an earlier process that weren't asked about at fal and Discord yet."""
    ahead: dict[int, Status] = field(default_factory=dict[int, Status])
    """Waiting jobs whose messages show a later status than their rows, with that status."""
    is_draining: bool = False
    """The operator has the bot finish the jobs at fal and end."""

    def hold_reason_of(
        self, endpoint: str | None = None, job_id: int | None = None
    ) -> HoldReason | None:
        """Return the reason why the job is held; None if it isn't.

        Without a job: the reason for all jobs of the endpoint. Without both: for the whole line.
        """
        if self.is_draining:
            return HoldReason.DRAINING
        if self.is_checking or (job_id is not None and self.may_be_older(job_id)):
            return HoldReason.CHECKING
        if self.disk_is_full:
            return HoldReason.DISK
        return self.breaker.hold_reason_of(endpoint, job_id)

    def may_be_older(self, job_id: int) -> bool:
        """Return whether a waiting job may have been sent by a process that its row precedes."""
        return job_id in self.unverified or job_id in self.ahead

    def with_hold(self, job: Job, standing: Standing) -> Standing:
        """Return the standing with the job's hold reason, if it waits in line."""
        if job.status is not Status.CREATED:
            return standing
        return replace(standing, hold=self.hold_reason_of(job.endpoint, job.id))

    def hold_reasons(self) -> tuple[HoldReason | None, frozenset[str], frozenset[int]]:
        """Return a value that changes only when texts of members in line do: all that is held."""
        breaker = self.breaker
        return self.hold_reason_of(), frozenset(breaker.endpoints), frozenset(breaker.alone)
