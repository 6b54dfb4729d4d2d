"""Days and months in a server's own time zone. Times are Unix milliseconds.

A day is the number of its date since 1970-01-01, so days can be compared and counted in any zone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.domain.refusal import NotPossible

UTC_NAME = "UTC"
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
_EPOCH = date(1970, 1, 1).toordinal()
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A server's time zone, and the zone that follows it, if there is one.

    A change takes effect at a midnight of the zone before. Days may then come twice or be left out,
    but what was used on a date stays used.
    """

    zone: str = UTC_NAME
    """The zone until `changes_at`, by its name in the IANA database."""
    next_zone: str | None = None
    """The zone from `changes_at` on; None: no change is planned."""
    changes_at: int | None = None
    """The time of the change, in Unix milliseconds."""

    def zone_at(self, at: int) -> str:
        """Return the zone that counts at a time."""
        if self.next_zone is None or self.changes_at is None or at < self.changes_at:
            return self.zone
        return self.next_zone

    def day(self, at: int) -> int:
        """Return the day that a moment is in."""
        local = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(self.zone_at(at)))
        return local.date().toordinal() - _EPOCH

    def resets_at(self, at: int) -> int:
        """Return the first moment after `at` that is in a later day."""
        return self._begins(self.day(at) + 1, at)

    def month_resets_at(self, at: int) -> int:
        """Return the first moment after `at` that is in a later month."""
        return self._begins(month_ends(self.day(at)), at)

    def _begins(self, day: int, at: int) -> int:
        """Return the first moment after `at` that is in `day` or a later one."""
        if self.next_zone is None or self.changes_at is None or at >= self.changes_at:
            return day_begins(day, self.zone_at(at), after=at)
        begins = day_begins(day, self.zone, after=at)
        if begins < self.changes_at:
            return begins
        return max(self.changes_at, day_begins(day, self.next_zone, after=at))

    def changed(self, zone: str, *, at: int) -> "Calendar":
        """Return the calendar in which `zone` counts from the next midnight on."""
        now = self.zone_at(at)
        if zone == now:
            return Calendar(now)
        return Calendar(now, zone, day_begins(Calendar(now).day(at) + 1, now))


def day_begins(day: int, zone: str, *, after: int | None = None) -> int:
    """Return the first moment of a day in a zone, also where clocks change around midnight.

    Where clocks go back over midnight, a day begins twice: with `after` it is the later beginning,
    if the earlier one is not after that time.
    """
    begins = _first_moment(day, zone, fold=0)
    if after is not None and begins <= after:
        return _first_moment(day, zone, fold=1)
    return begins


def _first_moment(day: int, zone: str, *, fold: int) -> int:
    midnight = datetime.fromordinal(day + _EPOCH)
    first = midnight.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)
    # Where clocks jump over midnight, the day begins when they land.
    while first.astimezone(ZoneInfo(zone)).date() < midnight.date():
        first += _MINUTE
    while (first - _MINUTE).astimezone(ZoneInfo(zone)).date() >= midnight.date():
        first -= _MINUTE
    return round(first.timestamp() * 1000)


def date_of(day: int) -> str:
    """Return a day's date, such as 2026-11-22."""
    return date.fromordinal(day + _EPOCH).isoformat()


def month_of(day: int) -> str:
    """Return the month that a day is in, such as 2026-11."""
    return date_of(day)[:7]


def month_ends(day: int) -> int:
    """Return the first day of the month after that of `day`."""
    first = date.fromordinal(day + _EPOCH).replace(day=1)
    next_first = (first + timedelta(days=32)).replace(day=1)
    return next_first.toordinal() - _EPOCH


@cache
def all_zones() -> Sequence[str]:
    """Return the names of all time zones. To find them takes tens of milliseconds, once."""
    return sorted(available_timezones())


@cache
def _zones() -> Mapping[str, str]:
    return {zone.casefold(): zone for zone in all_zones()}


def check_zone(name: str) -> str:
    """Return a time zone's name in its own spelling. Raises Refusal if there is no such zone."""
    typed = name.strip()
    # The zone as shipped needs no list of all.
    zone = typed if typed == UTC_NAME else _zones().get(typed.casefold(), "-")
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError):
        raise NotPossible(
            "Please pick `time_zone` from the list, such as `Europe/Berlin`."
        ) from None
