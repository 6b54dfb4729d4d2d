"""Runs `picture_child`: a process for each picture, bounded in memory, time and output."""

import asyncio
import json
import logging
import signal
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

CHILD = Path(__file__).with_name("picture_child.py")
LONGEST_HEAD = 200
"""Bytes of an answer's first line."""
# What the kernel stops a process with that takes too much.
TOO_MUCH = frozenset({-signal.SIGXCPU, -signal.SIGKILL})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The new picture, a JPEG."""

    data: bytes
    width: int
    height: int
    animated: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """No picture came out. `width` and `height` are 0 if they aren't known."""

    reason: str
    width: int = 0
    height: int = 0


async def run_child(
    given: BinaryIO, format_: str, limits: Mapping[str, int], *, wall_seconds: float
) -> Drawn | Refused:
    """Let a child draw the picture in `given` anew; it is dead when this returns or is cancelled."""
    # Files without names rather than pipes: their size can be limited, and nothing that the
    # child does or leaves undone can make this process wait.
    with TemporaryFile() as made:
        await asyncio.to_thread(_rewind, given)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            CHILD,
            format_,
            json.dumps(dict(limits)),
            stdin=given,
            stdout=made,
            stderr=DEVNULL,
            # The environment holds the bot's secrets.
            env={},
        )
        try:
            async with asyncio.timeout(wall_seconds):
                code = await process.wait()
        except TimeoutError:
            log.warning("picture child: killed after %s s", wall_seconds)
            return Refused("time")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if code != 0:
            return _refused_by_ending(code)
        head, body = await asyncio.to_thread(_read, made, limits["most_output_bytes"])
        return _read_answer(head, body)


def _rewind(file: BinaryIO) -> None:
    file.flush()
    file.seek(0)


def _read(file: BinaryIO, limit: int) -> tuple[bytes, bytes]:
    file.seek(0)
    return file.readline(LONGEST_HEAD), file.read(limit)


def _refused_by_ending(code: int) -> Refused:
    log.warning("picture child: ended with %s", code)
    if code in TOO_MUCH:
        return Refused("time")
    return Refused("damaged" if code < 0 else "broken")


def _read_answer(head: bytes, body: bytes) -> Drawn | Refused:
    with suppress(ValueError):
        match head.decode("ascii").rstrip("\n").split(" "):
            case ["drawn", width, height, ("still" | "animated") as kind]:
                return Drawn(body, int(width), int(height), kind == "animated")
            case ["refused", reason, width, height]:
                return Refused(reason, int(width), int(height))
            case _:
                pass
    return Refused("broken")
