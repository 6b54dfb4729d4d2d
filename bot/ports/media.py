"""Ports of media: members' pictures and videos, finished videos, and the archive."""

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.catalogue.inputs import PictureSource, VideoSource
from bot.domain.jobs.unkept import Unkept


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was decoded and encoded anew: an upright JPEG without metadata."""

    data: bytes
    """The JPEG file."""
    width: int
    """Its width in pixels."""
    height: int
    """Its height in pixels."""
    animated: bool
    """True if it is the first frame of an animated picture."""


class Pictures(Protocol):
    """Intake of members' pictures. Raises Refusal."""

    def check(self, source: PictureSource, member_id: int) -> None:
        """Raise Refusal for a picture that is too large by Discord's report; nothing is fetched.

        And for a member whose files took too long to decode.
        """
        ...

    async def take(self, source: PictureSource, member_id: int) -> Picture:
        """Fetch a picture and encode it anew, when it is the member's turn."""
        ...


@dataclass(frozen=True, slots=True)
class KeptVideo:
    """A member's video in the archive: an MP4 of its pictures alone, without sound and metadata."""

    key: str
    """Its key in the archive."""
    seconds: float
    """Its length."""
    width: int
    """Its width in pixels, turned upright."""
    height: int
    """Its height in pixels, turned upright."""


class MembersVideos(Protocol):
    """Intake of members' videos. Raises Refusal, with a sentence about the option `video`."""

    def check(self, source: VideoSource, member_id: int) -> None:
        """Raise Refusal for a video that is too large by Discord's report; nothing is fetched.

        And for a member whose files took too long to decode.
        """
        ...

    async def keep(self, source: VideoSource, member_id: int) -> KeptVideo:
        """Fetch a video and put a clean copy into the archive, whole or not at all.

        It begins when it is the member's turn.
        """
        ...


class OtherArchive(OSError):
    """The folder isn't the database's archive, such as a disk that isn't mounted now.

    Its `strerror` is one sentence with the cure.
    """

    def __init__(self, text: str):
        super().__init__(errno.ENODEV, text)


class DownloadTrouble(Exception):
    """A finished video can't be kept now: try again later.

    The text is fit for the log: it names hosts and folders, but no URL. `reason` says on which side
    the trouble lies.
    """

    def __init__(self, text: str, reason: Unkept):
        super().__init__(text)
        self.reason = reason


class FileLost(DownloadTrouble):
    """The file isn't at its URL now. Only time proves that it won't be there again."""

    def __init__(self, text: str):
        super().__init__(text, Unkept.LOST)


class ShrinkTrouble(Exception):
    """A copy couldn't be made for lack of time, memory or disk: try again later."""


class NothingFits(Exception):
    """The archive's file is no readable video, or not even a frame of it is small enough."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A file that is small enough to be posted: the video, or a JPEG of its first frame."""

    path: Path
    is_video: bool


class Videos(Protocol):
    """Finished videos: downloads, and copies and pictures of videos in the archive.

    What is made of them is made by turns of the members for whom it is (`member_id`).
    """

    async def keep(self, url: str, key: str) -> None:
        """Download into the archive under `key`, whole or not at all.

        A body is read only as far as it may still be a whole video. Raises DownloadTrouble.
        """
        ...

    async def try_writing(self) -> int:
        """Write, rename and delete a small file where finished videos are kept.

        Returns the free space there in bytes. Raises DownloadTrouble.
        """
        ...

    async def fit(self, key: str, *, most_bytes: int, member_id: int) -> Fitted:
        """Return the archive's video `key`, or a smaller copy, in at most `most_bytes` bytes.

        Where a copy that small would be too bad to look at, it is the poster frame. Copies are kept
        beside the video, so that they are made once. Raises ShrinkTrouble, NothingFits, or
        FileNotFoundError if the archive doesn't have `key`.
        """
        ...

    async def keep_last_frame(self, key: str, under: str, *, member_id: int) -> None:
        """Put the last frame of the archive's video `key` into the archive as a JPEG, once.

        Raises ShrinkTrouble, NothingFits or FileNotFoundError.
        """
        ...

    async def poster(self, key: str, *, member_id: int) -> Path:
        """Return a small JPEG of the first frame of the archive's video `key`; it is made once.

        Raises ShrinkTrouble, NothingFits or FileNotFoundError.
        """
        ...

    async def join(self, keys: Sequence[str], under: str, *, member_id: int) -> None:
        """Join the archive's videos `keys` in that order, and put the film into the archive.

        Raises ShrinkTrouble, NothingFits or FileNotFoundError.
        """
        ...


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the archive."""

    key: str
    """Its key."""
    used_at: int
    """The time at which it was put there or last used, in Unix milliseconds."""


class Archive(Protocol):
    """The archive of inputs and finished files. Keys are relative paths.

    A file in it has its mark. Once one is expected, the methods raise OtherArchive where another
    folder stands in the archive's place: before they change anything, and in place of saying that a
    file isn't there.
    """

    async def expect(self, mark: str | None) -> str:
        """Expect a mark from now on, and return it.

        With None it is the one that is there, or a new one, which is written. Raises OSError.
        """
        ...

    async def check(self) -> None:
        """Raise OtherArchive if the expected mark isn't there, and OSError if it can't be read."""
        ...

    async def put(self, key: str, data: bytes) -> None:
        """Write a file, whole or not at all."""
        ...

    def path(self, key: str) -> Path:
        """Return the path of a file on the disk; it need not exist."""
        ...

    async def holds(self, key: str) -> bool:
        """Return whether a file is there."""
        ...

    async def size(self, key: str) -> int:
        """Return a file's size in bytes.

        Raises FileNotFoundError for a file that is lost, and another OSError where the archive
        itself can't be read.
        """
        ...

    async def try_writing(self, under: str) -> int:
        """Write, rename and delete a small file in the folder `under`, which is made.

        Returns the free space of its disk in bytes. Raises OSError.
        """
        ...

    async def use(self, key: str) -> bool:
        """Record that a file is used now; return False if it isn't there."""
        ...

    async def files(self, under: str) -> Sequence[KeptFile]:
        """Return the files in a folder of the archive, at any depth."""
        ...

    async def remove(self, key: str) -> None:
        """Remove a file, and the smaller copies and pictures that were made of it.

        They are beside the file: `videos/12.mp4` has `videos/12-….mp4` and `videos/12-….jpg`.
        """
        ...
