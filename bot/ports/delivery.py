"""Port of delivery: status messages, videos and mentions at Discord."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.jobs.job import DeletedBy, Job, Status
from bot.ports.store import Standing


class Undeliverable(Exception):
    """Discord doesn't take it now; the reason is fit for the log.

    `seconds` is the wait that Discord demands; 0 if it demands none.
    """

    def __init__(self, reason: str, *, seconds: float = 0.0):
        super().__init__(reason)
        self.seconds = seconds


class Unreachable(Undeliverable):
    """Discord won't take it later either: channel, permission or the member's consent is gone."""


class TooLargeHere(Undeliverable):
    """The file is larger than the channel takes."""


class FileRefused(Undeliverable):
    """Discord takes messages there, but not this file, such as its filter of explicit content."""


class TextRefused(Undeliverable):
    """Discord takes messages there, but not these words, such as AutoMod."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """The file in a finished job's message: its video, a smaller copy, or one of its frames."""

    path: Path
    """The file on the disk."""
    is_video: bool
    """True if it is a video; otherwise it is a picture."""
    is_whole: bool
    """True if it is the video as fal made it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The content of a job's message."""

    status: Status
    """The status that it shows; `created` where it shows nothing later, as an announcement."""
    deleted_by: DeletedBy | None = None
    """The person who deleted its video, by its words; None: it doesn't say so."""


class Owner(Protocol):
    """The person who runs the bot."""

    async def tell(self, text: str) -> None:
        """Send the owner of Discord's application a direct message. Raises Undeliverable."""
        ...


class AnsweredElsewhere(Exception):
    """Another process, which runs with the same token, has answered already."""


class Announcement(Protocol):
    """The first answer to a request: it stands before the job does and becomes its message."""

    @property
    def is_repeated(self) -> bool:
        """True if Discord gives back the message that the same request posted before."""
        ...

    async def post(self, tag: str) -> int:
        """Post the answer with the tag under it, where everybody reads it; return its id.

        Raises AnsweredElsewhere if the answer that stands there has another tag.
        """
        ...

    async def take_back(self, message_id: int, error: Exception) -> None:
        """Explain in place of the answer why the request made no job. Raises Undeliverable."""
        ...


class Delivery(Protocol):
    """The status message of a job, and the mention at its end. Raises Undeliverable.

    A file of None stands for a video that can't be shown in this place, not even a frame of it.
    Words that Discord refuses are left out, so only `mention` raises TextRefused.
    """

    async def show(self, job: Job, standing: Standing) -> int:
        """Post or edit the status message, so that it shows the job's state; return its id."""
        ...

    async def deliver(self, job: Job, file: Attachment | None) -> int:
        """Put the video into the status message, or into a new one where that is out of reach.

        Return the message's id. A repetition changes nothing.
        """
        ...

    async def mention(self, job: Job, message_id: int) -> None:
        """Reply to a message once, with a mention of the member: the job has ended."""
        ...

    async def show_directly(self, job: Job, standing: Standing) -> None:
        """Send the member the state of the job in a direct message."""
        ...

    async def deliver_directly(self, job: Job, file: Attachment | None) -> None:
        """Send the member the video in a direct message."""
        ...

    async def shown(self, channel_id: int, message_id: int) -> Shown:
        """Read the message of a job."""
        ...

    async def take_back(self, channel_id: int, message_id: int) -> None:
        """Replace an announcement by a note that its request was not accepted."""
        ...

    async def erase(self, job: Job, channel_id: int, message_id: int) -> None:
        """Replace a message of the job by a note that its video was deleted."""
        ...
