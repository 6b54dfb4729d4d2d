"""Money of the whole bot in this month, as `ledger` and `doctor` say it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.adapters.process.clock import SystemClock
from bot.adapters.sqlite import reports
from bot.adapters.sqlite.database import Reader
from bot.adapters.sqlite.rules import SqliteSpending
from bot.application.moderation.no_cap import NO_CAP_FACT
from bot.application.moderation.owner_budgets import owner_budgets
from bot.domain.calendar import Calendar, month_of
from bot.domain.moderation.budget import MONTH_SETTING, WHOLE_BOT, Budget, bot_budgets
from bot.domain.money import show_usd
from bot.settings.schema import Settings


@dataclass(frozen=True, slots=True)
class Month:
    """The money of the current month, and the budgets that count for it."""

    taken: int
    """Micro-dollars that are spent or reserved."""
    budgets: Sequence[Budget]
    """The owner's budgets for the day and the month, as they count for the bot."""
    as_shipped: bool
    """True if the owner has set no cap."""

    @property
    def budget(self) -> Budget | None:
        """The budget for the month; None without a cap."""
        return next((one for one in self.budgets if one.setting == MONTH_SETTING), None)

    def text(self) -> str:
        """Return the money and the cap, such as `this month: $41.20 of $50.00`."""
        taken = f"this month: {show_usd(self.taken)}"
        if self.budget is None:
            return f"{taken}, no cap"
        shipped = " (as shipped)" if self.as_shipped else ""
        return f"{taken} of {show_usd(self.budget.limit)}{shipped}"


def empty_month(settings: Settings) -> Month:
    """Return the month of a bot that was never started."""
    budgets = bot_budgets(settings.ceilings(), at=SystemClock().now())
    return Month(0, [*budgets.values()], settings.has_cap_as_shipped())


async def read_month(reader: Reader, settings: Settings) -> Month:
    """Return the month as the bot reckons it. Raises DatabaseProblem."""
    as_shipped = settings.has_cap_as_shipped()
    if as_shipped and await reports.fact(reader, NO_CAP_FACT) is not None:
        settings = settings.without_cap()
    ceilings, at, spending = settings.ceilings(), SystemClock().now(), SqliteSpending(reader)
    period = month_of(Calendar(ceilings.zone).day(at))
    taken = await spending.taken(WHOLE_BOT, period)
    return Month(taken, await owner_budgets(spending, ceilings, at=at), as_shipped)
