"""Runs `picture_child`: a process for each picture, bounded in memory, time and output."""

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from bot.adapters.media.bounded_process import Bounds, run_bounded

CHILD = Path(__file__).with_name("picture_child.py")
LONGEST_HEAD = 200
"""Bytes of an answer's first line."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The new picture, a JPEG."""

    data: bytes
    width: int
    height: int
    animated: bool


@dataclass(frozen=True, slots=True)
class PictureRefused:
    """No picture came out. `width` and `height` are 0 if they aren't known."""

    reason: str
    width: int = 0
    height: int = 0


async def run_child(
    given: BinaryIO, format_: str, limits: Mapping[str, int], *, wall_seconds: float
) -> Drawn | PictureRefused:
    """Let a child draw the picture in `given` anew; it is dead when this returns or is cancelled."""
    bounds = Bounds(
        memory_bytes=limits["memory_bytes"],
        cpu_seconds=limits["cpu_seconds"],
        wall_seconds=wall_seconds,
        most_output_bytes=limits["most_output_bytes"],
    )
    arguments = [format_, json.dumps(dict(limits))]
    with TemporaryFile() as made:
        await asyncio.to_thread(_rewind, given)
        code = await run_bounded(CHILD, arguments, bounds, given=given, made=made)
        if code is None:
            return PictureRefused("time")
        if code < 0:
            return PictureRefused("damaged")
        if code > 0:
            log.warning("%s: ended with %s", CHILD.stem, code)
            return PictureRefused("broken")
        head, body = await asyncio.to_thread(_read, made, limits["most_output_bytes"])
        return _read_answer(head, body)


def _rewind(file: BinaryIO) -> None:
    file.flush()
    file.seek(0)


def _read(file: BinaryIO, limit: int) -> tuple[bytes, bytes]:
    file.seek(0)
    return file.readline(LONGEST_HEAD), file.read(limit)


def _read_answer(head: bytes, body: bytes) -> Drawn | PictureRefused:
    with suppress(ValueError):
        match head.decode("ascii").rstrip("\n").split(" "):
            case ["drawn", width, height, ("still" | "animated") as kind]:
                return Drawn(body, int(width), int(height), kind == "animated")
            case ["refused", reason, width, height]:
                return PictureRefused(reason, int(width), int(height))
            case _:
                pass
    return PictureRefused("broken")
