"""When the line is held as finished videos can't be kept, and what opens it again."""

import pytest

from bot.domain.jobs.unkept import HOLDING, ON_THE_WAY, OURS, Unkept
from bot.domain.line.keeping import Keeping

MINUTE = 60_000


@pytest.mark.parametrize("reason", sorted(OURS))
def test_a_reason_of_this_machine_holds_at_once(reason: Unkept):
    held = Keeping().after_failure(1, reason, 0)
    assert held.hold is reason
    assert held.holds(10**12)
    assert held.after_kept(1).hold is None


@pytest.mark.parametrize("reason", sorted(ON_THE_WAY))
def test_a_reason_on_the_way_holds_at_the_third_try_in_a_row(reason: Unkept):
    state = Keeping().after_failure(1, reason, 0).after_failure(2, reason, 0)
    assert state.hold is None
    assert state.after_failure(1, reason, 0).hold is reason
    # Any answer of the media host proves the way to it.
    assert state.after_failure(2, Unkept.LOST, 0).after_failure(1, reason, 0).hold is None


@pytest.mark.parametrize("reason", sorted(set(Unkept) - HOLDING))
def test_what_is_wrong_with_one_file_holds_nobody(reason: Unkept):
    state = Keeping()
    for _ in range(10):
        state = state.after_failure(1, reason, 0).after_failure(2, reason, 0)
    assert state.hold is None
    # A success between them, and each is alone.
    state = state.after_kept(4).after_failure(1, reason, 0).after_failure(3, reason, 0)
    assert state.hold is None


@pytest.mark.parametrize("reason", sorted(set(Unkept) - HOLDING))
def test_the_third_job_in_a_row_without_its_file_holds_but_not_for_good(reason: Unkept):
    state = Keeping().after_failure(1, reason, 0).after_failure(2, reason, 0)
    state = state.after_failure(3, reason, 0)
    assert state.hold is Unkept.LOST
    for job_id in range(4, 10):
        at = job_id * 20 * MINUTE
        assert not state.holds(at)
        state = state.after_probe(at)
        assert state.holds(at + 9 * MINUTE)
        state = state.after_failure(job_id, reason, at + MINUTE)
    assert state.after_kept(10).hold is None
    assert state.after_kept(10).after_failure(1, reason, 0).hold is None
    assert Keeping().after_failure(1, reason, 0).without(1).without_file == frozenset()


def test_whoever_fails_on_after_another_was_kept_is_alone():
    state = Keeping().after_failure(1, Unkept.HOST, 0).after_kept(2)
    assert state.after_failure(1, Unkept.HOST, 1).hold is None
    assert state.after_failure(3, Unkept.HOST, 1).hold is Unkept.HOST
    # Once it was kept, it counts like any other.
    assert state.after_kept(1).after_failure(1, Unkept.PLACE, 2).hold is Unkept.PLACE


def test_the_end_of_the_last_one_that_waits_lets_the_next_find_out():
    state = Keeping().after_failure(1, Unkept.PLACE, 0).after_failure(2, Unkept.HOST, 0)
    assert state.without(2).hold is Unkept.PLACE
    assert state.without(1).hold is Unkept.HOST
    assert state.without(1).without(2).hold is None


def test_this_machines_own_reason_comes_before_one_on_the_way():
    state = Keeping().after_failure(1, Unkept.FULL, 0)
    for _ in range(5):
        state = state.after_failure(2, Unkept.TLS, 0)
    assert state.hold is Unkept.FULL
    assert state.after_failure(2, Unkept.SERVER, 0).hold is Unkept.FULL


def test_one_odd_address_costs_at_most_three_videos_and_does_not_hold_for_ever():
    state = Keeping()
    for _ in range(3):
        state = state.after_failure(1, Unkept.NAME, 0)
    assert state.holds(9 * MINUTE)
    assert not state.holds(10 * MINUTE)
    state = state.after_probe(10 * MINUTE)
    assert state.holds(11 * MINUTE)
    state = state.after_failure(2, Unkept.NAME, 12 * MINUTE).after_probe(30 * MINUTE)
    state = state.after_failure(3, Unkept.NAME, 31 * MINUTE)
    assert state.holds(10**12)
    assert state.after_kept(3).hold is None
