"""Servers' own rules, and the book of who changed them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.moderation.rules import MemberRule, RoleRule, Rules, ServerRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changes something, where, when (Unix milliseconds), and what it is called."""

    guild_id: int
    actor_id: int
    at: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change, from what to what, in words."""

    id: int
    at: int
    actor_id: int
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AllRules:
    """Everything that a server's moderators have decided."""

    server: ServerRules
    roles: Sequence[RoleRule]
    members: Sequence[MemberRule]


class RuleBook(Protocol):
    """Each method is one transaction; each change stands in the audit along with what it changed.

    `say` puts a rule into words, for the audit. A change that changes nothing leaves no entry. Each
    returns what was and what is now.
    """

    async def rules(self, guild_id: int, member_id: int) -> Rules:
        """Return a server's rules as far as they concern one member (and all of its roles)."""
        ...

    async def all_rules(self, guild_id: int) -> AllRules: ...

    async def change_server(
        self,
        change: Change,
        to: Callable[[ServerRules], ServerRules],
        say: Callable[[ServerRules], str],
    ) -> tuple[ServerRules, ServerRules]: ...

    async def change_role(
        self,
        change: Change,
        role_id: int,
        to: Callable[[RoleRule], RoleRule | None],
        say: Callable[[RoleRule | None], str],
    ) -> tuple[RoleRule | None, RoleRule | None]:
        """`to` gets a rule that says nothing where there was none; None removes the rule."""
        ...

    async def change_member(
        self,
        change: Change,
        member_id: int,
        to: Callable[[MemberRule], MemberRule | None],
        say: Callable[[MemberRule | None], str],
    ) -> tuple[MemberRule | None, MemberRule | None]: ...

    async def grant(
        self, change: Change, member_id: int, *, units: int, reason: str, expires_at: int | None
    ) -> int:
        """Give a member bonus units; return how many they have now."""
        ...

    async def reset(self, change: Change, member_id: int) -> int:
        """Set what a member used today back to nothing; return how many units that were."""
        ...

    async def audit(self, guild_id: int, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """Return the newest changes, newest first; with `before`, those older than that entry."""
        ...


class Spending(Protocol):
    """Reads only."""

    async def taken(self, guild_id: int, period: str) -> int:
        """Return what is spent and held of a day (2026-11-21) or month (2026-11).

        Micro-dollars, on the server's own calendar.
        """
        ...
