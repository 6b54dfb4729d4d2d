"""Ledger entries: the units and money that each change of a job's status takes or gives back.

Every balance is a sum of rows. A reservation takes units and holds the price, a settlement turns
the held money into spent money, a release gives units or money back.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.jobs.job import Failure, Job, NewJob, Status


class EntryKind(StrEnum):
    """The kind of a row. The database's CHECK lists the same values."""

    RESERVE = "reserve"
    SETTLE = "settle"
    RELEASE = "release"
    GRANT = "grant"


@dataclass(frozen=True, slots=True)
class Entry:
    """The amounts of one row; negative ones are given back."""

    kind: EntryKind
    """The kind of the row."""
    videos: int
    """Units of the member's daily quota."""
    held: int
    """Reserved money, in micro-dollars."""
    spent: int
    """Spent money, in micro-dollars."""
    capped: bool = False
    """True if units come back only while the day's cap on such returns allows."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The sum of a job's rows."""

    videos: int
    """Units of the member's daily quota."""
    held: int
    """Reserved money, in micro-dollars."""
    spent: int
    """Spent money, in micro-dollars."""


def reservation(job: NewJob) -> Entry:
    """Return the entry of a new job: it takes the units and holds the price."""
    return Entry(EntryKind.RESERVE, videos=job.units, held=job.price, spent=0)


def settlement_of_unknown(job: Job, *, charged: bool) -> Entry:
    """Return the entry by which the operator settles an unknown outcome."""
    # The units were given back when the job ended.
    kind = EntryKind.SETTLE if charged else EntryKind.RELEASE
    return Entry(kind, videos=0, held=-job.price, spent=job.price if charged else 0)


def settlement_of_found(job: Job, *, held: int, spent: int) -> Entry | None:
    """Return the entry of a job of unknown outcome whose video turned up; None: it is settled.

    `held` and `spent` are the sums of its rows: the operator may have settled it meanwhile.
    """
    if spent:
        return None
    return Entry(EntryKind.SETTLE, videos=0, held=-held, spent=job.price)


def entry_for(job: Job, to: Status, failure: Failure | None) -> Entry | None:
    """Return the entry of the transition of `job` to `to`; None if it changes no balance."""
    price, units = job.price, job.units
    everything_back = Entry(EntryKind.RELEASE, videos=-units, held=-price, spent=0)
    unit_back = Entry(EntryKind.RELEASE, videos=-units, held=0, spent=0)
    match to:
        case Status.SUCCEEDED if job.failure is Failure.FILE_LOST:
            # The money stays spent, and the units stay back.
            return None
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


# The shares of a job's price that are held and spent.
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
    # Held until the operator settles it.
    Failure.OUTCOME_UNKNOWN: {_HELD, _SPENT, _NOTHING},
    Failure.FILE_LOST: {_SPENT},
}
# The units of a job that was given up, and turned up after all, stay given back.
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
    """Return the sums that the rows of a job in this state may have.

    `made` is whether fal has made its video. Raises ValueError for an impossible state.
    """
    if (status is Status.FAILED) != (failure is not None):
        raise ValueError("a job fails for a reason, and only then has one")
    if failure is Failure.OWN_ERROR:
        money = {_SPENT if made else _NOTHING}
    else:
        money = _MONEY[status] if failure is None else _MONEY_OF_FAILED[failure]
    taken = {0} if status in _UNITS_BACK else set[int]()
    # The units of a model's error come back only while the day's cap allows.
    if status not in {Status.CANCELED, Status.FAILED} or failure is Failure.MODEL_ERROR:
        taken.add(units)
    return {
        Balance(videos, price * held, price * spent) for videos in taken for held, spent in money
    }
