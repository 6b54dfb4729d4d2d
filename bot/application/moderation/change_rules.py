"""Changes by a server's moderators. Each is one transaction with its audit entry."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.domain.calendar import DAY_MS, check_zone
from bot.domain.catalogue.models import Catalogue
from bot.domain.moderation import rule_text as words
from bot.domain.moderation.rule_changes import (
    MOST_LISTED,
    AllowanceChange,
    QualityChange,
    check_budget,
    member_rule_or_none,
    role_rule_or_none,
)
from bot.domain.moderation.rules import (
    Allowance,
    Ceilings,
    MemberRule,
    Quality,
    RoleRule,
    ServerRules,
)
from bot.domain.refusal import NotPossible
from bot.domain.text import one_line
from bot.ports import Clock
from bot.ports.rules import Change, RuleBook


@dataclass(frozen=True, slots=True)
class Moderator:
    """The moderator who makes a change, and the server."""

    guild_id: int
    member_id: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A change in words for moderators."""

    what: str
    """The rule that was changed."""
    before: str
    """The rule before the change."""
    after: str
    """The rule since the change."""

    @property
    def differs(self) -> bool:
        """The change made a difference."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Moderate:
    """Every change that moderators make.

    The caller checks the moderator's rights. Ceilings and typed values are checked here: each
    method raises Refusal before anything is changed.
    """

    book: RuleBook
    """The rules of servers, with their audit."""
    clock: Clock
    """The time of a change."""
    ceilings: Ceilings
    """The operator's limits above all rules of servers."""
    catalogue: Catalogue
    """The names of models."""
    # Quota

    async def quota(
        self,
        by: Moderator,
        change: AllowanceChange,
        *,
        role_id: int | None = None,
        member_id: int | None = None,
    ) -> Changed:
        """Change the quota of a role or a member, or the server's own without either."""
        change.check(self.ceilings)
        if member_id is not None:
            return await self._member(
                by,
                f"quota of {words.member(member_id)}",
                member_id,
                lambda rule: member_rule_or_none(replace(rule, allowance=change(rule.allowance))),
                lambda rule: words.allowance(rule.allowance if rule else Allowance()),
            )
        if role_id is not None and role_id != by.guild_id:
            return await self._role(
                by,
                f"quota of {words.role(role_id)}",
                role_id,
                lambda rule: role_rule_or_none(replace(rule, allowance=change(rule.allowance))),
                lambda rule: words.allowance(rule.allowance if rule else Allowance()),
            )
        usual = words.allowance(Allowance(videos_per_day=self.ceilings.videos_per_day))
        return await self._server(
            by,
            "quota",
            lambda rules: replace(rules, allowance=change(rules.allowance)),
            lambda rules: words.allowance(rules.allowance, usual),
        )

    async def grant(
        self, by: Moderator, member_id: int, *, units: int, reason: str | None, days: int | None
    ) -> Changed:
        """Give a member bonus videos, for a number of days or for ever."""
        at = self.clock.now()
        expires_at = None if days is None else at + days * DAY_MS
        why = one_line(reason or "")
        what = f"bonus of {words.member(member_id)}"
        total = await self.book.grant(
            self._change(by, what, at), member_id, units=units, reason=why, expires_at=expires_at
        )
        before = words.count(total - units, "video")
        return Changed(what, before, words.grant(total, units, why, expires_at))

    async def reset(self, by: Moderator, member_id: int) -> Changed:
        """Set the number of units that a member used today to 0."""
        what = f"today's count of {words.member(member_id)}"
        used = await self.book.reset(self._change(by, what), member_id)
        most = self.ceilings.most_videos_per_day
        return Changed(what, words.count(used, "video"), words.reset(used, most))

    # Money

    async def budget(
        self, by: Moderator, *, day: int | None, month: int | None, remove: frozenset[str]
    ) -> Changed:
        """Change the server's budgets, in micro-dollars; `remove` names those to remove."""
        check_budget("day", day, self.ceilings.server_usd_per_day)
        check_budget("month", month, self.ceilings.server_usd_per_month)

        def update(rules: ServerRules) -> ServerRules:
            daily = rules.usd_per_day if day is None else day
            monthly = rules.usd_per_month if month is None else month
            return replace(
                rules,
                usd_per_day=None if "day" in remove else daily,
                usd_per_month=None if "month" in remove else monthly,
            )

        return await self._server(by, "budget", update, words.budget)

    # Quality, roles and channels

    async def quality(self, by: Moderator, change: QualityChange) -> Changed:
        """Change the quality that members may ask for whose roles have no rule about it."""
        return await self._server(
            by,
            "what everybody may ask for",
            lambda rules: replace(rules, quality=change(rules.quality)),
            lambda rules: words.quality(rules.quality, self.catalogue),
        )

    async def role(
        self, by: Moderator, role_id: int, change: QualityChange, *, priority: bool | None
    ) -> Changed:
        """Change a role's quality and priority."""

        def update(rule: RoleRule) -> RoleRule | None:
            quality = change(rule.quality or Quality()) if change else rule.quality
            has_priority = rule.has_priority if priority is None else priority
            return role_rule_or_none(replace(rule, quality=quality, has_priority=has_priority))

        return await self._role_rule(by, role_id, update)

    async def forget_role(self, by: Moderator, role_id: int) -> Changed:
        """Remove a role's quality and priority; its quota stays."""
        return await self._role_rule(
            by,
            role_id,
            lambda rule: role_rule_or_none(replace(rule, quality=None, has_priority=False)),
        )

    async def roles(
        self, by: Moderator, update: Callable[[frozenset[int]], frozenset[int]]
    ) -> Changed:
        """Change the roles that may use the bot; without any, everybody may."""
        return await self._server(
            by,
            "who may use me",
            lambda rules: replace(rules, roles=_limited("role", update(rules.roles))),
            words.roles,
        )

    async def channels(
        self, by: Moderator, update: Callable[[frozenset[int]], frozenset[int]]
    ) -> Changed:
        """Change the channels in which the bot may be used; without any, it may be used in all."""
        return await self._server(
            by,
            "where I may be used",
            lambda rules: replace(rules, channels=_limited("channel", update(rules.channels))),
            words.channels,
        )

    # Members and the server

    async def block(
        self, by: Moderator, member_id: int, *, reason: str | None, blocked: bool
    ) -> Changed:
        """Block a member from the bot, or let them use it again."""
        why = one_line(reason or "") if blocked else ""
        return await self._member(
            by,
            words.member(member_id),
            member_id,
            lambda rule: member_rule_or_none(replace(rule, is_blocked=blocked, reason=why)),
            words.block,
        )

    async def pause(self, by: Moderator, *, paused: bool) -> Changed:
        """Refuse further requests, or accept them again. Accepted ones go on."""
        return await self._server(
            by, "this server", lambda rules: replace(rules, is_paused=paused), words.pause
        )

    async def newcomers(
        self, by: Moderator, *, account_days: int | None, member_days: int | None
    ) -> Changed:
        """Change the days that an account, and a membership, must have lasted."""

        def update(rules: ServerRules) -> ServerRules:
            account = rules.account_days if account_days is None else account_days
            member = rules.member_days if member_days is None else member_days
            return replace(rules, account_days=account, member_days=member)

        return await self._server(by, "newcomers", update, words.newcomers)

    async def time_zone(self, by: Moderator, name: str) -> Changed:
        """Change the zone whose midnight begins a day, from the next midnight on."""
        zone, at = check_zone(name), self.clock.now()
        return await self._server(
            by,
            "time zone",
            lambda rules: replace(rules, calendar=rules.calendar.changed(zone, at=at)),
            lambda rules: words.time_zone(rules.calendar, at),
        )

    def _change(self, by: Moderator, what: str, at: int | None = None) -> Change:
        now = self.clock.now() if at is None else at
        return Change(guild_id=by.guild_id, actor_id=by.member_id, at=now, what=what)

    async def _server(
        self,
        by: Moderator,
        what: str,
        update: Callable[[ServerRules], ServerRules],
        describe: Callable[[ServerRules], str],
    ) -> Changed:
        before, after = await self.book.change_server(self._change(by, what), update, describe)
        return Changed(what, describe(before), describe(after))

    async def _role(
        self,
        by: Moderator,
        what: str,
        role_id: int,
        update: Callable[[RoleRule], RoleRule | None],
        describe: Callable[[RoleRule | None], str],
    ) -> Changed:
        before, after = await self.book.change_role(
            self._change(by, what), role_id, update, describe
        )
        return Changed(what, describe(before), describe(after))

    async def _role_rule(
        self, by: Moderator, role_id: int, update: Callable[[RoleRule], RoleRule | None]
    ) -> Changed:
        return await self._role(
            by,
            f"what {words.role(role_id)} may ask for",
            role_id,
            update,
            lambda rule: words.role_rule(rule, self.catalogue),
        )

    async def _member(
        self,
        by: Moderator,
        what: str,
        member_id: int,
        update: Callable[[MemberRule], MemberRule | None],
        describe: Callable[[MemberRule | None], str],
    ) -> Changed:
        before, after = await self.book.change_member(
            self._change(by, what), member_id, update, describe
        )
        return Changed(what, describe(before), describe(after))


def _limited(what: str, ids: frozenset[int]) -> frozenset[int]:
    if len(ids) > MOST_LISTED:
        raise NotPossible(f"Please name at most {MOST_LISTED} {what}s; a category counts as one.")
    return ids
