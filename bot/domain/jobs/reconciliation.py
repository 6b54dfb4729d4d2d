"""Reconciliation: matching jobs with the requests that fal lists."""

from collections.abc import Collection, Mapping, Sequence

from bot.domain.calendar import DAY_MS
from bot.domain.catalogue.inputs import input_arguments
from bot.domain.jobs.fal import ListedRequest
from bot.domain.jobs.job import Job

CLOCK_SKEW_MS = 60_000
COPIED_AT = "copied_at"
"""The fact that only a copy of the database has: its time, in Unix milliseconds."""


def fal_input(job: Job) -> dict[str, object]:
    """Return the complete input of a job, as the bot sends it."""
    return {**job.arguments, **input_arguments(job.kind, job.input_urls)}


def offsets_of(job: Job, current: int | None) -> set[int]:
    """Return the milliseconds that fal's clock may have been ahead when the job was sent.

    Either clock may have been set since the one was learned, or since the job was sent. And the
    clocks may have agreed: what is known now needn't have been so then, and the `Date` of an answer
    may be somebody else's.
    """
    return {0, job.fal_offset or 0, current or 0}


def sent_from(job: Job, current: int | None) -> int:
    """Return the earliest time at fal (Unix milliseconds) at which the job may have been sent."""
    assert job.submitting_at is not None, "only a job that was being sent is looked for"
    return job.submitting_at + min(offsets_of(job, current)) - _skew_of(job)


def _skew_of(job: Job) -> int:
    """Return by how many milliseconds the time of sending may be off.

    A clock that was never compared with fal's may be off by hours; the same input is hardly sent
    twice in a day.
    """
    return CLOCK_SKEW_MS if job.fal_offset is not None else DAY_MS


def listed_since(job: Job, current: int | None) -> int:
    """Return the time at fal (Unix milliseconds) from which the job's request may be listed."""
    # fal's clock is known only after its answer.
    return sent_from(job, current) - (DAY_MS if current is None else 0)


def matching(
    job: Job, listed: Sequence[ListedRequest], *, sent_within: int, fal_offset: int | None = None
) -> list[ListedRequest]:
    """Return the requests that may be this job's: the same input, sent at the same time.

    `sent_within` (milliseconds) is the longest time that the POST may have taken, and `fal_offset`
    how far fal's clock is ahead now. fal may add defaults to an input, so only the values that the
    bot sent are compared.
    """
    assert job.submitting_at is not None, "only a job that was being sent is looked for"
    sent_at = [job.submitting_at + offset for offset in offsets_of(job, fal_offset)]
    skew = _skew_of(job)
    return [
        request
        for request in listed
        if any(at - skew <= request.sent_at <= at + sent_within + skew for at in sent_at)
        and _contains(request.arguments, fal_input(job))
    ]


def pick(
    job: Job, candidates: Sequence[ListedRequest], rivals: Collection[Job]
) -> ListedRequest | None:
    """Return the request to give to the job; None if it isn't known which is its own.

    `rivals` are the other jobs that each of the candidates may belong to. For as many jobs of one
    input as there are requests any assignment is right: they go in order.
    """
    in_order = sorted(candidates, key=lambda request: (request.sent_at, request.request_id))
    ids = sorted({job.id, *(rival.id for rival in rivals)})
    if not in_order or len(in_order) > len(ids):
        return None
    return in_order[min(ids.index(job.id), len(in_order) - 1)]


def sent_since(
    job: Job, listed: Sequence[ListedRequest], *, fal_offset: int = 0
) -> list[ListedRequest]:
    """Return the requests that may be this waiting job's, sent after its row was backed up.

    `fal_offset` are the milliseconds that fal's clock is ahead. A picture has a new URL with each
    upload, so URLs aren't compared. A request whose input fal no longer shows may be any job's.
    """
    earliest = job.created_at + fal_offset - CLOCK_SKEW_MS
    # The row may be of another machine, or of a clock that has been set since. The same input is
    # hardly sent twice in a day, and a request that belongs to a job is no candidate.
    return [
        request
        for request in listed
        if (earliest <= request.sent_at and not request.arguments)
        or (earliest - DAY_MS <= request.sent_at and is_input_of(job, request))
    ]


def unowned(listed: Sequence[ListedRequest], owned: Collection[str]) -> list[ListedRequest]:
    """Return the requests that no job owns."""
    return [request for request in listed if request.request_id not in owned]


def is_input_of(job: Job, request: ListedRequest) -> bool:
    """Return whether a request has this job's input, except for the URLs of pictures and videos."""
    return _contains(request.arguments, job.arguments)


def _contains(whole: Mapping[str, object], part: Mapping[str, object]) -> bool:
    return all(whole.get(key) == value for key, value in part.items())
