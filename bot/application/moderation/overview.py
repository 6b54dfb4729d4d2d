"""Overview for moderators: a server's rules, its money, and the audit of changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.application.moderation.owner_budgets import owner_budgets
from bot.domain.calendar import date_of, day_begins, month_ends, month_of
from bot.domain.moderation.budget import Budget, Landing
from bot.domain.moderation.policy import lowest
from bot.domain.moderation.rules import Ceilings, MemberRule
from bot.ports import Clock
from bot.ports.rules import AllRules, AuditEntry, RuleBook, Spending


@dataclass(frozen=True, slots=True)
class Used:
    """Money taken in a period."""

    period: str
    """The period in words."""
    taken: int
    """Micro-dollars, spent and reserved."""
    limit: int | None
    """Micro-dollars; None without a limit."""
    resets_at: int
    """Unix milliseconds: when the next period begins."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A server's rules and money at one moment."""

    guild_id: int
    """The server."""
    at: int
    """Unix milliseconds."""
    rules: AllRules
    """The rules of the server, its roles and members."""
    used: Sequence[Used]
    """Money taken today and this month."""
    closing: Sequence[Budget]
    """Budgets of the whole bot that stop all servers, or all but roles with priority."""


@dataclass(frozen=True, slots=True)
class Oversee:
    """Reads for moderators. The caller checks their rights."""

    book: RuleBook
    """The rules of servers, with their audit."""
    spending: Spending
    """Money taken in a period."""
    clock: Clock
    """The moment of an overview."""
    ceilings: Ceilings
    """The operator's limits above all rules of servers."""

    async def overview(self, guild_id: int) -> Overview:
        """Return the server's rules and money now."""
        at = self.clock.now()
        rules = await self.book.all_rules(guild_id)
        server, calendar = rules.server, rules.server.calendar
        today = calendar.day(at)
        day = date_of(today)
        used = [
            Used(
                "today",
                await self.spending.taken(guild_id, day),
                lowest(server.usd_per_day, self.ceilings.server_usd_per_day),
                calendar.resets_at(at),
            ),
            Used(
                "this month",
                await self.spending.taken(guild_id, month_of(today)),
                lowest(server.usd_per_month, self.ceilings.server_usd_per_month),
                day_begins(month_ends(today), calendar.zone_at(at)),
            ),
        ]
        budgets = await owner_budgets(self.spending, self.ceilings, at=at)
        closing = [budget for budget in budgets if budget.landing >= Landing.LAST]
        return Overview(guild_id, at, rules, used, closing)

    async def member(self, guild_id: int, member_id: int) -> MemberRule | None:
        """Return the member's own rule; None without one."""
        return (await self.book.rules(guild_id, member_id)).member

    async def audit(self, guild_id: int, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """Return changes, newest first; with `before`, those older than that entry."""
        return await self.book.audit(guild_id, before=before, limit=limit)
