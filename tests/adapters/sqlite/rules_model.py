"""Quotas, grants and budgets as plain lists that are added up anew each time."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.domain.jobs.job import Job
from bot.domain.moderation.rules import Ceilings
from tests.adapters.sqlite.store_harness import NOW

GUILDS = (10, 11)
SUPPORTER, NAMED = 100, 200
"""Roles: one has a quota of its own, the other goes on when a budget is nearly used up."""
CEILINGS = Ceilings(
    videos_per_day=3, most_videos_per_day=4, usd_per_day=4_000_000, usd_per_month=9_000_000
)


@dataclass
class Given:
    """A grant, and what jobs have of it now."""

    units: int
    expires_at: int | None
    taken: Counter[int] = field(default_factory=Counter[int])

    @property
    def left(self) -> int:
        return self.units - self.taken.total()


@dataclass
class Taken:
    """A job's money and units, and which periods it took them from."""

    job: Job
    guild: int
    member: int
    day: str
    owner_day: str
    videos: int
    held: int
    spent: int = 0


@dataclass
class Server:
    zone: str = "UTC"
    next_zone: str = "UTC"
    changes_at: int = 0
    limit: int | None = None
    usd_limit: int | None = None
    day_budget: int | None = None
    month_budget: int | None = None
    of_role: int | None = None
    unlimited: bool = False

    def date(self, at: int) -> str:
        zone = self.next_zone if at >= self.changes_at else self.zone
        return datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).date().isoformat()

    def videos_per_day(self, roles: frozenset[int]) -> int:
        """Return the quota. The server's own owner caps what is unlimited, too."""
        most = CEILINGS.most_videos_per_day or 0
        if SUPPORTER in roles and (self.unlimited or self.of_role is not None):
            return most if self.unlimited else min(most, self.of_role or 0)
        limit = CEILINGS.videos_per_day if self.limit is None else self.limit
        return min(most, limit or 0)


def allows(limit: int | None, taken: int, price: int, *, named: bool) -> bool:
    """Say whether a budget lets a video go on."""
    if limit is None:
        return True
    if taken >= limit or taken + price > limit:
        return False
    return named or 100 * taken < 95 * limit


@dataclass
class Model:
    """What must be in the rows at a time (`now`), and what may be asked for."""

    now: int = NOW
    jobs: dict[int, Taken] = field(default_factory=dict[int, Taken])
    grants: dict[tuple[int, int], list[Given]] = field(
        default_factory=dict[tuple[int, int], list[Given]]
    )
    resets: dict[tuple[int, int, str], int] = field(default_factory=dict[tuple[int, int, str], int])
    servers: dict[int, Server] = field(
        default_factory=lambda: {guild: Server() for guild in GUILDS}
    )

    def allowed(
        self, guild: int, member: int, roles: frozenset[int], units: int, price: int
    ) -> bool:
        server = self.servers[guild]
        _, spent = self.used(guild, member)
        left = self.left(guild, member, roles)
        bonus = sum(grant.left for grant in self.usable(guild, member))
        if units > left + bonus:
            return False
        unlimited = SUPPORTER in roles and server.unlimited
        limited = server.usd_limit is not None and not unlimited
        if limited and spent + price > (server.usd_limit or 0):
            return False
        today, owners = server.date(self.now), self.owners_date()
        budgets = [
            (server.day_budget, self.money(guild=guild, day=today)),
            (server.month_budget, self.money(guild=guild, day=today[:7])),
            (CEILINGS.usd_per_day, self.money(owner_day=owners)),
            (CEILINGS.usd_per_month, self.money(owner_day=owners[:7])),
        ]
        named = NAMED in roles
        return all(allows(limit, taken, price, named=named) for limit, taken in budgets)

    def take(self, job: Job, units: int, roles: frozenset[int]) -> None:
        """Take units of the day as long as there are any, and then of the grants."""
        guild, member = job.place.guild_id, job.place.member_id
        server = self.servers[guild]
        videos = min(units, self.left(guild, member, roles))
        today = server.date(self.now)
        self.jobs[job.id] = Taken(job, guild, member, today, self.owners_date(), videos, job.price)
        missing = units - videos
        for grant in self.usable(guild, member):
            taken = min(missing, grant.left)
            grant.taken[job.id] += taken
            missing -= taken
        assert missing == 0

    def left(self, guild: int, member: int, roles: frozenset[int]) -> int:
        """Return the day's units that are left; the owner's ceiling knows no reset."""
        server = self.servers[guild]
        of_quota = server.videos_per_day(roles) - self.used(guild, member)[0]
        of_ceiling = (CEILINGS.most_videos_per_day or 0) - self.made(guild, member)
        return max(0, min(of_quota, of_ceiling))

    def made(self, guild: int, member: int) -> int:
        today = self.servers[guild].date(self.now)
        whose = (guild, member, today)
        return sum(
            one.videos for one in self.jobs.values() if (one.guild, one.member, one.day) == whose
        )

    def used(self, guild: int, member: int) -> tuple[int, int]:
        today = self.servers[guild].date(self.now)
        since = self.resets.get((guild, member, today), 0)
        counted = [
            one
            for number, one in self.jobs.items()
            if (one.guild, one.member, one.day) == (guild, member, today) and number > since
        ]
        return sum(one.videos for one in counted), sum(one.held + one.spent for one in counted)

    def money(self, *, guild: int | None = None, day: str = "", owner_day: str = "") -> int:
        return sum(
            one.held + one.spent
            for one in self.jobs.values()
            if guild in {None, one.guild}
            and one.day.startswith(day)
            and one.owner_day.startswith(owner_day)
        )

    def owners_date(self) -> str:
        return datetime.fromtimestamp(self.now / 1000, UTC).date().isoformat()

    def usable(self, guild: int, member: int) -> list[Given]:
        """Return the grants that haven't expired, those that expire first before the others."""
        alive = [
            grant
            for grant in self.grants.get((guild, member), [])
            if grant.expires_at is None or grant.expires_at > self.now
        ]
        return sorted(alive, key=lambda one: one.expires_at or 2**62)

    def units(self, one: Taken) -> int:
        grants = self.grants.get((one.guild, one.member), [])
        return one.videos + sum(grant.taken[one.job.id] for grant in grants)

    def give_back(self, one: Taken) -> None:
        one.videos = 0
        for grant in self.grants.get((one.guild, one.member), []):
            del grant.taken[one.job.id]
