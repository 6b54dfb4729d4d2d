"""Port of fal: its queue and its storage."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bot.domain.jobs.fal import ListedRequest, Progress, Result, Submission
from bot.domain.jobs.job import Handle


class UploadRefused(Exception):
    """fal's storage refuses a file for good; the reason is in fal's words."""


class Fal(Protocol):
    """fal's queue and storage.

    Every call but `submit` may raise FalTrouble, and may be repeated.
    """

    async def upload(self, path: Path, *, expires_in: int) -> str:
        """Store a picture or video for `expires_in` seconds and return its URL.

        Raises UploadRefused, or FileNotFoundError.
        """
        ...

    def clock_offset(self) -> int | None:
        """Return the milliseconds that fal's clock is ahead of this machine's.

        None until fal has answered.
        """
        ...

    async def submit(
        self, endpoint: str, arguments: Mapping[str, object], *, webhook_url: str | None = None
    ) -> Submission:
        """Send the paid POST once; faults of fal and of the network are part of the result.

        fal calls `webhook_url` when the request has ended.
        """
        ...

    async def progress(self, handle: Handle) -> Progress:
        """Return the status of a request."""
        ...

    async def follow(self, handle: Handle, receive: Callable[[Progress], None]) -> None:
        """Call `receive` with every status that fal streams of a request, until the stream ends."""
        ...

    async def result(self, handle: Handle) -> Result:
        """Return the result of a request that has ended."""
        ...

    async def cancel(self, handle: Handle) -> bool:
        """Ask fal to cancel; return whether fal accepted that. The request may go on anyway."""
        ...

    async def find(self, endpoint: str, *, since: int) -> Sequence[ListedRequest]:
        """Return our own requests that were sent after `since` (Unix milliseconds)."""
        ...

    def handle(self, endpoint: str, request_id: str) -> Handle:
        """Return the handle of a request of which only the id is known."""
        ...
