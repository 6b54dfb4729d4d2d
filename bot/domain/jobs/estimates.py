"""How long things usually take, learned from the bot's own videos. Times are Unix milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.jobs.job import Job

LEAST = 5
"""Fewer videos than that say nothing."""
MOST = 50
"""Of more, the latest count."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides how long fal takes."""

    model: str
    resolution: str | None
    seconds: int | None


def shape_of(job: Job) -> Shape:
    return Shape(job.model, job.resolution, job.seconds)


@dataclass(frozen=True, slots=True)
class Span:
    """Half of all videos take no longer than `p50` (milliseconds), nine of ten no longer than `p90`."""

    p50: int
    p90: int


def learned(times: Sequence[int]) -> Span | None:
    """Return what the times (milliseconds) of videos say of the next one; None of too few.

    Each of the two is a time that was measured: the nearest rank, nothing in between.
    """
    if len(times) < LEAST:
        return None
    ordered = sorted(times)
    return Span(_percentile(ordered, 50), _percentile(ordered, 90))


def _percentile(ordered: Sequence[int], percent: int) -> int:
    return ordered[(len(ordered) * percent + 99) // 100 - 1]


def ready_at(job: Job, span: Span | None) -> Span | None:
    """Return from when until when the video of a job at fal is usually ready."""
    if span is None or job.submitting_at is None:
        return None
    return Span(job.submitting_at + span.p50, job.submitting_at + span.p90)


def turn_at(
    span: Span | None, *, now: int, place: int, at_fal: int, concurrency: int
) -> int | None:
    """Return when the turn of the job at that place usually comes.

    Every `p50 / concurrency` one of fal's places gets free. None if nothing is known, or where so
    many are free that it is a matter of moments.
    """
    ahead = place - max(0, concurrency - at_fal)
    if span is None or ahead <= 0:
        return None
    return now + span.p50 * ahead // concurrency
