import itertools

import pytest

from bot.domain.jobs.job import AT_FAL, ENDED, TRANSITIONS, Failure, Status
from tests.domain.examples import job

# The way of a job as operators and documentation know it.
TABLE = """
created submitting
created canceled
created failed
submitting submitted
submitting created
submitting failed
submitting uncertain
uncertain submitted
uncertain failed
failed submitted
failed succeeded
submitted running
running submitted
submitted succeeded
running succeeded
submitted failed
running failed
submitted canceled
running canceled
succeeded stored
succeeded failed
stored delivered
"""
WRITTEN = {(Status(line.split()[0]), Status(line.split()[1])) for line in TABLE.split("\n") if line}


def test_the_transition_table_is_the_documented_one():
    assert {(start, end) for start in TRANSITIONS for end in TRANSITIONS[start]} == WRITTEN
    assert set(TRANSITIONS) == set(Status)


@pytest.mark.parametrize(("start", "end"), list(itertools.product(Status, Status)))
def test_a_job_may_become_what_the_table_says(start: Status, end: Status):
    failure = None
    if start is Status.FAILED:
        failure = Failure.FILE_LOST if end is Status.SUCCEEDED else Failure.OUTCOME_UNKNOWN
    assert job(start, failure).may_become(end) == ((start, end) in WRITTEN)


@pytest.mark.parametrize("failure", sorted(Failure))
def test_only_an_unknown_outcome_and_a_lost_file_may_turn_up_after_all(failure: Failure):
    ways_back = {
        Failure.OUTCOME_UNKNOWN: [Status.SUBMITTED, Status.SUCCEEDED],
        Failure.FILE_LOST: [Status.SUCCEEDED],
    }
    possible = [status for status in Status if job(Status.FAILED, failure).may_become(status)]
    assert possible == ways_back.get(failure, [])


def test_every_state_can_be_reached_and_left_for_an_end():
    reached = {Status.CREATED}
    while more := {end for start, end in WRITTEN if start in reached} - reached:
        reached |= more
    assert reached == set(Status)
    ending = set(ENDED)
    while more := {start for start, end in WRITTEN if end in ending} - ending:
        ending |= more
    assert ending == set(Status)


def test_which_states_take_a_place_at_fal_and_which_end():
    assert {"submitting", "submitted", "running"} == AT_FAL
    assert {"delivered", "failed", "canceled"} == ENDED


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.FAILED}))
def test_only_a_failed_job_has_a_failure(status: Status):
    with pytest.raises(ValueError, match="with failure refused"):
        job(status, Failure.REFUSED)
    with pytest.raises(ValueError, match="failed with failure None"):
        job(Status.FAILED)
