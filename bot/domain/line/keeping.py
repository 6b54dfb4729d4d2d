"""The rules by which the line stands still while finished videos can't be kept.

What fal makes is paid, so nothing more is sent while it couldn't be kept. A reason on the bot's own
machine holds the line at once; one on the way to fal's media host at the third try in a row, as a
single one may pass; the third job in a row whose file can't be had for whatever reason, too. A paid
video that waits is the probe: the first that is kept opens the line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.domain.jobs.unkept import HOLDING, ON_THE_WAY, OURS, Unkept

TRIES_ON_THE_WAY = 3
"""The tries in a row that fail on the way to the media host before the line is held."""
JOBS_IN_A_ROW = 3
"""The jobs in a row whose files can't be had, whatever is answered, that hold the line."""
_MOST_PAID_ON_THE_WAY = 3
_PROBE_AFTER_MS = 600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """The tries to keep finished videos, as far as they say whether the next one could be kept."""

    waiting: Mapping[int, Unkept] = field(default_factory=dict[int, Unkept])
    """The jobs whose last try failed for a reason that may hold the line, the latest last."""
    without_file: frozenset[int] = frozenset()
    """The jobs since the last kept video whose file couldn't be had from its host."""
    passed: frozenset[int] = frozenset()
    """Jobs that failed before another video was kept: their trouble is their own."""
    tries: int = 0
    """The tries in a row that failed on the way to the media host."""
    since: int = 0
    """Unix milliseconds: the time at which the line was last held, or a probe let through."""

    @property
    def hold(self) -> Unkept | None:
        """The reason for which nothing is sent; None: finished videos can be kept."""
        reasons = [*self.waiting.values()][::-1]
        ours = next((reason for reason in reasons if reason in OURS), None)
        if ours is None and self.tries >= TRIES_ON_THE_WAY:
            return next(iter(reasons), None)
        if ours is None and len(self.without_file) >= JOBS_IN_A_ROW:
            return Unkept.LOST
        return ours

    def after_failure(self, job_id: int, reason: Unkept, at: int) -> "Keeping":
        """Return the state after a try of the job failed for `reason` at the time `at`."""
        after = self._after_reason(job_id, reason)
        if reason not in OURS and job_id not in self.passed:
            after = replace(after, without_file=self.without_file | {job_id})
        return after if self.hold is not None else replace(after, since=at)

    def _after_reason(self, job_id: int, reason: Unkept) -> "Keeping":
        if reason not in HOLDING:
            return self.after_answer(job_id)
        if job_id in self.passed:
            return self
        waiting = {other: why for other, why in self.waiting.items() if other != job_id}
        tries = self.tries + (reason in ON_THE_WAY)
        return replace(self, waiting={**waiting, job_id: reason}, tries=tries)

    def after_answer(self, job_id: int) -> "Keeping":
        """Return the state after the media host answered about the job's file: the way is free."""
        waiting = {
            other: reason
            for other, reason in self.waiting.items()
            if other != job_id and reason in OURS
        }
        passed = self.passed | (self.waiting.keys() - waiting.keys() - {job_id})
        return replace(self, waiting=waiting, passed=passed, tries=0)

    def after_kept(self, job_id: int) -> "Keeping":
        """Return the state after the job's video was kept: the line is open."""
        failed = self.passed | self.waiting.keys() | self.without_file
        return Keeping(passed=failed - {job_id})

    def without(self, job_id: int) -> "Keeping":
        """Return the state after the job's end: if no other waits, the next video is the probe."""
        waiting = {other: reason for other, reason in self.waiting.items() if other != job_id}
        tries = self.tries if waiting else 0
        return replace(
            self,
            waiting=waiting,
            without_file=self.without_file - {job_id},
            passed=self.passed - {job_id},
            tries=tries,
        )

    def holds(self, at: int) -> bool:
        """Return whether nothing may be sent at the time `at`."""
        return self.hold is not None and not self._may_probe(at)

    def after_probe(self, at: int) -> "Keeping":
        """Return the state after a video was sent at the time `at` though the line is held."""
        return self if self.hold is None else replace(self, since=at)

    def _may_probe(self, at: int) -> bool:
        """Return whether another video may show that only the waiting ones' host is out of reach.

        Without this, one odd address would hold the line for as long as fal keeps files.
        """
        if at < self.since + _PROBE_AFTER_MS:
            return False
        # Files that fal has lost must not hold the line for good.
        if self.hold is Unkept.LOST:
            return True
        return self.hold in ON_THE_WAY and len(self.waiting) < _MOST_PAID_ON_THE_WAY
