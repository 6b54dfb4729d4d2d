"""Chains of shots: videos that begin with the last frame of the video before."""

import re

from bot.domain.catalogue.models import Kind
from bot.domain.jobs.job import Job

LONGEST_CHAIN = 20
"""The most shots that are joined into one film."""
_FRAME = re.compile(r"inputs/frames/([0-9]{1,18})\.jpg")


def frame_key(job_id: int) -> str:
    """Return the archive's key of a video's last frame."""
    return f"inputs/frames/{job_id}.jpg"


def previous_shot(job: Job) -> int | None:
    """Return the number of the video with whose last frame this one begins; None if none.

    It is read from the job's own input, so that other versions of a shot are in its chain, too.
    """
    if job.kind is not Kind.IMAGE or len(job.inputs) != 1:
        return None
    frame = _FRAME.fullmatch(job.inputs[0])
    return int(frame[1]) if frame else None


def film_key(job_id: int) -> str:
    """Return the archive's key of the film that ends with this shot, while it is being posted."""
    return f"films/{job_id}.mp4"
