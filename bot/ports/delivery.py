"""What members are shown."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.jobs.job import Job
from bot.ports.store import Standing


class Undeliverable(Exception):
    """Discord won't have it now; the reason is fit for the log.

    `seconds` is how long that lasts at least, where Discord says so.
    """

    def __init__(self, reason: str, *, seconds: float = 0.0):
        super().__init__(reason)
        self.seconds = seconds


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


class Owner(Protocol):
    """Whoever runs the bot."""

    async def tell(self, text: str) -> None:
        """Send the owner of Discord's application a direct message. Raises Undeliverable."""
        ...


class Announcement(Protocol):
    """The first answer to a request: it stands before the job does and becomes its message."""

    async def post(self) -> int:
        """Post the answer where everybody reads it; return the message's id."""
        ...

    async def take_back(self, message_id: int, error: Exception) -> None:
        """Say why no job came of the request, in place of the answer. Raises Undeliverable."""
        ...


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

    async def erase(self, job: Job, channel_id: int, message_id: int) -> None:
        """Put into a message of the job, in place of everything, that its video was deleted."""
        ...
