from dataclasses import replace

import pytest

from bot.domain.jobs.job import Failure, Status
from bot.domain.jobs.ledger import (
    Balance,
    Entry,
    EntryKind,
    balances,
    entry_for,
    reservation,
    settlement_of_unknown,
)
from tests.domain.examples import PRICE, job, new_job

ALL_BACK = Entry(EntryKind.RELEASE, videos=-1, held=-PRICE, spent=0)
UNIT_BACK = Entry(EntryKind.RELEASE, videos=-1, held=0, spent=0)


def test_a_reservation_takes_one_unit_and_holds_the_price():
    assert reservation(new_job()) == Entry(EntryKind.RESERVE, videos=1, held=PRICE, spent=0)


def test_success_turns_what_is_held_into_spending():
    settled = Entry(EntryKind.SETTLE, videos=0, held=-PRICE, spent=PRICE)
    assert entry_for(job(Status.RUNNING), Status.SUCCEEDED, None) == settled


@pytest.mark.parametrize("start", [Status.CREATED, Status.SUBMITTED, Status.RUNNING])
def test_a_canceled_job_gives_everything_back(start: Status):
    assert entry_for(job(start), Status.CANCELED, None) == ALL_BACK


@pytest.mark.parametrize(
    ("failure", "entry"),
    [
        (Failure.REFUSED, ALL_BACK),
        (Failure.SERVICE_ERROR, ALL_BACK),
        (
            Failure.MODEL_ERROR,
            Entry(EntryKind.SETTLE, videos=-1, held=-PRICE, spent=PRICE, capped=True),
        ),
        (Failure.OUTCOME_UNKNOWN, UNIT_BACK),
        (Failure.FILE_LOST, UNIT_BACK),
    ],
)
def test_what_each_failure_gives_back(failure: Failure, entry: Entry):
    assert entry_for(job(Status.SUBMITTED), Status.FAILED, failure) == entry


def test_a_lost_file_that_is_there_after_all_changes_no_balance():
    assert entry_for(job(Status.FAILED, Failure.FILE_LOST), Status.SUCCEEDED, None) is None


def test_there_is_a_rule_for_every_failure_and_none_without_a_reason():
    for failure in Failure:
        assert entry_for(job(Status.SUBMITTED), Status.FAILED, failure) is not None
    with pytest.raises(ValueError, match="for a reason"):
        entry_for(job(Status.SUBMITTED), Status.FAILED, None)


@pytest.mark.parametrize(
    "end", sorted(set(Status) - {Status.SUCCEEDED, Status.CANCELED, Status.FAILED})
)
def test_no_other_turn_touches_units_or_money(end: Status):
    assert entry_for(job(), end, None) is None


def test_a_video_of_several_units_gives_as_many_back():
    dear = replace(job(Status.SUBMITTED), units=3)
    assert reservation(dear).videos == 3
    for end, failure in [
        (Status.CANCELED, None),
        (Status.FAILED, Failure.REFUSED),
        (Status.FAILED, Failure.MODEL_ERROR),
        (Status.FAILED, Failure.FILE_LOST),
    ]:
        entry = entry_for(dear, end, failure)
        assert entry is not None
        assert entry.videos == -3
    possible = balances(Status.RUNNING, None, PRICE, 3, made=False)
    assert {balance.videos for balance in possible} == {0, 3}


# What a job's rows may add up to

HELD = {Balance(1, PRICE, 0)}
NOTHING = {Balance(0, 0, 0)}
SPENT = {Balance(1, 0, PRICE), Balance(0, 0, PRICE)}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.CREATED, HELD),
        (Status.SUBMITTING, HELD),
        (Status.UNCERTAIN, HELD),
        (Status.SUBMITTED, {*HELD, Balance(0, PRICE, 0)}),
        (Status.RUNNING, {*HELD, Balance(0, PRICE, 0)}),
        (Status.SUCCEEDED, SPENT),
        (Status.STORED, SPENT),
        (Status.DELIVERED, SPENT),
        (Status.CANCELED, NOTHING),
    ],
)
def test_what_each_state_counts_holds_and_spent(status: Status, expected: set[Balance]):
    for made in (True, False):
        assert balances(status, None, PRICE, 1, made=made) == expected


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure.REFUSED, NOTHING),
        (Failure.SERVICE_ERROR, NOTHING),
        (Failure.MODEL_ERROR, SPENT),
        (Failure.FILE_LOST, {Balance(0, 0, PRICE)}),
        (Failure.OUTCOME_UNKNOWN, {*NOTHING, Balance(0, PRICE, 0), Balance(0, 0, PRICE)}),
        (Failure.OWN_ERROR, NOTHING),
    ],
)
def test_what_each_failure_counts_holds_and_spent(failure: Failure, expected: set[Balance]):
    assert balances(Status.FAILED, failure, PRICE, 1, made=False) == expected


def test_a_video_that_was_made_is_paid_whatever_went_wrong_then():
    possible = balances(Status.FAILED, Failure.OWN_ERROR, PRICE, 1, made=True)
    assert possible == {Balance(0, 0, PRICE)}


@pytest.mark.parametrize(
    ("status", "failure"), [(Status.FAILED, None), (Status.RUNNING, Failure.REFUSED)]
)
def test_a_failure_without_a_reason_is_no_state(status: Status, failure: Failure | None):
    with pytest.raises(ValueError, match="for a reason"):
        balances(status, failure, PRICE, 1, made=False)


@pytest.mark.parametrize("charged", [True, False])
def test_the_operators_word_leads_to_an_allowed_balance(charged: bool):
    given_up = job(Status.FAILED, Failure.OUTCOME_UNKNOWN)
    entry = settlement_of_unknown(given_up, charged=charged)
    after = Balance(0, PRICE + entry.held, entry.spent)
    assert after in balances(Status.FAILED, Failure.OUTCOME_UNKNOWN, PRICE, 1, made=False)
    assert after.held == 0
