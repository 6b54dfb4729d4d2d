"""Makes videos small enough to be posted: by `shrink_child`, one at a time."""

import asyncio
import json
import logging
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Literal

from bot.adapters.media.archive import make_private_folder, write_durably
from bot.adapters.media.bounded_process import Bounds, run_bounded
from bot.adapters.media.mp4 import IncompleteVideo, VideoFacts, read_video_facts
from bot.ports import Archive, Fitted, NothingFits, ShrinkTrouble

CHILD = Path(__file__).with_name("shrink_child.py")
MEBIBYTE = 1 << 20
JPEG = b"\xff\xd8\xff"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrinkLimits:
    """How videos are made smaller, and what a child may use for it."""

    copied_up_to: float = 1.05
    """How far above the limit, as a factor, leaving out metadata alone is tried."""
    shares: tuple[float, ...] = (0.90, 0.85)
    """What part of the limit to aim at; the last one also for smaller sides. One pass may miss by
    some per cent, most with short videos."""
    sides: tuple[int, ...] = (720, 540)
    """Short sides in pixels, tried in turn where the video's own size doesn't fit."""
    least_rate_per_pixel: float = 0.5
    """Bits a second for each pixel of a frame, sound included. With less, a smaller side looks
    better: at 1.0 Mbit/s for 1080p, 0.46 for 720p. Below 0.26 for 540p it is a poster."""
    crf: int = 20
    """The best quality to spend bytes on. See https://trac.ffmpeg.org/wiki/Encode/H.264."""
    preset: str = "veryfast"
    threads: int = 2
    memory_bytes: int = 1024 * MEBIBYTE
    """1080p takes 470 MB of address space, of which 230 MB are really used."""
    cpu_seconds: int = 240
    wall_seconds: float = 180
    """Each for one try; 10 s of 1080p take some 14 and 8 on an ordinary machine."""
    niceness: int = 10


class Outcome(Enum):
    """What became of one try."""

    FITS = auto()
    TOO_LARGE = auto()
    DAMAGED = auto()
    NO_MEMORY = auto()
    NO_TIME = auto()
    DISK_FULL = auto()
    BROKEN = auto()


EXIT_CODES = {
    None: Outcome.NO_TIME,
    0: Outcome.FITS,
    3: Outcome.TOO_LARGE,
    4: Outcome.DAMAGED,
    5: Outcome.NO_MEMORY,
    6: Outcome.DISK_FULL,
}


@dataclass(frozen=True, slots=True)
class ShrinkStep:
    """One way to make a video smaller, the better ones first."""

    what: Literal["copy", "encode", "poster", "last"]
    share: float = 1
    side: int | None = None


SMALL_POSTER = ShrinkStep("poster", side=360)
LAST_FRAME = ShrinkStep("last")
MOST_STILL_BYTES = 32 * MEBIBYTE


@contextmanager
def translate_disk_errors(name: str) -> Generator[None]:
    """Raise NothingFits for a damaged video, and ShrinkTrouble for what its disk does wrong.

    FileNotFoundError stays what it is.
    """
    try:
        yield
    except IncompleteVideo as error:
        raise NothingFits(f"{name}: {error}") from error
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ShrinkTrouble(f"archive: {error.strerror}") from error


