"""The ledger's entries: what each turn of a job's life does to units and money.

Every balance is a sum of rows. `videos` are units of the member's daily quota, `held` and `spent`
are micro-dollars: a reservation holds the price, a settlement turns it into spending, a release
gives it back.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.job import Failure, Job, Status


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


def reservation(price: int) -> Entry:
    return Entry(EntryKind.RESERVE, videos=1, held=price, spent=0)


def verdict(job: Job, *, charged: bool) -> Entry:
    """Return what the operator's word on an unknown outcome writes: its unit is back already."""
    kind = EntryKind.SETTLE if charged else EntryKind.RELEASE
    return Entry(kind, videos=0, held=-job.price, spent=job.price if charged else 0)


def entry_for(job: Job, to: Status, failure: Failure | None) -> Entry | None:
    """Return what the transition of `job` to `to` writes into the ledger, or None."""
    price = job.price
    everything_back = Entry(EntryKind.RELEASE, videos=-1, held=-price, spent=0)
    unit_back = Entry(EntryKind.RELEASE, videos=-1, held=0, spent=0)
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
                    return Entry(EntryKind.SETTLE, videos=-1, held=-price, spent=price, capped=True)
                case Failure.OUTCOME_UNKNOWN | Failure.FILE_LOST:
                    return unit_back
                case Failure.OWN_ERROR:
                    return everything_back if job.status is Status.CREATED else unit_back
                case None:
                    raise ValueError("a job fails for a reason")
        case _:
            return None
