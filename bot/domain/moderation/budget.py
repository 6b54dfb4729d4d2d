"""Budgets of a server and of the whole bot, for a day and for a month. Money is micro-dollars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from bot.domain.calendar import Calendar, date_of, month_of
from bot.domain.moderation.rules import Ceilings
from bot.domain.money import show_usd
from bot.domain.refusal import Refusal

WHOLE_BOT = 0
"""The server id under which the sums of all servers stand."""
MONTH_SETTING = "budget.usd_per_month"
"""The whole bot's cap for a month."""

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
    setting: str | None = None
    """The setting of the bot's owner that it is; None for a server's own."""

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


class OverBudget(Refusal):
    """A refusal because a budget has no room for the video."""

    def __init__(self, sentence: str, budget: Budget):
        super().__init__(sentence)
        self.budget = budget

    @property
    def text_for_owner(self) -> str:
        """The text for the bot's owner, who can set a higher budget for the whole bot."""
        if self.budget.setting is None:
            return self.text
        return (
            f"{self.sentence} Or set a higher `{self.budget.setting}` in `[budget]` of config.toml"
            " and restart me. Nothing was charged."
        )


def server_budgets(
    calendar: Calendar, limits: tuple[int | None, int | None], *, at: int
) -> Mapping[str, Budget]:
    """Return a server's budgets for a day and a month, by period, with nothing taken of them."""
    return _budgets("this server's", calendar, limits, (None, None), at)


def bot_budgets(ceilings: Ceilings, *, at: int) -> Mapping[str, Budget]:
    """Return the whole bot's budgets for a day and a month as `server_budgets` does."""
    limits = (ceilings.usd_per_day, ceilings.usd_per_month)
    settings = ("budget.usd_per_day", MONTH_SETTING)
    return _budgets("this bot's", Calendar(ceilings.zone), limits, settings, at)


def _budgets(
    payer: str,
    calendar: Calendar,
    limits: tuple[int | None, int | None],
    settings: tuple[str | None, str | None],
    at: int,
) -> dict[str, Budget]:
    """Return the budgets for a day and for a month, leaving out those without a limit."""
    day = calendar.day(at)
    periods = (
        (date_of(day), "today", calendar.resets_at),
        (month_of(day), "this month", calendar.month_resets_at),
    )
    return {
        period: Budget(f"{payer} budget for {name}", limit, 0, resets_at(at), setting)
        for (period, name, resets_at), limit, setting in zip(periods, limits, settings, strict=True)
        if limit is not None
    }


def landing_of(budgets: Sequence[Budget]) -> Landing:
    """Return the landing of the budget that is nearest to its end."""
    return max((budget.landing for budget in budgets), default=Landing.FREE)


def check_budgets(budgets: Sequence[Budget], price: int, *, has_priority: bool) -> None:
    """Raise OverBudget unless every budget has `price` micro-dollars left and admits the member."""
    for budget in budgets:
        name, when = _capital(budget.name), f"<t:{budget.resets_at // 1000}:R>"
        if budget.landing is Landing.CLOSED:
            sentence = (
                f"{name} of {show_usd(budget.limit)} is used up; please come back when it starts"
                f" anew {when}."
            )
        elif budget.landing is Landing.LAST and not has_priority:
            sentence = (
                f"{name} is nearly used up, so only named roles go on; please come back when it"
                f" starts anew {when}."
            )
        elif price > budget.left:
            sentence = (
                f"{name} has {show_usd(budget.left)} left, and this video costs {show_usd(price)};"
                f" please pick a cheaper one, or come back {when}."
            )
        else:
            continue
        raise OverBudget(sentence, budget)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
