"""The bounded children of a process, and what to put in their place."""

import os
import textwrap
from pathlib import Path


def children(parent: int | None = None) -> list[int]:
    """Return the ids of the bounded children that this process, or `parent`, runs."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(status[1]) == (parent or os.getpid()) and b"-I" in command.split(b"\0"):
            found.append(int(folder.name))
    return found


def alive(processes: list[int]) -> bool:
    """Say whether any of these still runs; one that only waits to be buried doesn't."""
    return any(Path(f"/proc/{process}/exe").exists() for process in processes)


def script(folder: Path, text: str) -> Path:
    path = folder / "child.py"
    path.write_text(textwrap.dedent(text))
    return path
