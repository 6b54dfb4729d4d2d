"""Estimates of rendering and waiting times, from the times of the bot's own videos.

Times are Unix milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.jobs.job import Job

FEWEST_TIMES = 5
"""The fewest videos that an estimate is made from."""
MOST_TIMES = 50
"""The most videos that an estimate is made from: the latest."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The properties of a video that decide how long fal takes."""

    model: str
    """The key of its model."""
    resolution: str | None
    """Its resolution, such as 720p; None: the input decides."""
    seconds: int | None
    """Its length in seconds; None: the input decides."""


def shape_of(job: Job) -> Shape:
    """Return the shape of a job's video."""
    return Shape(job.model, job.resolution, job.seconds)


@dataclass(frozen=True, slots=True)
class Span:
    """Two percentiles of a duration, or the times that follow from them, in milliseconds."""

    p50: int
    """Half of all videos take no longer."""
    p90: int
    """Nine of ten videos take no longer."""


def usual_span(times: Sequence[int]) -> Span | None:
    """Return the percentiles of videos' times (milliseconds); None if there are too few.

    Each percentile is one of the times: the nearest rank, without interpolation.
    """
    if len(times) < FEWEST_TIMES:
        return None
    ordered = sorted(times)
    return Span(_percentile(ordered, 50), _percentile(ordered, 90))


def _percentile(ordered: Sequence[int], percent: int) -> int:
    return ordered[(len(ordered) * percent + 99) // 100 - 1]


def ready_at(job: Job, span: Span | None) -> Span | None:
    """Return the times between which the video of a job at fal is usually ready."""
    if span is None or job.submitting_at is None:
        return None
    return Span(job.submitting_at + span.p50, job.submitting_at + span.p90)


def turn_at(
    span: Span | None, *, now: int, place: int, at_fal: int, concurrency: int
) -> int | None:
    """Return the time at which the job at a place in line is usually sent.

    One of fal's `concurrency` slots gets free every `p50 / concurrency`; `at_fal` of them are
    taken. None without a span, or if there is a free slot for the job.
    """
    ahead = place - max(0, concurrency - at_fal)
    if span is None or ahead <= 0:
        return None
    return now + span.p50 * ahead // concurrency
