"""The ledger's entries: what each turn of a job's life does to units and money.

Every balance is a sum of rows. `videos` are units of the member's daily quota, of which an ordinary
video takes one (`bot.domain.catalogue.prices`), `held` and `spent` are micro-dollars: a reservation holds the price, a settlement turns it into spending, a release
gives it back.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.jobs.job import Failure, Job, NewJob, Status


class EntryKind(StrEnum):
    """What a row is. The database's CHECK lists the same values."""

    RESERVE = "reserve"
    SETTLE = "settle"
    RELEASE = "release"
    GRANT = "grant"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row's amounts. `capped`: the unit comes back only while the day's cap allows."""

    kind: EntryKind
    videos: int
    held: int
    spent: int
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """What a job's rows add up to."""

    videos: int
    held: int
    spent: int


def reservation(job: NewJob) -> Entry:
    return Entry(EntryKind.RESERVE, videos=job.units, held=job.price, spent=0)


def verdict(job: Job, *, charged: bool) -> Entry:
    """Return what the operator's word on an unknown outcome writes: its unit is back already."""
    kind = EntryKind.SETTLE if charged else EntryKind.RELEASE
    return Entry(kind, videos=0, held=-job.price, spent=job.price if charged else 0)


def entry_for(job: Job, to: Status, failure: Failure | None) -> Entry | None:
    """Return what the transition of `job` to `to` writes into the ledger, or None."""
    price, units = job.price, job.units
    everything_back = Entry(EntryKind.RELEASE, videos=-units, held=-price, spent=0)
    unit_back = Entry(EntryKind.RELEASE, videos=-units, held=0, spent=0)
    match to:
        case Status.SUCCEEDED:
            return Entry(EntryKind.SETTLE, videos=0, held=-price, spent=price)
        case Status.CANCELED:
            return everything_back
        case Status.FAILED:
            match failure:
                case Failure.REFUSED | Failure.SERVICE_ERROR:
                    return everything_back
                case Failure.MODEL_ERROR:
                    return Entry(
                        EntryKind.SETTLE, videos=-units, held=-price, spent=price, capped=True
                    )
                case Failure.OUTCOME_UNKNOWN | Failure.FILE_LOST:
                    return unit_back
                case Failure.OWN_ERROR:
                    return everything_back if job.status is Status.CREATED else unit_back
                case None:
                    raise ValueError("a job fails for a reason")
        case _:
            return None


# What may be held and spent of a job's price: (1, 0) is all of it held, (0, 1) all of it spent.
_HELD, _SPENT, _NOTHING = (1, 0), (0, 1), (0, 0)
_MONEY: Mapping[Status, Collection[tuple[int, int]]] = {
    Status.CREATED: {_HELD},
    Status.SUBMITTING: {_HELD},
    Status.UNCERTAIN: {_HELD},
    Status.SUBMITTED: {_HELD},
    Status.RUNNING: {_HELD},
    Status.SUCCEEDED: {_SPENT},
    Status.STORED: {_SPENT},
    Status.DELIVERED: {_SPENT},
    Status.CANCELED: {_NOTHING},
}
_MONEY_OF_FAILED: Mapping[Failure, Collection[tuple[int, int]]] = {
    Failure.REFUSED: {_NOTHING},
    Failure.MODEL_ERROR: {_SPENT},
    Failure.SERVICE_ERROR: {_NOTHING},
    # As it ended, or with the operator's word on it.
    Failure.OUTCOME_UNKNOWN: {_HELD, _SPENT, _NOTHING},
    Failure.FILE_LOST: {_SPENT},
}
# The unit of a job that was given up, and turned up after all, stays given back.
_UNITS_BACK = {
    Status.SUBMITTED,
    Status.RUNNING,
    Status.SUCCEEDED,
    Status.STORED,
    Status.DELIVERED,
    Status.CANCELED,
    Status.FAILED,
}


def balances(
    status: Status, failure: Failure | None, price: int, units: int, *, made: bool
) -> Collection[Balance]:
    """Return what the rows of a job in this state may add up to. `made`: fal has made its video.

    Raises ValueError for what is no state.
    """
    if (status is Status.FAILED) != (failure is not None):
        raise ValueError("a job fails for a reason, and only then has one")
    if failure is Failure.OWN_ERROR:
        money = {_SPENT if made else _NOTHING}
    else:
        money = _MONEY[status] if failure is None else _MONEY_OF_FAILED[failure]
    taken = {0} if status in _UNITS_BACK else set[int]()
    # Where the model refused, the unit comes back only while the day's cap allows.
    if status not in {Status.CANCELED, Status.FAILED} or failure is Failure.MODEL_ERROR:
        taken.add(units)
    return {Balance(unit, price * held, price * spent) for unit in taken for held, spent in money}
