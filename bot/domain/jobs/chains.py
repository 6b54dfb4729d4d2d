"""Chains of shots: videos that begin with the last frame of the video before."""

import re

from bot.domain.catalogue.models import Kind
from bot.domain.jobs.job import Job
from bot.domain.jobs.tags import file_stem

LONGEST_CHAIN = 20
"""The most shots that are joined into one film."""
_FRAME = re.compile(r"inputs/frames/([a-z2-7]{26}|[0-9]{1,18})(?:-[0-9a-f]{16})?\.jpg")


def frame_key(job: Job) -> str:
    """Return the archive's key of the last frame of a job's video."""
    return f"inputs/frames/{job.id if job.tag is None else file_stem(job)}.jpg"


def previous_shot(job: Job) -> str | None:
    """Return the reference of the job with whose last frame this one begins; None if none.

    It is read from the job's own input, so that other versions of a shot are in its chain, too.
    """
    if job.kind is not Kind.IMAGE or len(job.inputs) != 1:
        return None
    frame = _FRAME.fullmatch(job.inputs[0])
    return frame[1] if frame else None


def film_key(job: Job) -> str:
    """Return the archive's key of the film that ends with this shot, while it is being posted."""
    return f"films/{job.reference}.mp4"