class Shrinker:
    """Keeps what it made beside the video, under a name that tells the limit."""

    def __init__(self, archive: Archive, limits: ShrinkLimits | None = None):
        self._archive = archive
        self._limits = limits or ShrinkLimits()
        self._one_at_a_time = asyncio.Semaphore()
        # Quickly made: they don't wait for videos.
        self._one_still_at_a_time = asyncio.Semaphore()

    async def fit(self, key: str, *, most_bytes: int) -> Fitted:
        """Do what `Videos.fit` says."""
        source = self._archive.path(key)
        stem = f"{key.removesuffix('.mp4')}-{most_bytes}"
        video = Fitted(self._archive.path(f"{stem}.mp4"), is_video=True)
        poster = Fitted(self._archive.path(f"{stem}.jpg"), is_video=False)
        with translate_disk_errors(key):
            size, facts = await asyncio.to_thread(_look, source)
            if size <= most_bytes:
                return Fitted(source, is_video=True)
            if found := await asyncio.to_thread(_made_before, video, poster):
                return found
            async with self._one_at_a_time:
                # Somebody who waited in front may have wanted the same.
                if found := await asyncio.to_thread(_made_before, video, poster):
                    return found
                rungs = list(_rungs(size, most_bytes, facts, self._limits))
                if await self._climb_down(rungs, source, video.path, most_bytes):
                    return video
                if await self._climb_down([ShrinkStep("poster")], source, poster.path, most_bytes):
                    return poster
        raise NothingFits(f"{key}: damaged, or {most_bytes} bytes are too few")

    async def still(self, key: str, what: ShrinkStep, target: Path) -> None:
        """Make a picture of the video `key`, unless it is there: SMALL_POSTER or LAST_FRAME.

        Raises ShrinkTrouble, NothingFits or FileNotFoundError.
        """
        source = self._archive.path(key)
        with translate_disk_errors(key):
            async with self._one_still_at_a_time:
                if await asyncio.to_thread(target.is_file):
                    return
                await asyncio.to_thread(make_private_folder, target.parent)
                if await self._climb_down([what], source, target, MOST_STILL_BYTES):
                    return
        raise NothingFits(f"{key}: damaged")

    async def _climb_down(
        self, rungs: list[ShrinkStep], source: Path, target: Path, most_bytes: int
    ) -> bool:
        """Try one rung after the other until one fits. Raises ShrinkTrouble."""
        trouble: Outcome | None = None
        for rung in rungs:
            if trouble is not None and rung.side is None:
                # The same work at the same size would end the same way.
                continue
            outcome = await self._try(rung, source, target, most_bytes)
            if outcome is Outcome.FITS:
                return True
            if outcome is Outcome.DAMAGED and rung.what == "encode":
                return False
            if outcome not in {Outcome.TOO_LARGE, Outcome.DAMAGED}:
                trouble = outcome
        if trouble is not None:
            raise ShrinkTrouble(f"{target.name}: {trouble.name}")
        return False

    async def _try(self, rung: ShrinkStep, source: Path, target: Path, most_bytes: int) -> Outcome:
        limits = self._limits
        order = {
            "most_bytes": most_bytes,
            "share": rung.share,
            "side": rung.side,
            "crf": limits.crf,
            "preset": limits.preset,
            "threads": limits.threads,
        }
        bounds = Bounds(
            memory_bytes=limits.memory_bytes,
            cpu_seconds=limits.cpu_seconds,
            wall_seconds=limits.wall_seconds,
            # Whatever grows beyond it is too large anyway.
            most_output_bytes=most_bytes,
            niceness=limits.niceness,
        )
        arguments = [rung.what, json.dumps(order)]
        # On the archive's disk: /tmp may be memory.
        with source.open("rb") as given, TemporaryFile(dir=target.parent) as made:
            code = await run_bounded(CHILD, arguments, bounds, given=given, made=made)
            # A crash can be the file's fault, an unknown exit code can't.
            crash = code is not None and code < 0
            outcome = Outcome.DAMAGED if crash else EXIT_CODES.get(code, Outcome.BROKEN)
            if outcome is Outcome.FITS:
                outcome = await asyncio.to_thread(_keep, made, target, most_bytes)
        log.info("%s: %s ended with %s: %s", target.name, rung, code, outcome.name)
        return outcome


def _rungs(
    size: int, most_bytes: int, facts: VideoFacts, limits: ShrinkLimits
) -> Iterator[ShrinkStep]:
    """Yield the ways to try, but for those that can't look good in so many bytes."""
    if size <= most_bytes * limits.copied_up_to:
        yield ShrinkStep("copy")
    short_side = min(facts.width, facts.height)
    sides = [side for side in limits.sides if side < short_side]
    own_size = [ShrinkStep("encode", share) for share in limits.shares]
    for rung in own_size + [ShrinkStep("encode", limits.shares[-1], side) for side in sides]:
        scale = 1 if rung.side is None else rung.side / short_side
        pixels = facts.width * facts.height * scale**2
        if most_bytes * 8 >= facts.duration * pixels * limits.least_rate_per_pixel:
            yield rung


def _look(path: Path) -> tuple[int, VideoFacts]:
    with path.open("rb") as file:
        return os.fstat(file.fileno()).st_size, read_video_facts(file)


def _made_before(*possible: Fitted) -> Fitted | None:
    return next((fitted for fitted in possible if fitted.path.is_file()), None)


def _keep(made: BinaryIO, target: Path, most_bytes: int) -> Outcome:
    """Look at what a child made, and make it the file `target` if it is what it should be."""
    if made.seek(0, os.SEEK_END) > most_bytes:
        return Outcome.TOO_LARGE
    try:
        _check(made, target.suffix)
    except IncompleteVideo:
        return Outcome.DAMAGED
    made.seek(0)
    write_durably(target, made)
    return Outcome.FITS


def _check(made: BinaryIO, suffix: str) -> None:
    if suffix == ".mp4":
        read_video_facts(made)
        return
    made.seek(0)
    if made.read(len(JPEG)) != JPEG:
        raise IncompleteVideo("no picture")
