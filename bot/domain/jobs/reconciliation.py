"""Reconciliation: matching jobs with the requests that fal lists."""

from collections.abc import Collection, Mapping, Sequence

from bot.domain.catalogue.inputs import input_arguments
from bot.domain.jobs.fal import ListedRequest
from bot.domain.jobs.job import Job

CLOCK_SKEW_MS = 60_000
COPIED_AT = "copied_at"
"""The fact that only a copy of the database has: its time, in Unix milliseconds."""


def fal_input(job: Job) -> dict[str, object]:
    """Return the complete input of a job, as the bot sends it."""
    return {**job.arguments, **input_arguments(job.kind, job.input_urls)}


def matching(job: Job, listed: Sequence[ListedRequest], *, sent_within: int) -> list[ListedRequest]:
    """Return the requests that may be this job's: the same input, sent at the same time.

    `sent_within` (milliseconds) is the longest time that the POST may have taken. fal may add
    defaults to an input, so only the values that the bot sent are compared.
    """
    assert job.submitting_at is not None, "only a job that was being sent is looked for"
    earliest = job.submitting_at - CLOCK_SKEW_MS
    latest = job.submitting_at + sent_within + CLOCK_SKEW_MS
    return [
        request
        for request in listed
        if earliest <= request.sent_at <= latest and _contains(request.arguments, fal_input(job))
    ]


def sent_since(job: Job, listed: Sequence[ListedRequest]) -> list[ListedRequest]:
    """Return the requests that may be this waiting job's, sent after its row was backed up.

    A picture has a new URL with each upload, so URLs aren't compared. A request whose input fal no
    longer shows may be any job's.
    """
    earliest = job.created_at - CLOCK_SKEW_MS
    return [
        request
        for request in listed
        if earliest <= request.sent_at and (not request.arguments or is_input_of(job, request))
    ]


def unowned(listed: Sequence[ListedRequest], owned: Collection[str]) -> list[ListedRequest]:
    """Return the requests that no job owns."""
    return [request for request in listed if request.request_id not in owned]


def is_input_of(job: Job, request: ListedRequest) -> bool:
    """Return whether a request has this job's input, except for the URLs of pictures and videos."""
    return _contains(request.arguments, job.arguments)


def _contains(whole: Mapping[str, object], part: Mapping[str, object]) -> bool:
    return all(whole.get(key) == value for key, value in part.items())
