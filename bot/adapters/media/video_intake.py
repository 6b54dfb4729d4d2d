"""Intake of members' videos: downloaded, recognised, and copied clean in a child process."""

import asyncio
import errno
import hashlib
import json
import logging
import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from typing_extensions import override

from bot.adapters.media import video_limits
from bot.adapters.media.bounded_process import Bounds, run_bounded
from bot.adapters.media.download import (
    CHUNK_BYTES,
    Downloader,
    DownloadError,
    DownloadTooLarge,
    Gone,
    NotAllowed,
)
from bot.adapters.media.file_formats import HEAD_BYTES, is_whole, sniff_picture, sniff_video
from bot.adapters.media.mp4 import IncompleteVideo, VideoFacts, read_video_facts
from bot.adapters.media.video_limits import VideoInputLimits
from bot.adapters.process.clock import SystemClock
from bot.adapters.process.durable import make_private_folder, write_durably
from bot.adapters.process.member_queue import MemberQueue, SlowFileWatch
from bot.domain.catalogue.inputs import VideoSource
from bot.domain.refusal import Refusal
from bot.ports import Archive, KeptVideo, MembersVideos

CHILD = Path(__file__).with_name("video_child.py")
INPUTS = "inputs"
REFUSED = 3
SENTENCES = {4: video_limits.DAMAGED, 6: video_limits.NO_ROOM}
REASONS = {None: "refused time", 5: "refused memory"}
LONGEST_LINE = 200
# The copy has a new index, with an entry or two for each picture.
INDEX_BYTES = 1 << 20
# Seconds by which the copy's header may differ from the child's measurement: about one picture.
ROUNDING = 0.5

log = logging.getLogger(__name__)


class VideoIntake(MembersVideos):
    """Accepts videos, and trusts none: their content is checked, whatever the message says."""

    def __init__(
        self,
        downloader: Downloader,
        archive: Archive,
        limits: VideoInputLimits | None = None,
        *,
        slow: SlowFileWatch | None = None,
    ):
        """`slow` is shared with the intake of pictures."""
        self._downloader = downloader
        self._archive = archive
        self._limits = limits or VideoInputLimits()
        self._slow = slow or SlowFileWatch(SystemClock())
        self._videos = MemberQueue(self._limits.videos)
        self._children = MemberQueue(self._limits.children)

    @override
    def check(self, source: VideoSource, member_id: int) -> None:
        if source.size > self._limits.most_bytes:
            raise video_limits.too_large(self._limits)
        self._slow.check(member_id)

    @override
    async def keep(self, source: VideoSource, member_id: int) -> KeptVideo:
        self.check(source, member_id)
        # On the archive's disk: /tmp may be memory. Without names: a crash leaves nothing behind.
        folder = self._archive.path(INPUTS)
        try:
            await self._archive.check()
            async with self._videos.slot(member_id):
                # Others of the same member may have been too slow meanwhile.
                self._slow.check(member_id)
                await asyncio.to_thread(make_private_folder, folder)
                with TemporaryFile(dir=folder) as original, TemporaryFile(dir=folder) as copy:
                    await self._download(source.url, original)
                    format_ = await asyncio.to_thread(_recognise, original)
                    async with self._children.slot(member_id):
                        await self._copy(format_, original, copy, member_id)
                    return await asyncio.to_thread(self._keep, copy)
        except OSError as error:
            log.warning("a member's video can't be kept: %s", error.strerror)
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            raise Refusal(video_limits.NO_ROOM if full else video_limits.NOT_KEPT) from error

    async def _download(self, url: str, file: BinaryIO) -> None:
        try:
            await self._downloader.download(url, file, limit=self._limits.most_bytes)
            await asyncio.to_thread(file.flush)
        except DownloadTooLarge:
            raise video_limits.too_large(self._limits) from None
        except NotAllowed as error:
            raise Refusal(video_limits.NOT_ALLOWED) from error
        except Gone as error:
            raise Refusal(video_limits.GONE) from error
        except DownloadError as error:
            raise Refusal(video_limits.UNREACHABLE) from error

    async def _copy(self, format_: str, original: BinaryIO, copy: BinaryIO, member_id: int) -> None:
        limits = self._limits
        bounds = Bounds(
            memory_bytes=limits.memory_bytes,
            cpu_seconds=limits.cpu_seconds,
            wall_seconds=limits.wall_seconds,
            most_output_bytes=limits.most_bytes + INDEX_BYTES,
            niceness=limits.niceness,
        )
        arguments = [format_, json.dumps(limits.for_child())]
        code = await run_bounded(CHILD, arguments, bounds, stdin=original, stdout=copy)
        if code == 0:
            return
        if code is None:
            self._slow.note(member_id)
        if code == REFUSED:
            raise video_limits.refusal(await asyncio.to_thread(_line, copy), limits)
        if code in REASONS:
            raise video_limits.refusal(REASONS[code], limits)
        # A crash is caused by the file, an unknown exit code isn't.
        if code is not None and code < 0:
            raise Refusal(video_limits.DAMAGED)
        if code not in SENTENCES:
            log.warning("%s: ended with %s", CHILD.stem, code)
        raise Refusal(SENTENCES.get(code or 0, video_limits.BUSY))

    def _keep(self, copy: BinaryIO) -> KeptVideo:
        """Check the child's copy, and put it into the archive."""
        facts = _facts(copy, self._limits)
        digest = _digest(copy)
        key = f"{INPUTS}/{digest[:2]}/{digest}.mp4"
        path = self._archive.path(key)
        if not path.is_file():
            copy.seek(0)
            write_durably(path, copy)
        return KeptVideo(key, facts.duration, facts.width, facts.height)


def _recognise(original: BinaryIO) -> str:
    """Return the demuxer for the file, and rewind the file. Raises Refusal."""
    original.seek(0)
    head = original.read(HEAD_BYTES)
    format_ = sniff_video(original)
    if not head:
        raise Refusal(video_limits.EMPTY)
    if format_ is None:
        raise Refusal(video_limits.UNKNOWN if sniff_picture(head) is None else video_limits.PICTURE)
    if not is_whole(original, format_):
        raise Refusal(video_limits.DAMAGED)
    original.seek(0)
    return format_


def _digest(copy: BinaryIO) -> str:
    copy.seek(0)
    digest = hashlib.sha256()
    while piece := copy.read(CHUNK_BYTES):
        digest.update(piece)
    return digest.hexdigest()


def _line(copy: BinaryIO) -> str:
    copy.seek(0)
    return copy.read(LONGEST_LINE).decode("ascii", "replace")


def _facts(copy: BinaryIO, limits: VideoInputLimits) -> VideoFacts:
    """Return the copy's facts, if it is a complete MP4 within the limits. Raises Refusal."""
    try:
        facts = read_video_facts(copy)
    except IncompleteVideo as error:
        raise Refusal(video_limits.DAMAGED) from error
    if copy.seek(0, os.SEEK_END) > limits.most_bytes:
        raise video_limits.too_large(limits)
    if min(facts.width, facts.height) < limits.least_side or (
        max(facts.width, facts.height) > limits.most_side
    ):
        raise video_limits.wrong_size(facts.width, facts.height, limits)
    if facts.duration > limits.most_seconds + ROUNDING:
        raise video_limits.refusal("refused long", limits)
    if facts.duration < limits.least_seconds - ROUNDING:
        raise video_limits.refusal("refused short", limits)
    return facts
