import sys

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.backoff import Backoff

seconds = st.floats(min_value=0.001, max_value=1_000)
jitters = st.floats(min_value=0, max_value=1, exclude_max=True)
attempts = st.integers(min_value=0, max_value=sys.maxsize)
factors = st.sampled_from([1.3, 2.0])


@given(seconds, seconds, factors, attempts, jitters)
def test_a_wait_is_between_the_first_and_the_longest_give_or_take_a_fifth(
    first: float, longest: float, factor: float, attempt: int, jitter: float
):
    wait = Backoff(first, longest, factor).delay(attempt, jitter)
    assert 0.8 * min(first, longest) <= wait <= 1.2 * longest


@given(seconds, seconds, factors, st.integers(0, 100), jitters)
def test_waits_never_become_shorter(
    first: float, longest: float, factor: float, attempt: int, jitter: float
):
    pace = Backoff(first, longest, factor)
    assert pace.delay(attempt, jitter) <= pace.delay(attempt + 1, jitter)


def test_waits_grow_to_the_longest_and_stay_there():
    waits = [Backoff(2, 120, factor=2).delay(attempt, 0.5) for attempt in range(9)]
    assert waits == [2, 4, 8, 16, 32, 64, 120, 120, 120]


def test_jitter_spreads_over_two_fifths():
    pace = Backoff(10, 60)
    assert [round(pace.delay(0, jitter), 6) for jitter in (0, 0.5, 1)] == [8, 10, 12]
