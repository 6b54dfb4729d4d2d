"""The daily quota: which day a moment belongs to, and what is left of it."""

from dataclasses import dataclass

from bot.domain.refusal import Refusal

DAY_MS = 86_400_000


def quota_day(at: int) -> int:
    """Return the number of the UTC day (since 1970-01-01) that `at` (Unix milliseconds) is in."""
    return at // DAY_MS


def resets_at(day: int) -> int:
    """Return when the day after `day` begins, in Unix milliseconds."""
    return (day + 1) * DAY_MS


@dataclass(frozen=True, slots=True)
class Quota:
    """A member's videos of one day in one server."""

    used: int
    limit: int
    day: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def resets_at(self) -> int:
        return resets_at(self.day)

    def check(self) -> None:
        """Raise Refusal when nothing is left."""
        if not self.limit:
            raise Refusal("Nobody may make videos here just now; please ask the bot's owner.")
        if not self.left:
            when = f"<t:{self.resets_at // 1000}:R>"
            plural = "" if self.limit == 1 else "s"
            raise Refusal(
                f"You've used today's quota of {self.limit} video{plural} here;"
                f" please come back when it resets {when}."
            )
