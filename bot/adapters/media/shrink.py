"""Makes videos small enough to be posted, by running `shrink_child`, one at a time."""

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

from bot.adapters.media.bounded_process import Bounds, run_bounded
from bot.adapters.media.mp4 import IncompleteVideo, VideoFacts, read_video_facts
from bot.adapters.process.durable import make_private_folder, write_durably
from bot.adapters.process.member_queue import MemberQueue
from bot.ports import Archive, Fitted, NothingFits, ShrinkTrouble

CHILD = Path(__file__).with_name("shrink_child.py")
MEBIBYTE = 1 << 20
JPEG = b"\xff\xd8\xff"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrinkLimits:
    """The ways to make videos smaller, and the limits of the child process that does it."""

    copied_up_to: float = 1.05
    """Up to this multiple of the limit, a copy without metadata is tried."""
    shares: tuple[float, ...] = (0.90, 0.85)
    """The parts of the limit to aim at; the last one also for smaller sides. One pass misses its
    aim by some per cent, most with short videos."""
    sides: tuple[int, ...] = (720, 540)
    """Short sides in pixels, tried in turn if the video doesn't fit in its own size."""
    least_rate_per_pixel: float = 0.5
    """Bits a second for each pixel of a frame, sound included. With fewer, a smaller side looks
    better: below 1.0 Mbit/s for 1080p, 0.46 for 720p. Below 0.26 for 540p a poster is made."""
    crf: int = 20
    """The best quality to spend bytes on. See https://trac.ffmpeg.org/wiki/Encode/H.264."""
    preset: str = "veryfast"
    """x264's balance of speed and size."""
    threads: int = 2
    """Threads of the encoder."""
    memory_bytes: int = 1024 * MEBIBYTE
    """Address space: 1080p takes 470 MB, of which 230 MB are used."""
    cpu_seconds: int = 240
    """Processor time for one try: 10 s of 1080p take some 14 on an ordinary machine."""
    wall_seconds: float = 180
    """Time for one try from start to end: 10 s of 1080p take some 8."""
    niceness: int = 10
    """The child's priority: from 0, the usual one, to 19, the lowest."""


class Outcome(Enum):
    """The outcome of one try."""

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
    """One way to make a smaller video, or a picture, of a video."""

    what: Literal["copy", "encode", "poster", "last"]
    """The work of `shrink_child`."""
    share: float = 1
    """The part of the limit to aim at."""
    side: int | None = None
    """The most pixels of the shorter side; None: the video's own."""


SMALL_POSTER = ShrinkStep("poster", side=360)
LAST_FRAME = ShrinkStep("last")
MOST_STILL_BYTES = 32 * MEBIBYTE


