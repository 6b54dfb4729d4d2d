"""Pictures that come in, videos that go out, and where both are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.catalogue.inputs import PictureSource, VideoSource


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


@dataclass(frozen=True, slots=True)
class KeptVideo:
    """A member's video in the archive: an MP4 of its pictures alone, without sound and metadata.

    `width` and `height` are as shown, turned upright.
    """

    key: str
    seconds: float
    width: int
    height: int


class MembersVideos(Protocol):
    """Intake of members' videos. Raises Refusal, with a sentence about the option `video`."""

    def check(self, source: VideoSource) -> None:
        """Look at what Discord says of the video; nothing is fetched."""
        ...

    async def keep(self, source: VideoSource) -> KeptVideo:
        """Fetch it and put a clean copy into the archive, whole or not at all."""
        ...


class FileLost(Exception):
    """The file is not at its URL and won't come back."""


class DownloadTrouble(Exception):
    """The download failed or the file is incomplete: try again later."""


class ShrinkTrouble(Exception):
    """No smaller copy could be made for want of time, memory or disk: try again later."""


class NothingFits(Exception):
    """The kept file can't be read as a video, or not even a frame of it can be that small."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A file that can be posted: the video, or a JPEG of its first frame."""

    path: Path
    is_video: bool


class Videos(Protocol):
    """Finished videos: fetched, verified, and kept in the archive."""

    async def keep(self, url: str, key: str) -> None:
        """Download into the archive under `key`, whole or not at all.

        Raises FileLost or DownloadTrouble.
        """
        ...

    async def fit(self, key: str, *, most_bytes: int) -> Fitted:
        """Return the kept video `key`, or a smaller copy of it, in at most so many bytes.

        Where no copy that small is worth seeing, it is the poster frame. What was made is kept
        beside the video, so that asking again costs nothing. Raises ShrinkTrouble, NothingFits,
        or FileNotFoundError where nothing is kept under `key`.
        """
        ...

    async def keep_last_frame(self, key: str, under: str) -> None:
        """Put the last picture of the kept video `key` into the archive, as a JPEG, once.

        Raises ShrinkTrouble, NothingFits or FileNotFoundError.
        """
        ...

    async def poster(self, key: str) -> Path:
        """Return a small JPEG of the first picture of the kept video `key`, made once.

        Raises ShrinkTrouble, NothingFits or FileNotFoundError.
        """
        ...

    async def join(self, keys: Sequence[str], under: str) -> None:
        """Put one video of the kept videos `keys`, in that order, into the archive.

        Raises ShrinkTrouble, NothingFits or FileNotFoundError.
        """
        ...


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the archive; `used_at` is when it was last put there or used, in Unix milliseconds."""

    key: str
    used_at: int


class Archive(Protocol):
    """Where inputs and finished files are kept. Keys are relative paths."""

    async def put(self, key: str, data: bytes) -> None: ...

    def path(self, key: str) -> Path: ...

    async def holds(self, key: str) -> bool: ...

    async def size(self, key: str) -> int:
        """Return a file's size in bytes. Raises FileNotFoundError."""
        ...

    async def free_bytes(self) -> int:
        """Return how much more the disk takes."""
        ...

    async def use(self, key: str) -> bool:
        """Note that a file is used now; False if it isn't there."""
        ...

    async def files(self, under: str) -> Sequence[KeptFile]:
        """Return what is in a folder of the archive, at any depth."""
        ...

    async def remove(self, key: str) -> None:
        """Remove a file, and the smaller copies and pictures that were made of it.

        Those are beside it: `videos/12.mp4` has `videos/12-….mp4` and `videos/12-….jpg`.
        """
        ...
