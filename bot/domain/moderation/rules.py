"""Rules of a server, a role and a member, as values. Money is micro-dollars.

The store reads them inside the transaction that takes a job's units and reserves its money;
`bot.domain.moderation.policy` decides by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from bot.domain.calendar import UTC_NAME, Calendar
from bot.domain.catalogue.models import lines_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The member who asks, and the channel, as Discord reports them at that moment."""

    member_id: int
    """The member's Discord id."""
    role_ids: frozenset[int] = frozenset()
    """The member's roles in the server."""
    channel_ids: frozenset[int] = frozenset()
    """The channel, the parent channel if it is a thread, and the category."""
    account_at: int | None = None
    """The time at which the account was made, in Unix milliseconds; None if it isn't known."""
    joined_at: int | None = None
    """The time at which the member joined, in Unix milliseconds; None if it isn't known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The limits of a member's day. A limit that is None isn't set by this rule."""

    videos_per_day: int | None = None
    """Units of the daily quota."""
    usd_per_day: int | None = None
    """Micro-dollars."""
    unlimited: bool = False
    """True if the quota has no limit; budgets still count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The best videos that a member may ask for."""

    resolution: str | None = None
    """The highest resolution; None: no limit."""
    seconds: int | None = None
    """The longest length in seconds; None: no limit."""
    models: frozenset[str] = frozenset()
    """Keys of the catalogue, or `Draft`; empty: all."""

    def allows(self, *, resolution: str | None = None, seconds: int | None = None) -> bool:
        """Return whether a video of that resolution and length is allowed; None: not checked."""
        if resolution and self.resolution and lines_of(resolution) > lines_of(self.resolution):
            return False
        return not (seconds and self.seconds and seconds > self.seconds)


ANY_QUALITY = Quality()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRule:
    """The rule of a role, for its members."""

    role_id: int
    """The role's Discord id."""
    allowance: Allowance = field(default_factory=Allowance)
    """The limits of a member's day, in place of the server's."""
    quality: Quality | None = None
    """The best videos, in place of the server's rule; None: the server's rule counts."""
    has_priority: bool = False
    """True if its members may go on when a budget is nearly used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRule:
    """The rule of one member, before those of the member's roles."""

    member_id: int
    """The member's Discord id."""
    allowance: Allowance = field(default_factory=Allowance)
    """The limits of the member's day."""
    is_blocked: bool = False
    """True if the member may make no videos."""
    reason: str = ""
    """The moderator's reason for the block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRules:
    """The rules of a server. The defaults are those of a server whose moderators set nothing."""

    allowance: Allowance = field(default_factory=Allowance)
    """The limits of a member's day."""
    quality: Quality = field(default_factory=Quality)
    """The best videos that a member may ask for."""
    calendar: Calendar = field(default_factory=Calendar)
    """The time zone of the server's days and months."""
    usd_per_day: int | None = None
    """The server's budget for a day, in micro-dollars; None: no limit of its own."""
    usd_per_month: int | None = None
    """The server's budget for a month, in micro-dollars; None: no limit of its own."""
    account_days: int = 0
    """The lowest age of an account that may make videos, in days."""
    member_days: int = 0
    """The shortest membership of those who may make videos, in days."""
    is_paused: bool = False
    """True if the moderators have paused the bot."""
    channels: frozenset[int] = frozenset()
    """The channels in which the bot may be used; empty: all."""
    roles: frozenset[int] = frozenset()
    """The roles whose members may use the bot; empty: everybody may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A server's rules, as far as they concern one member."""

    server: ServerRules = field(default_factory=ServerRules)
    """The rules for everybody."""
    roles: Mapping[int, RoleRule] = field(default_factory=dict[int, RoleRule])
    """The rules of all roles of the server that have one, by the role's id."""
    member: MemberRule | None = None
    """The member's own rule; None: there is none."""

    def of_roles(self, asker: Asker) -> list[RoleRule]:
        """Return the rules of the member's roles."""
        return [rule for role, rule in self.roles.items() if role in asker.role_ids]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceilings:
    """The owner's limits, above every server's own rules. None: no limit of that kind."""

    videos_per_day: int | None = None
    """Units of a member's day, in a server whose rules set nothing else."""
    most_videos_per_day: int | None = None
    """The most units of a member's day in one server, whatever its rules allow and who resets."""
    server_usd_per_day: int | None = None
    """The most micro-dollars that one server may spend a day."""
    server_usd_per_month: int | None = None
    """The most micro-dollars that one server may spend a month."""
    usd_per_day: int | None = None
    """The budget of the whole bot for a day, in micro-dollars."""
    usd_per_month: int | None = None
    """The budget of the whole bot for a month, in micro-dollars."""
    zone: str = UTC_NAME
    """The time zone of the whole bot's days and months."""
