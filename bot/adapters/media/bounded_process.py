"""Runs a program that handles untrusted data, in a child process behind walls and with limits.

`bounded_launch` raises the walls: the child reads its input, the libraries and nothing else, and
writes its output. It reaches no network and no other process, and starts none.
"""

import asyncio
import compileall
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from bot.adapters.process.walls import NOT_RAISED

LAUNCHER = Path(__file__).with_name("bounded_launch.py")
# The kernel's signals for a process that exceeds its limits.
_TOO_MUCH = frozenset({-signal.SIGXCPU, -signal.SIGKILL})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The limits of a child process."""

    memory_bytes: int
    """Address space, which is more than the memory in use."""
    cpu_seconds: int
    """Processor time, of all threads together."""
    wall_seconds: float
    """Time from start to end."""
    most_output_bytes: int
    """The largest file that the child can write."""
    niceness: int = 0
    """The child's priority: from 0, the usual one, to 19, the lowest."""
    readable: tuple[str, ...] = ()
    """Paths of files that the child may open to read, beside its input."""


@cache
def _compile_children() -> None:
    # Behind the walls nothing can be written, so that each child would compile them again.
    compileall.compile_dir(LAUNCHER.parent, quiet=2)


async def run_bounded(
    program: Path, arguments: list[str], bounds: Bounds, *, stdin: BinaryIO, stdout: BinaryIO
) -> int | None:
    """Run a Python program and return its exit code.

    The code is negative for a signal, and None for a program that took too much time. The child is
    dead once this function returns or is cancelled, and it dies with this process.
    """
    await asyncio.to_thread(_compile_children)
    # Files rather than pipes: their size can be limited, and nothing that the child does or leaves
    # undone can make this process wait.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        LAUNCHER,
        json.dumps({**asdict(bounds), "parent": os.getpid()}),
        program,
        *arguments,
        stdin=stdin,
        stdout=stdout,
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
    if code == NOT_RAISED:
        log.error("%s: not started, as the kernel refuses a wall that it has", program.stem)
    return None if code in _TOO_MUCH else code
