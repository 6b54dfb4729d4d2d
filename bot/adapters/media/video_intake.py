"""Intake of members' videos: fetched, recognised, and copied clean in a child process."""

import asyncio
import hashlib
import json
import logging
import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from typing_extensions import override

from bot.adapters.media import video_limits as say
from bot.adapters.media.archive import make_private_folder, write_durably
from bot.adapters.media.bounded_process import Bounds, run_bounded
from bot.adapters.media.download import (
    CHUNK_BYTES,
    DownloadTooLarge,
    Fetcher,
    FetchError,
    Gone,
    NotAllowed,
)
from bot.adapters.media.file_formats import HEAD_BYTES, is_whole, sniff_picture, sniff_video
from bot.adapters.media.mp4 import IncompleteVideo, VideoFacts, read_video_facts
from bot.adapters.media.video_limits import VideoInputLimits
from bot.domain.catalogue.inputs import VideoSource
from bot.domain.refusal import Refusal
from bot.ports import Archive, KeptVideo, MembersVideos

CHILD = Path(__file__).with_name("video_child.py")
INPUTS = "inputs"
REFUSED = 3
SENTENCES = {4: say.DAMAGED, 6: say.NO_ROOM}
REASONS = {None: "refused time", 5: "refused memory"}
LONGEST_LINE = 200
# A copy has an index of its own, with an entry or two for each picture.
INDEX_BYTES = 1 << 20
# Seconds by which a header may differ from what the child counted: a picture or so.
ROUNDING = 0.5

log = logging.getLogger(__name__)


class VideoIntake(MembersVideos):
    """Takes no video's word for anything."""

    def __init__(self, fetcher: Fetcher, archive: Archive, limits: VideoInputLimits | None = None):
        self._fetcher = fetcher
        self._archive = archive
        self._limits = limits or VideoInputLimits()
        self._videos = asyncio.Semaphore(self._limits.videos)
        self._children = asyncio.Semaphore(self._limits.children)

    @override
    def check(self, source: VideoSource) -> None:
        if source.size > self._limits.most_bytes:
            raise say.too_large(self._limits)

    @override
    async def keep(self, source: VideoSource) -> KeptVideo:
        self.check(source)
        # On the archive's disk: /tmp may be memory. Without names, so that nothing is left behind.
        folder = self._archive.path(INPUTS)
        try:
            async with self._videos:
                await asyncio.to_thread(make_private_folder, folder)
                with TemporaryFile(dir=folder) as given, TemporaryFile(dir=folder) as made:
                    await self._fetch(source.url, given)
                    format_ = await asyncio.to_thread(_recognise, given)
                    async with self._children:
                        await self._copy(format_, given, made)
                    return await asyncio.to_thread(self._keep, made)
        except OSError as error:
            log.warning("a member's video can't be kept: %s", error.strerror)
            raise Refusal(say.NO_ROOM) from error

    async def _fetch(self, url: str, file: BinaryIO) -> None:
        try:
            await self._fetcher.fetch(url, file, limit=self._limits.most_bytes)
            await asyncio.to_thread(file.flush)
        except DownloadTooLarge:
            raise say.too_large(self._limits) from None
        except NotAllowed as error:
            raise Refusal(say.NOT_ALLOWED) from error
        except Gone as error:
            raise Refusal(say.GONE) from error
        except FetchError as error:
            raise Refusal(say.UNREACHABLE) from error

    async def _copy(self, format_: str, given: BinaryIO, made: BinaryIO) -> None:
        limits = self._limits
        bounds = Bounds(
            memory_bytes=limits.memory_bytes,
            cpu_seconds=limits.cpu_seconds,
            wall_seconds=limits.wall_seconds,
            most_output_bytes=limits.most_bytes + INDEX_BYTES,
            niceness=limits.niceness,
        )
        arguments = [format_, json.dumps(limits.for_child())]
        code = await run_bounded(CHILD, arguments, bounds, given=given, made=made)
        if code == 0:
            return
        if code == REFUSED:
            raise say.refusal(await asyncio.to_thread(_line, made), limits)
        if code in REASONS:
            raise say.refusal(REASONS[code], limits)
        # A crash is the file's fault, an unknown exit code isn't.
        if code is not None and code < 0:
            raise Refusal(say.DAMAGED)
        if code not in SENTENCES:
            log.warning("%s: ended with %s", CHILD.stem, code)
        raise Refusal(SENTENCES.get(code or 0, say.BUSY))

    def _keep(self, made: BinaryIO) -> KeptVideo:
        """Believe the child no more than its file, and put that into the archive."""
        facts = _facts(made, self._limits)
        digest = _digest(made)
        key = f"{INPUTS}/{digest[:2]}/{digest}.mp4"
        path = self._archive.path(key)
        if not path.is_file():
            made.seek(0)
            write_durably(path, made)
        return KeptVideo(key, facts.duration, facts.width, facts.height)


def _recognise(given: BinaryIO) -> str:
    """Return the demuxer to use, and leave the file at its start. Raises Refusal."""
    given.seek(0)
    head = given.read(HEAD_BYTES)
    format_ = sniff_video(head)
    if not head:
        raise Refusal(say.EMPTY)
    if format_ is None:
        raise Refusal(say.UNKNOWN if sniff_picture(head) is None else say.PICTURE)
    if not is_whole(given, format_):
        raise Refusal(say.DAMAGED)
    given.seek(0)
    return format_


def _digest(made: BinaryIO) -> str:
    made.seek(0)
    digest = hashlib.sha256()
    while piece := made.read(CHUNK_BYTES):
        digest.update(piece)
    return digest.hexdigest()


def _line(made: BinaryIO) -> str:
    made.seek(0)
    return made.read(LONGEST_LINE).decode("ascii", "replace")


def _facts(made: BinaryIO, limits: VideoInputLimits) -> VideoFacts:
    """Check that the copy is a whole MP4 within the limits. Raises Refusal."""
    try:
        facts = read_video_facts(made)
    except IncompleteVideo as error:
        raise Refusal(say.DAMAGED) from error
    if made.seek(0, os.SEEK_END) > limits.most_bytes:
        raise say.too_large(limits)
    if min(facts.width, facts.height) < limits.least_side or (
        max(facts.width, facts.height) > limits.most_side
    ):
        raise say.wrong_size(facts.width, facts.height, limits)
    if facts.duration > limits.most_seconds + ROUNDING:
        raise say.refusal("refused long", limits)
    if facts.duration < limits.least_seconds - ROUNDING:
        raise say.refusal("refused short", limits)
    return facts
