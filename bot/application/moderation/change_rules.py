"""What a server's moderators decide. Each change is one transaction, with its audit entry."""

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
from bot.domain.text import clean
from bot.ports import Clock
from bot.ports.rules import Change, RuleBook


@dataclass(frozen=True, slots=True)
class Moderator:
    """Who changes something, and in which server."""

    guild_id: int
    member_id: int


@dataclass(frozen=True, slots=True)
class Changed:
    """What was changed, from what to what, in words."""

    what: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        """Whether anything is different now."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Moderate:
    """Rights are checked by who calls it; ceilings and everything that is typed, here.

    Everything raises Refusal, before anything is changed.
    """

    book: RuleBook
    clock: Clock
    ceilings: Ceilings
    catalogue: Catalogue

    # Quota

    async def quota(
        self,
        by: Moderator,
        wish: AllowanceChange,
        *,
        role_id: int | None = None,
        member_id: int | None = None,
    ) -> Changed:
        """Change the quota of a role or a member, or without either the server's own."""
        wish.check(self.ceilings)
        if member_id is not None:

            def to_member(rule: MemberRule) -> MemberRule | None:
                return member_rule_or_none(replace(rule, allowance=wish(rule.allowance)))

            return await self._member(
                by,
                f"quota of {words.member(member_id)}",
                member_id,
                to_member,
                lambda rule: words.allowance(rule.allowance if rule else Allowance()),
            )
        if role_id is not None and role_id != by.guild_id:

            def to_role(rule: RoleRule) -> RoleRule | None:
                return role_rule_or_none(replace(rule, allowance=wish(rule.allowance)))

            return await self._role(
                by,
                f"quota of {words.role(role_id)}",
                role_id,
                to_role,
                lambda rule: words.allowance(rule.allowance if rule else Allowance()),
            )
        usual = words.allowance(Allowance(videos_per_day=self.ceilings.videos_per_day))
        return await self._server(
            by,
            "quota",
            lambda rules: replace(rules, allowance=wish(rules.allowance)),
            lambda rules: words.allowance(rules.allowance, usual),
        )

    async def grant(
        self, by: Moderator, member_id: int, *, units: int, reason: str | None, days: int | None
    ) -> Changed:
        """Give a member bonus videos, for so many days or for ever."""
        at = self.clock.now()
        expires_at = None if days is None else at + days * DAY_MS
        why = clean(reason or "")
        what = f"bonus of {words.member(member_id)}"
        now = await self.book.grant(
            self._change(by, what, at), member_id, units=units, reason=why, expires_at=expires_at
        )
        before = words.count(now - units, "video")
        return Changed(what, before, words.grant(now, units, why, expires_at))

    async def reset(self, by: Moderator, member_id: int) -> Changed:
        """Set what a member used today back to nothing."""
        what = f"today's count of {words.member(member_id)}"
        used = await self.book.reset(self._change(by, what), member_id)
        return Changed(what, words.count(used, "video"), words.count(0, "video"))

    # Money

    async def budget(
        self, by: Moderator, *, day: int | None, month: int | None, remove: frozenset[str]
    ) -> Changed:
        """Change the server's budgets, in micro-dollars; `remove` names those that end."""
        check_budget("day", day, self.ceilings.server_usd_per_day)
        check_budget("month", month, self.ceilings.server_usd_per_month)

        def to(rules: ServerRules) -> ServerRules:
            daily = rules.usd_per_day if day is None else day
            monthly = rules.usd_per_month if month is None else month
            return replace(
                rules,
                usd_per_day=None if "day" in remove else daily,
                usd_per_month=None if "month" in remove else monthly,
            )

        return await self._server(by, "budget", to, words.budget)

    # What may be asked for, by whom and where

    async def quality(self, by: Moderator, wish: QualityChange) -> Changed:
        """Change what those may ask for whose roles say nothing."""
        return await self._server(
            by,
            "what everybody may ask for",
            lambda rules: replace(rules, quality=wish(rules.quality)),
            lambda rules: words.quality(rules.quality, self.catalogue),
        )

    async def role(
        self, by: Moderator, role_id: int, wish: QualityChange, *, priority: bool | None
    ) -> Changed:
        """Change what a role brings, beside its quota."""

        def to(rule: RoleRule) -> RoleRule | None:
            quality = wish(rule.quality or Quality()) if wish else rule.quality
            first = rule.has_priority if priority is None else priority
            return role_rule_or_none(replace(rule, quality=quality, has_priority=first))

        return await self._role_rule(by, role_id, to)

    async def forget_role(self, by: Moderator, role_id: int) -> Changed:
        """Let a role bring nothing any more but its quota."""
        return await self._role_rule(
            by,
            role_id,
            lambda rule: role_rule_or_none(replace(rule, quality=None, has_priority=False)),
        )

    async def roles(self, by: Moderator, to: Callable[[frozenset[int]], frozenset[int]]) -> Changed:
        """Change which roles may use the bot; none: everybody may."""
        return await self._server(
            by,
            "who may use me",
            lambda rules: replace(rules, roles=_limited("role", to(rules.roles))),
            words.roles,
        )

    async def channels(
        self, by: Moderator, to: Callable[[frozenset[int]], frozenset[int]]
    ) -> Changed:
        """Change where the bot may be used; none: everywhere."""
        return await self._server(
            by,
            "where I may be used",
            lambda rules: replace(rules, channels=_limited("channel", to(rules.channels))),
            words.channels,
        )

    # Members and the server

    async def block(
        self, by: Moderator, member_id: int, *, reason: str | None, blocked: bool
    ) -> Changed:
        """Block a member from the bot, or let them use it again."""
        why = clean(reason or "") if blocked else ""
        return await self._member(
            by,
            words.member(member_id),
            member_id,
            lambda rule: member_rule_or_none(replace(rule, is_blocked=blocked, reason=why)),
            words.block,
        )

    async def pause(self, by: Moderator, *, paused: bool) -> Changed:
        """Take no further requests, or take them again. What was asked for goes on."""
        return await self._server(
            by, "this server", lambda rules: replace(rules, is_paused=paused), words.pause
        )

    async def newcomers(
        self, by: Moderator, *, account_days: int | None, member_days: int | None
    ) -> Changed:
        def to(rules: ServerRules) -> ServerRules:
            account = rules.account_days if account_days is None else account_days
            member = rules.member_days if member_days is None else member_days
            return replace(rules, account_days=account, member_days=member)

        return await self._server(by, "newcomers", to, words.newcomers)

    async def time_zone(self, by: Moderator, name: str) -> Changed:
        """Let days turn in another zone, from the next midnight on."""
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
        to: Callable[[ServerRules], ServerRules],
        say: Callable[[ServerRules], str],
    ) -> Changed:
        before, after = await self.book.change_server(self._change(by, what), to, say)
        return Changed(what, say(before), say(after))

    async def _role(
        self,
        by: Moderator,
        what: str,
        role_id: int,
        to: Callable[[RoleRule], RoleRule | None],
        say: Callable[[RoleRule | None], str],
    ) -> Changed:
        before, after = await self.book.change_role(self._change(by, what), role_id, to, say)
        return Changed(what, say(before), say(after))

    async def _role_rule(
        self, by: Moderator, role_id: int, to: Callable[[RoleRule], RoleRule | None]
    ) -> Changed:
        return await self._role(
            by,
            f"what {words.role(role_id)} may ask for",
            role_id,
            to,
            lambda rule: words.role_rule(rule, self.catalogue),
        )

    async def _member(
        self,
        by: Moderator,
        what: str,
        member_id: int,
        to: Callable[[MemberRule], MemberRule | None],
        say: Callable[[MemberRule | None], str],
    ) -> Changed:
        before, after = await self.book.change_member(self._change(by, what), member_id, to, say)
        return Changed(what, say(before), say(after))


def _limited(what: str, ids: frozenset[int]) -> frozenset[int]:
    if len(ids) > MOST_LISTED:
        raise NotPossible(f"Please name at most {MOST_LISTED} {what}s; a category counts as one.")
    return ids
