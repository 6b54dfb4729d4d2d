"""Processes and files that are still there after a file was taken in."""

import os
import shutil
import signal
from collections.abc import Collection, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.adapters.process.linux import prctl

# https://github.com/torvalds/linux/blob/master/include/uapi/linux/prctl.h
PR_SET_CHILD_SUBREAPER = 36


@contextmanager
def adopting() -> Generator[None]:
    """Become the parent of whatever process loses its own: a child's child that outlives it."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, 0)


class Leftovers:
    """Finds what wasn't there in the beginning, and removes it, so that it is counted once."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._before = running()

    def clear(self, expected: Collection[Path]) -> list[str]:
        """Remove all files of the folder, and return problems with those that weren't expected."""
        problems = list[str]()
        for process in running() - self._before:
            problems.append("a process is left over")
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
        files = {path for path in self._folder.rglob("*") if not path.is_dir()}
        problems += [
            f"a file is left over: {path.relative_to(self._folder)}"
            for path in sorted(files - set(expected))
        ]
        for entry in self._folder.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        return problems


def running() -> set[int]:
    """Return this process's children that haven't ended."""
    children = set[int]()
    for path in Path("/proc/self/task").glob("*/children"):
        # A thread may end meanwhile, and a child.
        with suppress(FileNotFoundError, ProcessLookupError):
            children |= {child for child in map(int, path.read_text().split()) if _lives(child)}
    return children


def _lives(process: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    return False
