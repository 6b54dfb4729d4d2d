from dataclasses import replace

import pytest

from bot.domain.calendar import DAY_MS
from bot.domain.catalogue.models import Kind
from bot.domain.jobs.fal import ListedRequest
from bot.domain.jobs.job import Status
from bot.domain.jobs.reconciliation import (
    CLOCK_SKEW_MS,
    fal_input,
    is_input_of,
    listed_since,
    matching,
    sent_since,
    unowned,
)
from tests.domain.examples import job

JOB = job(Status.UNCERTAIN)
SENT_AT = JOB.submitting_at or 0
WITHIN = 30_000


def entry(request_id: str = "a", sent_at: int = SENT_AT, **more: object) -> ListedRequest:
    return ListedRequest(request_id, sent_at, {**JOB.arguments, **more})


def test_the_same_input_at_the_same_time_matches():
    assert matching(JOB, [entry()], sent_within=WITHIN) == [entry()]


def test_defaults_that_fal_adds_are_tolerated():
    added = entry(enable_safety_checker=True, sync_mode=None)
    assert matching(JOB, [added], sent_within=WITHIN) == [added]


@pytest.mark.parametrize(
    ("offset", "matches"),
    [
        (-CLOCK_SKEW_MS - 1, False),
        (-CLOCK_SKEW_MS, True),
        (WITHIN + CLOCK_SKEW_MS, True),
        (WITHIN + CLOCK_SKEW_MS + 1, False),
    ],
)
def test_the_time_of_sending_decides(offset: int, matches: bool):
    found, sent = entry(sent_at=SENT_AT + offset), replace(JOB, fal_offset=0)
    assert matching(sent, [found], sent_within=WITHIN) == ([found] if matches else [])


@pytest.mark.parametrize("ahead", [-DAY_MS, -600_000, 600_000, DAY_MS])
def test_a_clock_that_was_never_compared_with_fals_hides_no_request(ahead: int):
    found = entry(sent_at=SENT_AT + ahead)
    assert listed_since(JOB, 0) <= found.sent_at
    assert matching(JOB, [found], sent_within=WITHIN) == [found]
    assert matching(JOB, [entry(sent_at=SENT_AT - DAY_MS - 1)], sent_within=WITHIN) == []


@pytest.mark.parametrize("known_then", [None, 0, 86_400_000, -86_400_000])
@pytest.mark.parametrize("now", [-200_000, 200_000])
def test_a_clock_that_was_set_after_the_sending_hides_no_request(known_then: int | None, now: int):
    sent = replace(JOB, fal_offset=known_then)
    assert listed_since(sent, now) <= SENT_AT - CLOCK_SKEW_MS
    assert matching(sent, [entry()], sent_within=WITHIN, fal_offset=now) == [entry()]


@pytest.mark.parametrize("name", sorted(JOB.arguments))
def test_every_part_of_the_input_must_be_the_same(name: str):
    other, missing = entry(), entry()
    other.arguments[name] = "other"
    del missing.arguments[name]
    assert matching(JOB, [other, missing], sent_within=WITHIN) == []


def test_the_pictures_url_is_part_of_the_input():
    moving = replace(JOB, kind=Kind.IMAGE, input_urls=("http://127.0.0.1:1/picture.jpg",))
    assert fal_input(moving)["image_url"] == "http://127.0.0.1:1/picture.jpg"
    assert "image_url" not in fal_input(JOB)
    same = entry("a", image_url="http://127.0.0.1:1/picture.jpg")
    other = entry("b", image_url="http://127.0.0.1:1/another.jpg")
    assert matching(moving, [same, other, entry("c")], sent_within=WITHIN) == [same]


@pytest.mark.parametrize(
    ("found", "owned", "free"),
    [("", "", ""), ("a", "", "a"), ("a", "a", ""), ("ab", "a", "b"), ("abc", "b", "ac")],
)
def test_what_nobody_owns(found: str, owned: str, free: str):
    left = unowned([entry(request_id) for request_id in found], set(owned))
    assert [one.request_id for one in left] == list(free)


# After a restore


def test_a_forgotten_life_sent_it_since_the_row_was_made():
    waiting = replace(job(), created_at=SENT_AT)
    earliest = SENT_AT - CLOCK_SKEW_MS
    early, exact, late = entry("a", earliest - 1), entry("b", earliest), entry("c", SENT_AT * 10)
    # The row may be of another clock: the same input isn't sent twice in a day.
    long_ago = entry("d", earliest - DAY_MS - 1)
    assert sent_since(waiting, [early, exact, late, long_ago]) == [early, exact, late]
    hidden = [ListedRequest("e", earliest - 1, {}), ListedRequest("f", earliest, {})]
    assert sent_since(waiting, hidden) == [hidden[1]]
    ahead = entry("g", earliest - DAY_MS + 600_000)
    assert sent_since(waiting, [ahead], fal_offset=600_000) == [ahead]
    assert sent_since(waiting, [ahead], fal_offset=600_001) == []
    for name in JOB.arguments:
        other = entry()
        other.arguments[name] = "other"
        assert sent_since(waiting, [other]) == []


def test_a_forgotten_life_sent_its_picture_under_another_url():
    waiting = replace(job(), kind=Kind.IMAGE, input_urls=("http://127.0.0.1:1/picture.jpg",))
    later = entry(image_url="http://127.0.0.1:1/another.jpg")
    assert sent_since(waiting, [later]) == [later]


def test_a_request_whose_input_is_no_longer_shown_may_be_anybodys():
    hidden = ListedRequest("a", SENT_AT, {})
    assert sent_since(job(), [hidden]) == [hidden]
    assert not is_input_of(job(), hidden)
