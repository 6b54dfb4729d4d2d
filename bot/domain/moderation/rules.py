"""A server's own rules, and what they allow a member. Money is micro-dollars.

The pure part of admission: rows go in, limits or a Refusal come out. The store asks it inside the
transaction that takes the units and reserves the money.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from bot.domain.calendar import UTC_NAME, Calendar
from bot.domain.catalogue.models import lines_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and where, as Discord says at that moment.

    `channel_ids` are the channel, what it is a thread of, and its category. `joined_at` and
    `account_at` are Unix milliseconds; None where nobody said.
    """

    member_id: int
    role_ids: frozenset[int] = frozenset()
    channel_ids: frozenset[int] = frozenset()
    account_at: int | None = None
    joined_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How much somebody may take a day; None where nothing is said about it."""

    videos_per_day: int | None = None
    usd_per_day: int | None = None
    unlimited: bool = False
    """Beyond the member's own quota: budgets still count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The best that somebody may ask for; None where nothing is said about it.

    `models` are keys of the catalogue or `Draft`; empty: all.
    """

    resolution: str | None = None
    seconds: int | None = None
    models: frozenset[str] = frozenset()

    def allows(self, *, resolution: str | None = None, seconds: int | None = None) -> bool:
        """Say whether a video of that resolution and length isn't better than that."""
        if resolution and self.resolution and lines_of(resolution) > lines_of(self.resolution):
            return False
        return not (seconds and self.seconds and seconds > self.seconds)


ANY_QUALITY = Quality()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRule:
    """What a role brings its members."""

    role_id: int
    allowance: Allowance = field(default_factory=Allowance)
    quality: Quality | None = None
    """In place of the server's; None: the server's counts."""
    has_priority: bool = False
    """Whether its members may go on when a budget is nearly used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRule:
    """What counts for one member, whatever their roles."""

    member_id: int
    allowance: Allowance = field(default_factory=Allowance)
    is_blocked: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRules:
    """What a server's moderators have decided. Defaults are those of a server that never did."""

    allowance: Allowance = field(default_factory=Allowance)
    quality: Quality = field(default_factory=Quality)
    calendar: Calendar = field(default_factory=Calendar)
    usd_per_day: int | None = None
    """The server's budget."""
    usd_per_month: int | None = None
    account_days: int = 0
    """The youngest account that may make videos."""
    member_days: int = 0
    """The shortest membership."""
    is_paused: bool = False
    channels: frozenset[int] = frozenset()
    """Where the bot may be used; empty: everywhere."""
    roles: frozenset[int] = frozenset()
    """Who may use it, by role; empty: everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A server's rules, as far as they concern one member."""

    server: ServerRules = field(default_factory=ServerRules)
    roles: Mapping[int, RoleRule] = field(default_factory=dict[int, RoleRule])
    member: MemberRule | None = None

    def of_roles(self, asker: Asker) -> list[RoleRule]:
        """Return the rules of the member's roles."""
        return [rule for role, rule in self.roles.items() if role in asker.role_ids]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceilings:
    """What the bot's owner allows, above every server's own rules. None: no limit of that kind."""

    videos_per_day: int | None = None
    """For a member in a server where nothing else is said."""
    most_videos_per_day: int | None = None
    server_usd_per_day: int | None = None
    server_usd_per_month: int | None = None
    usd_per_day: int | None = None
    """For the whole bot."""
    usd_per_month: int | None = None
    zone: str = UTC_NAME
    """The time zone of the whole bot's days and months."""
