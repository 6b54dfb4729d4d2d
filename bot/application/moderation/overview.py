"""What moderators look at: their server's rules, its money, and who changed what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.calendar import day_begins, month_ends, month_of
from bot.domain.moderation.policy import lowest
from bot.domain.moderation.rules import Ceilings, MemberRule
from bot.ports import Clock
from bot.ports.rules import AllRules, AuditEntry, RuleBook, Spending


@dataclass(frozen=True, slots=True)
class Used:
    """Money taken in a period, what its limit is, and when the next begins (Unix milliseconds)."""

    period: str
    taken: int
    limit: int | None
    resets_at: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that a server's moderators look at. `at` is when, in Unix milliseconds."""

    guild_id: int
    at: int
    rules: AllRules
    used: Sequence[Used]


@dataclass(frozen=True, slots=True)
class Oversee:
    """Reads only. Rights are checked by who calls it."""

    book: RuleBook
    spending: Spending
    clock: Clock
    ceilings: Ceilings

    async def overview(self, guild_id: int) -> Overview:
        at = self.clock.now()
        rules = await self.book.all_rules(guild_id)
        server, calendar = rules.server, rules.server.calendar
        today = calendar.day(at)
        day = (date(1970, 1, 1) + timedelta(days=today)).isoformat()
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
        return Overview(guild_id, at, rules, used)

    async def member(self, guild_id: int, member_id: int) -> MemberRule | None:
        """Return what was decided of a member."""
        return (await self.book.rules(guild_id, member_id)).member

    async def audit(self, guild_id: int, *, before: int | None, most: int) -> Sequence[AuditEntry]:
        """Return changes, newest first; with `before`, those older than that entry."""
        return await self.book.audit(guild_id, before=before, limit=most)
