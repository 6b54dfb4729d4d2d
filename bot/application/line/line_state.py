"""Whether the line stands still: shared by who decides it and who shows it."""

from dataclasses import dataclass, field, replace

from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import Job, Status
from bot.domain.line.breaker import Breaker
from bot.ports import Standing


@dataclass(slots=True)
class LineState:
    """`is_checking`: the database is a backup, and it isn't known yet what was sent after it."""

    breaker: Breaker = field(default_factory=Breaker)
    disk_is_full: bool = False
    is_checking: bool = False
    is_draining: bool = False

    def hold_reason_of(
        self, endpoint: str | None = None, job_id: int | None = None
    ) -> HoldReason | None:
        """Return why a job, or jobs of an endpoint, aren't sent; without one, why none at all is."""
        if self.is_draining:
            return HoldReason.DRAINING
        if self.is_checking:
            return HoldReason.CHECKING
        if self.disk_is_full:
            return HoldReason.DISK
        return self.breaker.hold_reason_of(endpoint, job_id)

    def add(self, job: Job, standing: Standing) -> Standing:
        """Return the standing with why the job isn't sent, where it waits for that."""
        if job.status is not Status.CREATED:
            return standing
        return replace(standing, hold=self.hold_reason_of(job.endpoint, job.id))

    def hold_reasons(self) -> tuple[HoldReason | None, frozenset[str], frozenset[int]]:
        """Return what members in line are told of it: it changes only when their texts do."""
        breaker = self.breaker
        return self.hold_reason_of(), frozenset(breaker.endpoints), frozenset(breaker.alone)
