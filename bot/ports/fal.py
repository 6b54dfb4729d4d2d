"""fal: its queue and its storage."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bot.domain.jobs.fal import Found, Progress, Result, Submission
from bot.domain.jobs.job import Handle


class UploadRefused(Exception):
    """fal's storage won't have this file, now or later; the reason is its own word."""


class Fal(Protocol):
    """fal's queue and storage. Everything but `submit` may raise FalTrouble and may be repeated."""

    async def upload(self, path: Path, *, expires_in: int) -> str:
        """Store a picture or video for `expires_in` seconds and return its URL.

        Raises UploadRefused, or FileNotFoundError.
        """
        ...

    async def submit(
        self, endpoint: str, arguments: Mapping[str, object], *, webhook_url: str | None = None
    ) -> Submission:
        """POST once. Never raises for what fal or the network does.

        fal calls `webhook_url` when the request has ended.
        """
        ...

    async def progress(self, handle: Handle) -> Progress: ...

    async def follow(self, handle: Handle, hear: Callable[[Progress], None]) -> None:
        """Call `hear` with every status that fal streams of a request, until the stream ends."""
        ...

    async def result(self, handle: Handle) -> Result: ...

    async def cancel(self, handle: Handle) -> bool:
        """Ask to cancel; True if fal accepted the wish, which proves nothing yet."""
        ...

    async def find(self, endpoint: str, *, since: int) -> Sequence[Found]:
        """List our own requests that were sent after `since` (Unix milliseconds)."""
        ...

    def handle(self, endpoint: str, request_id: str) -> Handle: ...
