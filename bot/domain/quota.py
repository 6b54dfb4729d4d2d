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
    """A member's units of one day in one server; an ordinary video takes one."""

    used: int
    limit: int
    day: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def resets_at(self) -> int:
        return resets_at(self.day)

    def check(self, units: int = 1) -> None:
        """Raise Refusal when fewer than so many units are left."""
        if not self.limit:
            raise Refusal("Nobody may make videos here just now; please ask the bot's owner.")
        when = f"<t:{self.resets_at // 1000}:R>"
        if units > self.limit:
            raise Refusal(
                f"This one counts as {units} videos, more than the {self.limit} that you may make"
                " here in a day; please pick a shorter one, or a lower `resolution`."
            )
        if 0 < self.left < units:
            raise Refusal(
                f"This one counts as {units} videos, and you have {self.left} left today; please"
                f" pick a shorter one or a lower `resolution`, or come back {when}."
            )
        if not self.left:
            plural = "" if self.limit == 1 else "s"
            raise Refusal(
                f"You've used today's quota of {self.limit} video{plural} here;"
                f" please come back when it resets {when}."
            )
