"""Runs a program that handles strangers' data: a process of its own, bounded in all it may take."""

import asyncio
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

LAUNCHER = Path(__file__).with_name("bounded_launch.py")
# What the kernel stops a process with that takes too much.
_TOO_MUCH = frozenset({-signal.SIGXCPU, -signal.SIGKILL})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a child may take. `memory_bytes` are of address space, which is more than memory."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    most_output_bytes: int
    """The largest file that it can write."""
    niceness: int = 0


async def run_bounded(
    program: Path, arguments: list[str], bounds: Bounds, *, given: BinaryIO, made: BinaryIO
) -> int | None:
    """Run a Python program on `given` (its input) and `made` (its output); return how it ended.

    That is its exit code, a negative signal number, or None if it took too much time. It is dead
    when this returns or is cancelled, and dies with this process.
    """
    # Files rather than pipes: their size can be limited, and nothing that the child does or leaves
    # undone can make this process wait.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        LAUNCHER,
        json.dumps({**asdict(bounds), "parent": os.getpid()}),
        program,
        *arguments,
        stdin=given,
        stdout=made,
        stderr=DEVNULL,
        # The environment holds the bot's secrets.
        env={},
    )
    try:
        async with asyncio.timeout(bounds.wall_seconds):
            code = await process.wait()
    except TimeoutError:
        log.warning("%s: killed after %s s", program.stem, bounds.wall_seconds)
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code < 0:
        log.warning("%s: stopped by signal %s", program.stem, -code)
    return None if code in _TOO_MUCH else code
