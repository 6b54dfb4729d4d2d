"""Runs `picture_child`: one process for each picture, with limits on memory, time and output."""

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from bot.adapters.media.bounded_process import Bounds, run_bounded
from bot.adapters.media.file_formats import jpeg_size

CHILD = Path(__file__).with_name("picture_child.py")
LONGEST_HEAD = 200
"""The most bytes of the output's first line."""

_DRAWN = re.compile(rb"drawn ([0-9]{1,5}) ([0-9]{1,5}) (still|animated)\n")
_REFUSED = re.compile(rb"refused ([a-z]+) ([0-9]{1,10}) ([0-9]{1,10})\n")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture that was drawn anew."""

    data: bytes
    """A JPEG."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    animated: bool
    """True if the original was animated; the new picture is its first frame."""


@dataclass(frozen=True, slots=True)
class PictureRefused:
    """The reason why a picture wasn't drawn."""

    reason: str
    """A word of `picture_child`'s, or `time` or `broken`."""
    width: int = 0
    """Pixels; 0 if unknown."""
    height: int = 0
    """Pixels; 0 if unknown."""


async def run_child(
    picture: BinaryIO,
    format_: str,
    limits: Mapping[str, int],
    *,
    wall_seconds: float,
    folder: Path,
) -> Drawn | PictureRefused:
    """Draw a picture anew in a child; the child is dead once this returns or is cancelled.

    `folder` has the result meanwhile, in a file without a name.
    """
    bounds = Bounds(
        memory_bytes=limits["memory_bytes"],
        cpu_seconds=limits["cpu_seconds"],
        wall_seconds=wall_seconds,
        most_output_bytes=limits["most_output_bytes"],
    )
    arguments = [format_, json.dumps(dict(limits))]
    with TemporaryFile(dir=folder) as output:
        await asyncio.to_thread(_rewind, picture)
        code = await run_bounded(CHILD, arguments, bounds, stdin=picture, stdout=output)
        if code is None:
            return PictureRefused("time")
        if code < 0:
            return PictureRefused("damaged")
        if code > 0:
            log.warning("%s: ended with %s", CHILD.stem, code)
            return PictureRefused("broken")
        head, body = await asyncio.to_thread(_read, output, limits["most_output_bytes"])
        return _read_answer(head, body, limits["drawn_side"])


def _rewind(file: BinaryIO) -> None:
    file.flush()
    file.seek(0)


def _read(file: BinaryIO, limit: int) -> tuple[bytes, bytes]:
    file.seek(0)
    return file.readline(LONGEST_HEAD), file.read(limit)


def _read_answer(head: bytes, body: bytes, most_side: int) -> Drawn | PictureRefused:
    """Return the answer of a child, which may have been taken over by the file."""
    if refused := _REFUSED.fullmatch(head):
        return PictureRefused(refused[1].decode(), int(refused[2]), int(refused[3]))
    if (drawn := _DRAWN.fullmatch(head)) is None:
        return PictureRefused("broken")
    size = int(drawn[1]), int(drawn[2])
    if not 0 < min(size) <= max(size) <= most_side or jpeg_size(body) != size:
        return PictureRefused("broken")
    return Drawn(body, *size, animated=drawn[3] == b"animated")
