"""Changes of a job's row, and the reasons why one can't be written."""

from typing import TypedDict

from bot.domain.jobs.job import DeletedBy, DeliveredAs, Failure, Handle


class Changes(TypedDict, total=False):
    """The columns that may be written along with a transition, as `Job` documents them."""

    handle: Handle
    submitting_at: int
    fal_offset: int | None
    running_at: int | None
    video_url: str
    billable_units: str | None
    video: str
    failure: Failure
    failure_field: str | None
    failure_type: str | None
    failure_words: str | None
    attempts: int
    next_attempt_at: int
    delivered_as: DeliveredAs
    deleted_by: DeletedBy
    deleted_at: int
    message_id: int
    shown: str
    end_missed: bool


class Conflict(Exception):
    """The row isn't in the state that a compare-and-set expected: another writer was faster."""


class Owned(Conflict):
    """Another job has the request, or the video, that fal names for this one."""


class Unrecordable(Exception):
    """The database can't ever take these values: to write them again would fail again."""