@contextmanager
def translate_disk_errors(name: str) -> Generator[None]:
    """Turn IncompleteVideo into NothingFits, and OSError into ShrinkTrouble.

    FileNotFoundError passes as it is.
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
    """Makes smaller copies and stills. A copy lies beside its video, the limit in its name."""

    def __init__(self, archive: Archive, limits: ShrinkLimits | None = None):
        self._archive = archive
        self._limits = limits or ShrinkLimits()
        self._one_at_a_time = MemberQueue()
        # Stills are made quickly, so they don't wait for videos.
        self._one_still_at_a_time = MemberQueue()

    async def fit(self, key: str, *, most_bytes: int, member_id: int) -> Fitted:
        """Return the video, or the best smaller copy or poster of it, as `Videos.fit` says."""
        source = self._archive.path(key)
        stem = f"{key.removesuffix('.mp4')}-{most_bytes}"
        video = Fitted(self._archive.path(f"{stem}.mp4"), is_video=True)
        poster = Fitted(self._archive.path(f"{stem}.jpg"), is_video=False)
        with translate_disk_errors(key):
            size, facts = await asyncio.to_thread(_look, source)
            if size <= most_bytes:
                return Fitted(source, is_video=True)
            if existing := await asyncio.to_thread(_existing, video, poster):
                return existing
            async with self._one_at_a_time.slot(member_id):
                # A call that waited in front may have made it.
                if existing := await asyncio.to_thread(_existing, video, poster):
                    return existing
                steps = list(_steps(size, most_bytes, facts, self._limits))
                if await self._try_in_turn(steps, source, video.path, most_bytes):
                    return video
                if await self._try_in_turn([ShrinkStep("poster")], source, poster.path, most_bytes):
                    return poster
        raise NothingFits(f"{key}: damaged, or {most_bytes} bytes are too few")

    async def still(self, key: str, step: ShrinkStep, target: Path, *, member_id: int) -> None:
        """Make SMALL_POSTER or LAST_FRAME of the video `key`, unless `target` exists.

        Raises ShrinkTrouble, NothingFits or FileNotFoundError.
        """
        source = self._archive.path(key)
        with translate_disk_errors(key):
            if await asyncio.to_thread(target.is_file):
                return
            async with self._one_still_at_a_time.slot(member_id):
                # A call that waited in front may have made it.
                if await asyncio.to_thread(target.is_file):
                    return
                await asyncio.to_thread(make_private_folder, target.parent)
                if await self._try_in_turn([step], source, target, MOST_STILL_BYTES):
                    return
        raise NothingFits(f"{key}: damaged")

    async def _try_in_turn(
        self, steps: list[ShrinkStep], source: Path, target: Path, most_bytes: int
    ) -> bool:
        """Try the steps in turn, and return whether one fits. Raises ShrinkTrouble."""
        trouble: Outcome | None = None
        for step in steps:
            if trouble is not None and step.side is None:
                # The same work at the same size would end the same way.
                continue
            outcome = await self._try(step, source, target, most_bytes)
            if outcome is Outcome.FITS:
                return True
            if outcome is Outcome.DAMAGED and step.what == "encode":
                return False
            if outcome not in {Outcome.TOO_LARGE, Outcome.DAMAGED}:
                trouble = outcome
        if trouble is not None:
            raise ShrinkTrouble(f"{target.name}: {trouble.name}")
        return False

    async def _try(self, step: ShrinkStep, source: Path, target: Path, most_bytes: int) -> Outcome:
        limits = self._limits
        order = {
            "most_bytes": most_bytes,
            "share": step.share,
            "side": step.side,
            "crf": limits.crf,
            "preset": limits.preset,
            "threads": limits.threads,
        }
        bounds = Bounds(
            memory_bytes=limits.memory_bytes,
            cpu_seconds=limits.cpu_seconds,
            wall_seconds=limits.wall_seconds,
            # A larger result is of no use.
            most_output_bytes=most_bytes,
            niceness=limits.niceness,
        )
        arguments = [step.what, json.dumps(order)]
        # On the archive's disk: /tmp may be memory.
        with source.open("rb") as video, TemporaryFile(dir=target.parent) as result:
            code = await run_bounded(CHILD, arguments, bounds, stdin=video, stdout=result)
            # A crash can be caused by the file, an unknown exit code can't.
            crash = code is not None and code < 0
            outcome = Outcome.DAMAGED if crash else EXIT_CODES.get(code, Outcome.BROKEN)
            if outcome is Outcome.FITS:
                outcome = await asyncio.to_thread(_keep, result, target, most_bytes)
        log.info("%s: %s ended with %s: %s", target.name, step, code, outcome.name)
        return outcome


def _steps(
    size: int, most_bytes: int, facts: VideoFacts, limits: ShrinkLimits
) -> Iterator[ShrinkStep]:
    """Yield the steps to try, except those that can't look good in `most_bytes`."""
    if size <= most_bytes * limits.copied_up_to:
        yield ShrinkStep("copy")
    short_side = min(facts.width, facts.height)
    sides = [side for side in limits.sides if side < short_side]
    own_size = [ShrinkStep("encode", share) for share in limits.shares]
    for step in own_size + [ShrinkStep("encode", limits.shares[-1], side) for side in sides]:
        scale = 1 if step.side is None else step.side / short_side
        pixels = facts.width * facts.height * scale**2
        if most_bytes * 8 >= facts.duration * pixels * limits.least_rate_per_pixel:
            yield step


def _look(path: Path) -> tuple[int, VideoFacts]:
    with path.open("rb") as file:
        return os.fstat(file.fileno()).st_size, read_video_facts(file)


def _existing(*possible: Fitted) -> Fitted | None:
    return next((fitted for fitted in possible if fitted.path.is_file()), None)


def _keep(result: BinaryIO, target: Path, most_bytes: int) -> Outcome:
    """Check a child's result, and write it to `target` if it fits and is complete."""
    if result.seek(0, os.SEEK_END) > most_bytes:
        return Outcome.TOO_LARGE
    try:
        _check(result, target.suffix)
    except IncompleteVideo:
        return Outcome.DAMAGED
    result.seek(0)
    write_durably(target, result)
    return Outcome.FITS


def _check(result: BinaryIO, suffix: str) -> None:
    if suffix == ".mp4":
        read_video_facts(result)
        return
    result.seek(0)
    if result.read(len(JPEG)) != JPEG:
        raise IncompleteVideo("no picture")
