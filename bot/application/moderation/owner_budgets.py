"""The whole bot's budgets, read from the ledger's sums."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.moderation.budget import WHOLE_BOT, Budget, bot_budgets
from bot.domain.moderation.rules import Ceilings
from bot.ports.rules import Spending


async def owner_budgets(spending: Spending, ceilings: Ceilings, *, at: int) -> Sequence[Budget]:
    """Return the owner's budgets for the day and the month; those without a limit are left out."""
    return [
        replace(budget, taken=await spending.taken(WHOLE_BOT, period))
        for period, budget in bot_budgets(ceilings, at=at).items()
    ]
