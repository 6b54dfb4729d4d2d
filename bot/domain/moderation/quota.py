"""A member's quota of one day, and the grants that come on top of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.money import show_usd
from bot.domain.refusal import Refusal
from bot.domain.text import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A grant of bonus units by a moderator."""

    id: int
    """Its number."""
    units: int
    """The units that are left of it."""
    reason: str = ""
    """The moderator's reason."""
    expires_at: int | None = None
    """The time at which it ends, in Unix milliseconds; None: never."""


@dataclass(frozen=True, slots=True)
class Share:
    """The sources of a video's units."""

    videos: int
    """The units of the day."""
    grants: Sequence[tuple[int, int]] = ()
    """The number of each grant, with the units that are taken from it."""

    @property
    def bonus(self) -> int:
        """The units of all grants together."""
        return sum(units for _, units in self.grants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A member's units and money of one day in one server; an ordinary video takes one unit."""

    used: int
    """The units of the day that are taken."""
    limit: int | None
    """The units of the day; None: any number."""
    day: int
    """The day as a number (`bot.domain.calendar`)."""
    resets_at: int
    """The time at which the next day begins, in Unix milliseconds."""
    grants: Sequence[Grant] = ()
    """The grants that count now, in the order in which they are used up."""
    spent: int = 0
    """Micro-dollars that are spent today, or reserved for videos on their way."""
    usd_limit: int | None = None
    """The most micro-dollars a day; None: no limit."""
    made: int = 0
    """The units of the day that are taken, those before a reset included."""
    most: int | None = None
    """The most units that the bot's owner allows in a day, resets or not; None: any number."""

    @property
    def left(self) -> int | None:
        """Units left of the day, without grants; None: any number."""
        left = None if self.limit is None else max(0, self.limit - self.used)
        if self.owners_left is None:
            return left
        return self.owners_left if left is None else min(left, self.owners_left)

    @property
    def owners_left(self) -> int | None:
        """Units left of what the bot's owner allows in a day; None: any number."""
        return None if self.most is None else max(0, self.most - self.made)

    @property
    def is_owners(self) -> bool:
        """True if the owner's limit, not the server's quota, says how many units are left."""
        if self.owners_left is None:
            return False
        return self.limit is None or self.owners_left <= max(0, self.limit - self.used)

    @property
    def bonus(self) -> int:
        """The units of all grants together."""
        return sum(grant.units for grant in self.grants)

    @property
    def room(self) -> int | None:
        """Units that may be taken now, from the day or grants; None: any number."""
        return None if self.left is None else self.left + self.bonus

    @property
    def usd_left(self) -> int | None:
        """The micro-dollars that are left of the day; None: no limit."""
        return None if self.usd_limit is None else max(0, self.usd_limit - self.spent)

    def check(self, units: int, price: int) -> None:
        """Raise Refusal if fewer than `units` units or `price` micro-dollars are left."""
        self._check_units(units)
        if self.usd_left is None or price <= self.usd_left:
            return
        assert self.usd_limit is not None, "what is left of it says so"
        if price > self.usd_limit:
            raise Refusal(
                f"This video costs {show_usd(price)}, more than the {show_usd(self.usd_limit)} that"
                " you may spend here in a day; please pick a cheaper one."
            )
        raise Refusal(
            f"This video costs {show_usd(price)}, and you have {show_usd(self.usd_left)} of"
            f" {show_usd(self.usd_limit)} left today; please pick a cheaper one, or come back"
            f" {self._reset_time}."
        )

    def _check_units(self, units: int) -> None:
        if self.room is None or units <= self.room:
            return
        whole = min(limit for limit in (self.limit, self.most) if limit is not None)
        if not whole + self.bonus:
            raise Refusal("You may make no videos here just now; please ask a moderator.")
        if units > whole + self.bonus:
            who = "the bot's owner lets you make" if whole == self.most else "you may make"
            raise Refusal(
                f"This one counts as {units} videos, more than the {whole + self.bonus} that"
                f" {who} here in a day; please pick a shorter one, or a lower `resolution`."
            )
        of = " of what the bot's owner allows" if self.is_owners else ""
        if self.room:
            raise Refusal(
                f"This one counts as {units} videos, and you have {self.room} left today{of};"
                f" please pick a shorter one or a lower `resolution`, or come back"
                f" {self._reset_time}."
            )
        if self.is_owners:
            assert self.most is not None, "it is the owner's limit"
            raise Refusal(
                f"The bot's owner allows {self.most} {plural('video', self.most)} a day here,"
                f" and you've had them; please come back when it resets {self._reset_time}."
            )
        raise Refusal(
            f"You've used today's quota of {whole} {plural('video', whole)} here; please"
            f" come back when it resets {self._reset_time}."
        )

    @property
    def _reset_time(self) -> str:
        return f"<t:{self.resets_at // 1000}:R>"

    def share(self, units: int) -> Share:
        """Return the sources of a video's units: the day first, then the grants in their order."""
        videos = units if self.left is None else min(units, self.left)
        missing = units - videos
        grants: list[tuple[int, int]] = []
        for grant in self.grants:
            if taken := min(missing, grant.units):
                grants.append((grant.id, taken))
                missing -= taken
        assert missing == 0, "it was checked that there are enough"
        return Share(videos, grants)
