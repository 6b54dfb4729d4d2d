from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs.estimates import (
    FEWEST_TIMES,
    Shape,
    Span,
    ready_at,
    shape_of,
    turn_at,
    usual_span,
)
from bot.domain.jobs.job import Status
from tests.domain.examples import job

TIMES = st.lists(st.integers(0, 3_600_000), min_size=FEWEST_TIMES, max_size=50)


def test_too_few_say_nothing():
    assert usual_span([60_000] * (FEWEST_TIMES - 1)) is None
    assert usual_span([60_000] * FEWEST_TIMES) == Span(60_000, 60_000)


def test_the_percentiles_of_known_times():
    assert usual_span([50, 10, 40, 20, 30]) == Span(30, 50)
    assert usual_span(list(range(10, 0, -1))) == Span(5, 9)
    assert usual_span(range(1, 51)) == Span(25, 45)


@given(TIMES)
def test_what_is_said_is_so_of_what_was_measured(times: list[int]):
    span = usual_span(times)
    assert span is not None
    assert sum(time <= span.p50 for time in times) * 2 >= len(times)
    assert sum(time < span.p50 for time in times) * 2 < len(times)
    assert sum(time <= span.p90 for time in times) * 10 >= len(times) * 9
    assert sum(time < span.p90 for time in times) * 10 < len(times) * 9
    assert span.p50 <= span.p90


def test_a_video_is_expected_from_when_it_was_sent():
    sent = job(Status.RUNNING)
    assert ready_at(sent, Span(60_000, 90_000)) == Span(1_060_000, 1_090_000)
    assert ready_at(sent, None) is None
    assert ready_at(replace(sent, submitting_at=None), Span(60_000, 90_000)) is None


@pytest.mark.parametrize(
    ("place", "at_fal", "expected"),
    [
        (1, 2, 30_000),
        (2, 2, 60_000),
        (9, 2, 270_000),
        # One of fal's slots is free, so the first goes now.
        (1, 1, None),
        (2, 1, 30_000),
        (2, 0, None),
        # A smaller `fal.concurrency` than before the restart.
        (1, 5, 30_000),
    ],
)
def test_a_turn_comes_whenever_one_of_fals_slots_gets_free(
    place: int, at_fal: int, expected: int | None
):
    span = Span(60_000, 90_000)
    assert turn_at(span, now=0, place=place, at_fal=at_fal, concurrency=2) == expected
    assert turn_at(None, now=0, place=place, at_fal=at_fal, concurrency=2) is None


def test_jobs_of_a_shape_are_alike():
    assert shape_of(job()) == Shape("pika-2.2-text", "720p", 5)
