"""Ports of servers' rules, the audit of their changes, and the money that was spent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.moderation.rules import MemberRule, RoleRule, Rules, ServerRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change by a moderator, as the audit records it."""

    guild_id: int
    """The server."""
    actor_id: int
    """The moderator's Discord id."""
    at: int
    """The time, in Unix milliseconds."""
    what: str
    """The name of the rule that changes, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One entry of a server's audit."""

    id: int
    """Its number."""
    at: int
    """The time of the change, in Unix milliseconds."""
    actor_id: int
    """The moderator's Discord id."""
    what: str
    """The name of the rule that was changed, in words."""
    before: str
    """The rule before the change, in words."""
    after: str
    """The rule after the change, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllRules:
    """All rules of a server."""

    server: ServerRules
    """The rules for everybody."""
    roles: Sequence[RoleRule]
    """The rules of roles."""
    members: Sequence[MemberRule]
    """The rules of members."""


class RuleBook(Protocol):
    """Rows of rules and of the audit. Each method is one transaction.

    A change and its audit entry are written together; a change without effect leaves no entry. `to`
    makes the new rule from the current one, and `say` puts a rule into words for the audit. Changes
    of rules return the rule before and the rule after.
    """

    async def rules(self, guild_id: int, member_id: int) -> Rules:
        """Return a server's rules as far as they concern one member (and all of its roles)."""
        ...

    async def all_rules(self, guild_id: int) -> AllRules:
        """Return all rules of a server."""
        ...

    async def change_server(
        self,
        change: Change,
        to: Callable[[ServerRules], ServerRules],
        say: Callable[[ServerRules], str],
    ) -> tuple[ServerRules, ServerRules]:
        """Change the rules for everybody."""
        ...

    async def change_role(
        self,
        change: Change,
        role_id: int,
        to: Callable[[RoleRule], RoleRule | None],
        say: Callable[[RoleRule | None], str],
    ) -> tuple[RoleRule | None, RoleRule | None]:
        """Change the rule of a role.

        Where there is none, `to` gets an empty one; a result of None removes the rule.
        """
        ...

    async def change_member(
        self,
        change: Change,
        member_id: int,
        to: Callable[[MemberRule], MemberRule | None],
        say: Callable[[MemberRule | None], str],
    ) -> tuple[MemberRule | None, MemberRule | None]:
        """Change the rule of a member, as `change_role` does for a role."""
        ...

    async def grant(
        self, change: Change, member_id: int, *, units: int, reason: str, expires_at: int | None
    ) -> int:
        """Give a member bonus units; return the member's bonus units after that."""
        ...

    async def reset(self, change: Change, member_id: int) -> int:
        """Set the units that a member used today back to 0; return their number before."""
        ...

    async def audit(self, guild_id: int, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """Return the newest entries, newest first; with `before`, those older than that entry."""
        ...


class Spending(Protocol):
    """Sums of the ledger; reads only."""

    async def taken(self, guild_id: int, period: str) -> int:
        """Return the money that is spent and held of a day (2026-11-21) or a month (2026-11).

        It is in micro-dollars; days and months are those of the server's own calendar.
        """
        ...
