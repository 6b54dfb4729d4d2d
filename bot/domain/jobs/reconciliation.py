"""Which of fal's requests is the one whose answer was lost."""

from collections.abc import Collection, Mapping, Sequence

from bot.domain.catalogue.inputs import input_arguments
from bot.domain.jobs.fal import Found
from bot.domain.jobs.job import Job

CLOCK_SKEW_MS = 60_000
COPIED_AT = "copied_at"
"""The setting that only a copy of the database has: when it was made, in Unix milliseconds."""


def fal_input(job: Job) -> dict[str, object]:
    """Return the complete input of a job, as it is sent."""
    return {**job.arguments, **input_arguments(job.kind, job.input_urls)}


def matching(job: Job, found: Sequence[Found], *, sent_within: int) -> list[Found]:
    """Return the requests that may be this job's: the same input, sent at the same time.

    `sent_within` (milliseconds) is how long the POST may have taken. fal may add defaults to an
    input, so only what was sent is compared.
    """
    assert job.submitting_at is not None, "only a job that was being sent is looked for"
    earliest = job.submitting_at - CLOCK_SKEW_MS
    latest = job.submitting_at + sent_within + CLOCK_SKEW_MS
    return [
        entry
        for entry in found
        if earliest <= entry.sent_at <= latest and _contains(entry.arguments, fal_input(job))
    ]


def sent_since(job: Job, found: Sequence[Found]) -> list[Found]:
    """Return the requests that may be this waiting job's, sent by a life that its row forgot.

    A picture has a new URL with each upload, so everything but that is compared. A request whose
    input fal no longer shows may be anybody's.
    """
    earliest = job.created_at - CLOCK_SKEW_MS
    return [
        entry
        for entry in found
        if earliest <= entry.sent_at and (not entry.arguments or is_input_of(job, entry))
    ]


def unowned(found: Sequence[Found], owned: Collection[str]) -> list[Found]:
    """Return the requests that no job owns."""
    return [entry for entry in found if entry.request_id not in owned]


def is_input_of(job: Job, entry: Found) -> bool:
    """Say whether a request has this job's input, but for the picture's URL."""
    return _contains(entry.arguments, job.arguments)


def _contains(whole: Mapping[str, object], part: Mapping[str, object]) -> bool:
    return all(whole.get(key) == value for key, value in part.items())
