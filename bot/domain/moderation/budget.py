"""Budgets of a server and of the whole bot, for a day and for a month. Money is micro-dollars."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from bot.domain.money import show_usd
from bot.domain.refusal import Refusal

TIGHT_PERCENT, LAST_PERCENT = 80, 95


class Landing(IntEnum):
    """The distance of a budget from its end; of several budgets the nearest counts."""

    FREE = 0
    """Nothing is restricted."""
    TIGHT = 1
    """From 80 % on the default is the draft model at its lowest resolution."""
    LAST = 2
    """From 95 % on only roles with priority go on."""
    CLOSED = 3
    """Nothing is left."""


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget and its use."""

    name: str
    """Its name in sentences, such as "this server's budget for today"."""
    limit: int
    """The most money that may be spent, in micro-dollars."""
    taken: int
    """The money that is spent, or reserved for videos on their way, in micro-dollars."""
    resets_at: int
    """The time at which it starts anew, in Unix milliseconds."""

    @property
    def left(self) -> int:
        """The money that is left, in micro-dollars."""
        return max(0, self.limit - self.taken)

    @property
    def landing(self) -> Landing:
        """The distance from its end."""
        if self.taken >= self.limit:
            return Landing.CLOSED
        percent = 100 * self.taken // self.limit
        if percent >= LAST_PERCENT:
            return Landing.LAST
        return Landing.TIGHT if percent >= TIGHT_PERCENT else Landing.FREE


def landing_of(budgets: Sequence[Budget]) -> Landing:
    """Return the landing of the budget that is nearest to its end."""
    return max((budget.landing for budget in budgets), default=Landing.FREE)


def check_budgets(budgets: Sequence[Budget], price: int, *, has_priority: bool) -> None:
    """Raise Refusal unless every budget has `price` micro-dollars left and admits the member."""
    for budget in budgets:
        when = f"<t:{budget.resets_at // 1000}:R>"
        if budget.landing is Landing.CLOSED:
            raise Refusal(
                f"{_capital(budget.name)} of {show_usd(budget.limit)} is used up; please come back"
                f" when it starts anew {when}."
            )
        if budget.landing is Landing.LAST and not has_priority:
            raise Refusal(
                f"{_capital(budget.name)} is nearly used up, so only named roles go on; please come"
                f" back when it starts anew {when}."
            )
        if price > budget.left:
            raise Refusal(
                f"{_capital(budget.name)} has {show_usd(budget.left)} left, and this video costs"
                f" {show_usd(price)}; please pick a cheaper one, or come back {when}."
            )


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
