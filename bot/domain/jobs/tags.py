"""Tags: names of jobs that stay unique when a database is replaced by a new or an older one.

A row's number is unique in one database only. Whatever outlives the database (buttons, files of the
archive, webhook URLs) refers to a job by its tag. Jobs from before tags are referred to by their
numbers, and such a reference never means a job with a tag.
"""

import base64
import hashlib
import re

from bot.domain.jobs.job import Job

TAG_BYTES = 16
"""The random bytes of a tag."""
REFERENCE = "[a-z2-7]{26}|[0-9]{1,18}"
"""The pattern of `Job.reference`: a tag, or the number of a job from before tags."""
_TAG = re.compile("[a-z2-7]{26}")


def tag_of(data: bytes) -> str:
    """Return 16 random bytes as a tag: 26 lowercase letters and digits (base32)."""
    assert len(data) == TAG_BYTES, "a tag has 128 bits"
    return base64.b32encode(data).decode().rstrip("=").lower()


def is_tag(reference: str) -> bool:
    """Return whether a reference is a tag; otherwise it is a number from before tags."""
    return _TAG.fullmatch(reference) is not None


def file_stem(job: Job) -> str:
    """Return the stem of the names of a job's files: its tag, and a hash of its request at fal.

    A job of a database that was put back may get another request than in its forgotten life, and
    then the video in the archive is not the one that fal made for this request.
    """
    # The archive removes `12-….mp4` along with `12.mp4`, so an old job's number never comes first.
    name = job.tag or f"job-{job.id}"
    if job.handle is None:
        return name
    digest = hashlib.sha256(job.handle.request_id.encode()).hexdigest()[:16]
    return f"{name}-{digest}"


def video_key(job: Job) -> str:
    """Return the archive's key under which a job's video is stored."""
    return f"videos/{file_stem(job)}.mp4"
