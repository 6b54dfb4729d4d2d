"""Budgets: what a server, and the bot, may spend in a day and in a month. Money is micro-dollars."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from bot.domain.money import show_usd
from bot.domain.refusal import Refusal

TIGHT_PERCENT, LAST_PERCENT = 80, 95


class Landing(IntEnum):
    """How near a budget is to its end: the nearest of all decides."""

    FREE = 0
    TIGHT = 1
    """From 80 % on the default is the draft model at its lowest resolution."""
    LAST = 2
    """From 95 % on only roles with priority go on."""
    CLOSED = 3


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget and what is taken of it: spent, or reserved for videos on their way."""

    name: str
    """As in "this server's budget for today"."""
    limit: int
    taken: int
    resets_at: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.taken)

    @property
    def landing(self) -> Landing:
        if self.taken >= self.limit:
            return Landing.CLOSED
        percent = 100 * self.taken // self.limit
        if percent >= LAST_PERCENT:
            return Landing.LAST
        return Landing.TIGHT if percent >= TIGHT_PERCENT else Landing.FREE


def landing_of(budgets: Sequence[Budget]) -> Landing:
    return max((budget.landing for budget in budgets), default=Landing.FREE)


def check_budgets(budgets: Sequence[Budget], price: int, *, has_priority: bool) -> None:
    """Raise Refusal unless every budget has the price left and lets the member go on."""
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
