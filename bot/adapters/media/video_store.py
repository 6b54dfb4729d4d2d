"""Stores finished videos: from fal's media host into the archive."""

import asyncio
import errno
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from weakref import WeakValueDictionary

from typing_extensions import override

from bot.adapters.media.download import Downloader, DownloadError, Gone
from bot.adapters.media.join import join_videos
from bot.adapters.media.mp4 import ArrivingBoxes, IncompleteVideo, read_video_facts
from bot.adapters.media.shrink import LAST_FRAME, SMALL_POSTER, Shrinker, ShrinkLimits
from bot.adapters.process.durable import make_private_folder, rename_durably
from bot.adapters.process.member_queue import MemberQueue
from bot.adapters.process.writing import writing_problem
from bot.domain.jobs.unkept import Unkept
from bot.ports import Archive, DownloadTrouble, FileLost, Fitted, OtherArchive, Videos

FOLDER = "videos"
"""The folder of finished videos in the archive."""
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class VideoKeeper(Videos):
    """Stores videos, complete ones only, and makes smaller copies, stills and films of them."""

    def __init__(
        self,
        downloader: Downloader,
        archive: Archive,
        *,
        limit: int,
        shrink_limits: ShrinkLimits | None = None,
    ):
        """`limit` is the largest video in bytes."""
        self._downloader = downloader
        self._archive = archive
        self._limit = limit
        self._shrinker = Shrinker(archive, shrink_limits)
        self._joining_one_at_a_time = MemberQueue()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @override
    async def keep(self, url: str, key: str) -> None:
        path = self._archive.path(key)
        # Two downloads for one key at a time would write into the same file.
        async with self._locks.setdefault(key, asyncio.Lock()):
            try:
                await self._archive.check()
                if not await asyncio.to_thread(_is_complete, path):
                    await self._download(url, path)
            except Gone as error:
                raise FileLost(str(error)) from error
            except DownloadError as error:
                raise DownloadTrouble(str(error), error.reason) from error
            except IncompleteVideo as error:
                raise DownloadTrouble(str(error), Unkept.UNUSABLE) from error
            except OSError as error:
                raise _archive_trouble(path.parent, error) from error

    @override
    async def try_writing(self) -> int:
        try:
            return await self._archive.try_writing(FOLDER)
        except OSError as error:
            raise _archive_trouble(self._archive.path(FOLDER), error) from error

    @override
    async def fit(self, key: str, *, most_bytes: int, member_id: int) -> Fitted:
        return await self._shrinker.fit(key, most_bytes=most_bytes, member_id=member_id)

    @override
    async def keep_last_frame(self, key: str, under: str, *, member_id: int) -> None:
        target = self._archive.path(under)
        await self._shrinker.still(key, LAST_FRAME, target, member_id=member_id)

    @override
    async def poster(self, key: str, *, member_id: int) -> Path:
        target = self._archive.path(f"{key.removesuffix('.mp4')}-poster.jpg")
        await self._shrinker.still(key, SMALL_POSTER, target, member_id=member_id)
        return target

    @override
    async def join(self, keys: Sequence[str], under: str, *, member_id: int) -> None:
        paths = [self._archive.path(key) for key in keys]
        async with self._joining_one_at_a_time.slot(member_id):
            await join_videos(paths, self._archive.path(under), most_bytes=self._limit)

    async def _download(self, url: str, path: Path) -> None:
        # The name is fixed, so that the rest of a crashed download is overwritten.
        part = path.with_name(f".{path.name}.part")
        try:
            await asyncio.to_thread(make_private_folder, path.parent)
            boxes = ArrivingBoxes()
            await self._downloader.save(url, part, limit=self._limit, inspect=boxes.take)
            await asyncio.to_thread(_verify_and_rename, part, path)
        finally:
            # A folder that is out of reach has been reported already.
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _archive_trouble(folder: Path, error: OSError) -> DownloadTrouble:
    if isinstance(error, OtherArchive):
        return DownloadTrouble(f"archive: {error.strerror}", Unkept.PLACE)
    reason = Unkept.FULL if error.errno in _NO_ROOM else Unkept.PLACE
    return DownloadTrouble(f"archive: {writing_problem(folder, error)}", reason)


def _is_complete(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            read_video_facts(file)
    except (FileNotFoundError, IncompleteVideo):
        return False
    return True


def _verify_and_rename(part: Path, path: Path) -> None:
    with part.open("rb") as file:
        read_video_facts(file)
    rename_durably(part, path)
