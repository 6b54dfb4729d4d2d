"""Watch over the whole bot's budget for the month: the owner is told when it runs out."""

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from bot.application.line.owner_messages import OwnerMessages
from bot.application.moderation.owner_budgets import owner_budgets
from bot.domain.moderation.budget import MONTH_SETTING, Budget, Landing, OverBudget
from bot.domain.moderation.rules import Ceilings
from bot.domain.money import show_usd
from bot.ports import Clock
from bot.ports.rules import Spending

log = logging.getLogger(__name__)

_LOOK_SECONDS = 600.0
_TOPICS = "month's budget"


@dataclass(slots=True, kw_only=True)
class WatchMonth:
    """Tells the owner once a month and cap of 80 %, and of the first request that is refused."""

    spending: Spending
    """Tells what is spent and reserved."""
    ceilings: Ceilings
    """Have the cap."""
    clock: Clock
    """Tells the month."""
    messages: OwnerMessages
    """Tell the owner."""
    _refusing: Budget | None = None
    """The budget as it was when a request was refused because of it, until the owner is told."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there may be something to tell."""

    @contextmanager
    def watching(self) -> Generator[None]:
        """Notice whether what happens in the context takes of the budget, or is refused by it."""
        try:
            yield
        except OverBudget as refusal:
            if refusal.budget.setting == MONTH_SETTING:
                self._refusing = refusal.budget
                self._news.set()
            raise
        self._news.set()

    async def run(self) -> None:
        """Tell what there is to tell, until it is canceled."""
        while True:
            self._news.clear()
            try:
                await self._look()
            except Exception:
                # The next look tells it.
                log.exception("the month's budget can't be looked at")
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._news.wait()

    async def _look(self) -> None:
        budgets = await owner_budgets(self.spending, self.ceilings, at=self.clock.now())
        budget = next((one for one in budgets if one.setting == MONTH_SETTING), None)
        # Another month or another cap is another topic; nobody has to be told that one is over.
        topics = f"{_TOPICS} {budget.resets_at} {budget.limit}" if budget else ""
        await self.messages.forget(_TOPICS, but=topics)
        if budget is None:
            return
        refusing = self._refusing
        if refusing is not None and refusing.resets_at == budget.resets_at:
            key = "used up" if refusing.landing is Landing.CLOSED else "nearly used up"
            await self.messages.begin(f"{topics} {key}", _refused_text(refusing))
        if self._refusing is refusing:
            self._refusing = None
        told = await self.messages.going_on(topics)
        if not told and budget.landing is not Landing.FREE:
            await self.messages.begin(f"{topics} 80 %", _nearing_text(budget))


def _refused_text(budget: Budget) -> str:
    if budget.landing is Landing.CLOSED:
        until = f"are used up; nothing more is made until {_begins(budget)}"
    else:
        until = (
            "are nearly used up, and a request was refused: until"
            f" {_begins(budget)} only roles with priority go on, with what is left"
        )
    return f"This month's {_cap(budget)} {until}. {_CURE}"


def _nearing_text(budget: Budget) -> str:
    return (
        f"80 % of this month's {_cap(budget)} are spent or reserved. Until {_begins(budget)} a"
        " video is now a draft at the lowest resolution unless its member picks otherwise, and"
        f" from 95 % on only roles with priority go on. {_CURE}"
    )


def _cap(budget: Budget) -> str:
    return f"{show_usd(budget.limit)} (`{MONTH_SETTING}`)"


def _begins(budget: Budget) -> str:
    return f"<t:{budget.resets_at // 1000}:f>"


_CURE = "To go on, set a higher one in `[budget]` of config.toml and restart."
