"""Joins several videos to one, by running `join_child`."""

import asyncio
import json
import logging
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from bot.adapters.media.bounded_process import Bounds, run_bounded
from bot.adapters.media.mp4 import IncompleteVideo, read_video_facts
from bot.adapters.media.shrink import MEBIBYTE, translate_disk_errors
from bot.adapters.process.durable import make_private_folder, write_durably
from bot.ports import NothingFits, ShrinkTrouble

CHILD = Path(__file__).with_name("join_child.py")
# For each shot: a copy takes almost nothing, encoding ten seconds of 1080p some 14 s.
_CPU_SECONDS = 60
_WALL_SECONDS = 60.0
_MEMORY_BYTES = 1024 * MEBIBYTE
_NICENESS = 10
_DAMAGED = 4
# The last picture's own length is often left out of a file's duration.
_OFF_SECONDS_A_SHOT = 0.1

log = logging.getLogger(__name__)


async def join_videos(shots: list[Path], target: Path, *, most_bytes: int) -> None:
    """Join `shots` in that order to one video of at most `most_bytes`, in the file `target`.

    Pictures are copied as they are if all shots are encoded alike, else encoded anew. Raises
    ShrinkTrouble, NothingFits or FileNotFoundError.
    """
    with translate_disk_errors(target.name):
        seconds = await asyncio.to_thread(_seconds, shots)
        await asyncio.to_thread(make_private_folder, target.parent)
        await _join(shots, target, seconds, most_bytes)


async def _join(shots: list[Path], target: Path, seconds: float, most_bytes: int) -> None:
    paths = tuple(str(path.absolute()) for path in shots)
    bounds = Bounds(
        memory_bytes=_MEMORY_BYTES,
        cpu_seconds=_CPU_SECONDS * len(shots),
        wall_seconds=_WALL_SECONDS * len(shots),
        most_output_bytes=most_bytes,
        niceness=_NICENESS,
        readable=paths,
    )
    arguments = [json.dumps(paths)]
    # On the archive's disk: /tmp may be memory. The child opens the shots itself.
    with shots[0].open("rb") as first, TemporaryFile(dir=target.parent) as film:
        code = await run_bounded(CHILD, arguments, bounds, stdin=first, stdout=film)
        log.info("%s: joining %d shots ended with %s", target.name, len(shots), code)
        if code == _DAMAGED or (code is not None and code < 0):
            raise NothingFits(f"{target.name}: a shot is damaged")
        if code != 0:
            raise ShrinkTrouble(f"{target.name}: exit code {code}")
        await asyncio.to_thread(_keep, film, target, seconds, _OFF_SECONDS_A_SHOT * len(shots))


def _seconds(shots: list[Path]) -> float:
    """Return the duration of all shots together."""
    seconds = 0.0
    for path in shots:
        with path.open("rb") as file:
            seconds += read_video_facts(file).duration
    return seconds


def _keep(film: BinaryIO, target: Path, seconds: float, tolerance: float) -> None:
    """Write the film to `target`. Raises IncompleteVideo if its duration is another one."""
    film.seek(0)
    duration = read_video_facts(film).duration
    if abs(duration - seconds) > tolerance:
        raise IncompleteVideo(f"it lasts {duration:.2f} s and not {seconds:.2f} s")
    film.seek(0)
    write_durably(target, film)
