from dataclasses import replace

import pytest

from bot.domain.fal import Found
from bot.domain.job import Status
from bot.domain.reconcile import CLOCK_SKEW_MS, fal_input, matching, only_unowned
from tests.domain.examples import job

JOB = job(Status.UNCERTAIN)
SENT_AT = JOB.submitting_at or 0
WITHIN = 30_000


def entry(request_id: str = "a", sent_at: int = SENT_AT, **more: object) -> Found:
    return Found(request_id, sent_at, {**JOB.arguments, **more})


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
    found = entry(sent_at=SENT_AT + offset)
    assert matching(JOB, [found], sent_within=WITHIN) == ([found] if matches else [])


@pytest.mark.parametrize("name", sorted(JOB.arguments))
def test_every_part_of_the_input_must_be_the_same(name: str):
    other, missing = entry(), entry()
    other.arguments[name] = "other"
    del missing.arguments[name]
    assert matching(JOB, [other, missing], sent_within=WITHIN) == []


def test_the_pictures_url_is_part_of_the_input():
    moving = replace(JOB, picture_url="http://127.0.0.1:1/picture.jpg")
    assert fal_input(moving)["image_url"] == "http://127.0.0.1:1/picture.jpg"
    assert "image_url" not in fal_input(JOB)
    same = entry("a", image_url="http://127.0.0.1:1/picture.jpg")
    other = entry("b", image_url="http://127.0.0.1:1/another.jpg")
    assert matching(moving, [same, other, entry("c")], sent_within=WITHIN) == [same]


@pytest.mark.parametrize(
    ("found", "owned", "answer"),
    [
        ("", "", None),
        ("a", "", "a"),
        ("a", "a", None),
        ("ab", "", None),
        ("ab", "a", "b"),
        ("ab", "ab", None),
        ("abc", "a", None),
    ],
)
def test_exactly_one_request_that_nobody_owns(found: str, owned: str, answer: str | None):
    match = only_unowned([entry(request_id) for request_id in found], set(owned))
    assert (match.request_id if match else None) == answer
