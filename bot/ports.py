"""The outside world on one screen: what the application needs of it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypedDict

from bot.domain.fal import Found, Progress, Result, Submission
from bot.domain.job import DeliveredAs, Failure, Handle, Job, NewJob, Place, Status
from bot.domain.quota import Quota
from bot.domain.request import PictureSource


class Clock(Protocol):
    """Where time enters."""

    def now(self) -> int:
        """Return Unix milliseconds."""
        ...


class Changes(TypedDict, total=False):
    """The columns that may be written along with a transition."""

    handle: Handle
    submitting_at: int
    running_at: int | None
    video_url: str
    billable_units: str | None
    video: str
    failure: Failure
    failure_field: str | None
    failure_type: str | None
    attempts: int
    next_attempt_at: int
    delivered_as: DeliveredAs
    message_id: int
    shown: str


class Conflict(Exception):
    """The row isn't in the state that a compare-and-set expected: somebody else was faster."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a job's own row doesn't say.

    `place` is where it waits in line, from 1; `counts` whether it takes a unit of the daily quota;
    `paused` and `checking` why the line stands still: a full disk, or a backup that was restored.
    """

    place: int | None
    counts: bool
    paused: bool = False
    checking: bool = False


class Store(Protocol):
    """The rows. Each method is one transaction."""

    async def submit(self, job: NewJob, *, at: int, videos_per_day: int) -> Job:
        """Take the quota, write the reservation and insert the job.

        Returns the existing job if `source` has one already. Raises Refusal when the quota is
        used up.
        """
        ...

    async def advance(
        self, job: Job, to: Status, *, at: int, changes: Changes | None = None
    ) -> Job:
        """Compare-and-set `job.status` to `to`, with its ledger entry. Raises Conflict."""
        ...

    async def admit(self, job: Job, *, at: int, concurrency: int) -> Job | None:
        """Move `created` to `submitting` if fal has room; None if it hasn't. Raises Conflict."""
        ...

    async def note(
        self, job: Job, *, attempts: int, next_attempt_at: int, errors: int | None = None
    ) -> Job:
        """Record when to look at the job again."""
        ...

    async def note_picture(self, job: Job, url: str, expires_at: int) -> Job: ...

    async def note_shown(self, job: Job, shown: str | None, message_id: int | None) -> None: ...

    async def request_cancel(self, job: Job, *, at: int) -> Job:
        """Cancel a `created` job; remember the wish for one that is on its way."""
        ...

    async def settle_unknown(self, job: Job, *, charged: bool, at: int) -> bool:
        """Write the operator's word on what an unknown outcome cost; False if there is none to settle."""
        ...

    async def open(self, place: Place) -> None:
        """Remember an answer that stands before its job does; `submit` forgets it again."""
        ...

    async def close_opening(self, message_id: int) -> None: ...

    async def openings(self) -> Sequence[tuple[int, int]]:
        """Return channel and message ids of answers that no job came of."""
        ...

    async def job(self, job_id: int) -> Job | None: ...

    async def jobs_of(self, guild_id: int, member_id: int, *, most: int) -> Sequence[Job]:
        """Return a member's newest jobs, newest first."""
        ...

    async def in_progress(self) -> Sequence[int]:
        """Return the ids of all jobs between `created` and their end, oldest first."""
        ...

    async def untold(self, *, most: int) -> Sequence[int]:
        """Return the ids of jobs that ended without a video and whose message doesn't say so yet."""
        ...

    async def unknown(self, *, since: int) -> Sequence[int]:
        """Return the ids of jobs that ended since then with an unknown outcome, not yet settled."""
        ...

    async def at_fal(self, *, but: Collection[int]) -> int:
        """Return how many jobs take one of fal's places, leaving out the ids in `but`."""
        ...

    async def next_waiting(self, *, at: int, but: Collection[int]) -> Job | None:
        """Return the `created` job whose turn it is at that time, leaving out the ids in `but`."""
        ...

    async def line(self, *, most: int) -> Sequence[Job]:
        """Return the first `created` jobs in the order in which they'll be admitted."""
        ...

    async def standing(self, job: Job) -> Standing:
        """Return what others' rows say about a job."""
        ...

    async def quota(self, guild_id: int, member_id: int, *, day: int, limit: int) -> Quota: ...

    async def owned(self, request_ids: Collection[str]) -> set[str]:
        """Return those of `request_ids` that a row owns."""
        ...

    async def setting(self, key: str) -> str | None:
        """Return what `set_setting` wrote; None if nothing, or None."""
        ...

    async def set_setting(self, key: str, value: str | None) -> None: ...


