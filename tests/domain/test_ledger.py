import pytest

from bot.domain.job import Failure, Status
from bot.domain.ledger import Entry, EntryKind, entry_for, reservation
from tests.domain.examples import PRICE, job

ALL_BACK = Entry(EntryKind.RELEASE, videos=-1, held=-PRICE, spent=0)
UNIT_BACK = Entry(EntryKind.RELEASE, videos=-1, held=0, spent=0)


def test_a_reservation_takes_one_unit_and_holds_the_price():
    assert reservation(PRICE) == Entry(EntryKind.RESERVE, videos=1, held=PRICE, spent=0)


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
