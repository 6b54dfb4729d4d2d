from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.calendar import (
    Calendar,
    check_zone,
    date_of,
    day_begins,
    month_ends,
    month_of,
)
from bot.domain.refusal import Refusal

EPOCH = date(1970, 1, 1)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)
zones = st.sampled_from(ZONES)
# 2000 to 2037.
moments = st.integers(946_684_800_000, 2_145_916_800_000)
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def at(text: str, zone: str = "UTC", fold: int = 0) -> int:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(local.timestamp() * 1000)


def number(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


@given(zone=zones, moment=moments)
@example(zone="America/St_Johns", moment=at("2006-10-28T23:30", "America/St_Johns", fold=1))
@example(zone="America/St_Johns", moment=at("2006-10-29T00:00:30", "America/St_Johns"))
@example(zone="Pacific/Apia", moment=at("2011-12-29T12:00", "Pacific/Apia"))
def test_the_reset_is_the_first_moment_of_a_later_day(zone: str, moment: int):
    calendar = Calendar(zone)
    reset = calendar.resets_at(moment)
    assert moment < reset <= moment + 26 * HOUR
    assert calendar.day(reset) > calendar.day(moment) >= calendar.day(reset - 1)
    for between in range(moment, reset, 10 * MINUTE):
        assert calendar.day(between) <= calendar.day(moment)


@given(zone=zones, to=zones, moment=moments, hours=st.integers(0, 60))
def test_the_reset_is_right_while_a_change_is_due(zone: str, to: str, moment: int, hours: int):
    calendar = Calendar(zone).changed(to, at=moment)
    later = moment + hours * HOUR
    reset = calendar.resets_at(later)
    assert later < reset
    assert calendar.day(reset) > calendar.day(later)
    assert calendar.day(reset - 1) <= calendar.day(later)
    for between in range(later, reset, 10 * MINUTE):
        assert calendar.day(between) <= calendar.day(later)


@given(zone=zones, moment=moments)
def test_a_day_is_the_date_on_the_wall(zone: str, moment: int):
    wall = datetime.fromtimestamp(moment / 1000, UTC).astimezone(ZoneInfo(zone)).date()
    day = Calendar(zone).day(moment)
    assert date_of(day) == wall.isoformat()
    assert month_of(day) == wall.isoformat()[:7]


@given(zone=zones, moment=moments)
def test_a_month_ends_where_the_next_begins(zone: str, moment: int):
    calendar = Calendar(zone)
    reset = calendar.month_resets_at(moment)
    assert month_of(calendar.day(reset)) > month_of(calendar.day(moment))
    assert month_of(calendar.day(reset - 1)) == month_of(calendar.day(moment))
    assert moment < reset <= moment + 32 * DAY


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        # Clocks jumped over midnight: the day began at one o'clock.
        ("America/Sao_Paulo", "2018-11-04", 23),
        ("America/Sao_Paulo", "2018-02-17", 25),
        ("Africa/Cairo", "2026-04-24", 23),
        ("Africa/Cairo", "2026-10-29", 25),
        ("Asia/Kolkata", "2026-11-22", 24),
    ],
)
def test_days_are_as_long_as_the_clocks_make_them(zone: str, day: str, hours: float):
    began, ended = (day_begins(number(day) + more, zone) for more in (0, 1))
    assert (ended - began) / HOUR == hours
    calendar = Calendar(zone)
    assert calendar.day(began - 1) == number(day) - 1
    assert calendar.day(began) == calendar.day(ended - 1) == number(day)
    assert calendar.day(ended) == number(day) + 1
    assert calendar.resets_at(began) == calendar.resets_at(ended - 1) == ended


def test_a_day_that_a_zone_left_out_takes_no_time():
    """Samoa crossed the date line: no 30 December 2011."""
    zone = "Pacific/Apia"
    assert day_begins(number("2011-12-30"), zone) == day_begins(number("2011-12-31"), zone)
    noon = at("2011-12-29T12:00", zone)
    reset = Calendar(zone).resets_at(noon)
    assert reset == noon + 12 * HOUR
    assert Calendar(zone).day(reset) == number("2011-12-31")


@pytest.mark.parametrize(("to", "next_day"), [("Asia/Tokyo", "2026-11-23"), ("America/New_York", "2026-11-22")])  # fmt: skip
def test_a_change_counts_from_the_next_midnight_on(to: str, next_day: str):
    noon = at("2026-11-22T12:00", "Europe/Berlin")
    calendar = Calendar("Europe/Berlin").changed(to, at=noon)
    midnight = at("2026-11-23T00:00", "Europe/Berlin")
    assert calendar.changes_at == midnight
    assert calendar.day(midnight - 1) == number("2026-11-22")
    assert calendar.zone_at(midnight - 1) == "Europe/Berlin"
    assert calendar.zone_at(midnight) == to
    assert calendar.day(midnight) == number(next_day)
    # West of the old zone the old day goes on for a while.
    assert calendar.resets_at(noon) == max(midnight, at("2026-11-23T00:00", to))


@given(zone=zones, changes=st.lists(st.tuples(zones, st.integers(0, 30)), min_size=1, max_size=12),
       moment=moments)  # fmt: skip
def test_no_change_brings_more_than_one_new_day(
    zone: str, changes: list[tuple[str, int]], moment: int
):
    """A later date comes at most once per change or day, also if the zone changes often."""
    calendar, now = Calendar(zone), moment
    days = [calendar.day(now)]
    for to, hours in changes:
        calendar = calendar.changed(to, at=now)
        assert calendar.day(now) == days[-1]
        end = now + hours * HOUR
        while (reset := calendar.resets_at(now)) <= end:
            now = reset
            days.append(calendar.day(now))
        now = end
        if calendar.day(now) != days[-1]:
            days.append(calendar.day(now))
    new = {day for day in days if day > days[0]}
    elapsed = (now - moment) // DAY
    assert len(new) <= elapsed + 2 + len(changes)


@given(zone=zones, to=zones, moment=moments)
def test_the_same_zone_again_takes_a_change_back(zone: str, to: str, moment: int):
    changed = Calendar(zone).changed(to, at=moment)
    back = changed.changed(zone, at=moment)
    assert back.next_zone is None
    assert all(
        back.day(moment + n * HOUR) == Calendar(zone).day(moment + n * HOUR) for n in range(50)
    )


@pytest.mark.parametrize(
    ("day", "end"), [("2026-11-22", "2026-12-01"), ("2026-12-31", "2027-01-01"), ("2028-02-01", "2028-03-01")]
)  # fmt: skip
def test_months(day: str, end: str):
    assert month_ends(number(day)) == number(end)


def test_a_zone_is_found_however_it_is_written():
    assert check_zone(" europe/BERLIN ") == "Europe/Berlin"
    assert check_zone("utc") == "UTC"
    for none in ("", "Berlin", "../etc/passwd", "Europe/", "+01:00"):
        with pytest.raises(Refusal, match="time_zone"):
            check_zone(none)