class Fal(Protocol):
    """fal's queue and storage. Everything but `submit` may raise FalTrouble and may be repeated."""

    async def upload(self, data: bytes, content_type: str, *, expires_in: int) -> str:
        """Store a picture for `expires_in` seconds and return its URL. Raises UploadRefused."""
        ...

    async def submit(self, endpoint: str, arguments: dict[str, str | int]) -> Submission:
        """POST once. Never raises for what fal or the network does."""
        ...

    async def progress(self, handle: Handle) -> Progress: ...

    async def result(self, handle: Handle) -> Result: ...

    async def cancel(self, handle: Handle) -> bool:
        """Ask to cancel; True if fal accepted the wish, which proves nothing yet."""
        ...

    async def find(self, endpoint: str, *, since: int) -> Sequence[Found]:
        """List our own requests that were sent after `since` (Unix milliseconds)."""
        ...

    def handle(self, endpoint: str, request_id: str) -> Handle: ...


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was decoded and encoded anew: an upright JPEG without metadata."""

    data: bytes
    width: int
    height: int
    animated: bool


class Pictures(Protocol):
    """Intake of what members send. Raises Refusal."""

    def check(self, source: PictureSource) -> None:
        """Look at what Discord says of the picture; nothing is fetched."""
        ...

    async def take(self, source: PictureSource) -> Picture: ...


class FileLost(Exception):
    """The file is not at its URL and won't come back."""


class UploadRefused(Exception):
    """fal's storage won't have this file, now or later; the reason is its own word."""


class DownloadTrouble(Exception):
    """The download failed or the file is incomplete: try again later."""


class ShrinkTrouble(Exception):
    """No smaller copy came out, for a reason that may pass: try again later."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A smaller copy of a video, or one of its frames."""

    path: Path
    is_video: bool


class Videos(Protocol):
    """Finished videos: fetched, verified, and kept in the archive."""

    async def fit(self, key: str, *, most_bytes: int) -> Fitted:
        """Return a copy of at most so many bytes, kept beside the video.

        It is a frame where no good copy can be made. Raises ShrinkTrouble.
        """
        ...

    async def keep(self, url: str, key: str) -> None:
        """Download into the archive under `key`, whole or not at all.

        Raises FileLost or DownloadTrouble.
        """
        ...


class Archive(Protocol):
    """Where inputs and finished files are kept. Keys are relative paths."""

    async def put(self, key: str, data: bytes) -> None: ...

    async def get(self, key: str) -> bytes:
        """Raises FileNotFoundError."""
        ...

    def path(self, key: str) -> Path: ...

    async def size(self, key: str) -> int:
        """Return a file's size in bytes."""
        ...

    async def free_bytes(self) -> int:
        """Return how much more the disk takes."""
        ...


class Undeliverable(Exception):
    """Discord won't have it now; the reason is fit for the log."""


class Unreachable(Undeliverable):
    """Nor later: the channel, the permission or the member's consent is gone."""


class TooLargeHere(Undeliverable):
    """The file is larger than this place takes."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a finished job's message carries: its video, a smaller copy, or one of its frames."""

    path: Path
    is_video: bool
    is_whole: bool
    """Whether it is the video as fal made it."""


class Delivery(Protocol):
    """The status message of a job, and the mention at its end. Raises Undeliverable.

    A file of None stands for a video of which nothing can be shown here.
    """

    async def show(self, job: Job, standing: Standing) -> int:
        """Make the status message say where the job is; return the message's id."""
        ...

    async def deliver(self, job: Job, file: Attachment | None) -> int:
        """Put the video into the status message, or a new one where that is out of reach.

        Doing it twice is doing it once.
        """
        ...

    async def mention(self, job: Job, message_id: int) -> None:
        """Tell the member once, in a reply to that message, that the job has ended."""
        ...

    async def show_directly(self, job: Job, standing: Standing) -> None:
        """Tell the member how the job ended in a direct message."""
        ...

    async def deliver_directly(self, job: Job, file: Attachment | None) -> None:
        """Send the member the video in a direct message."""
        ...

    async def take_back(self, channel_id: int, message_id: int) -> None:
        """Say in an answer that no job came of that nothing will come of it."""
        ...


Random = Callable[[], float]
"""A random number from 0 up to 1."""
