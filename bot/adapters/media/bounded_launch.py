"""Sets the limits of its own process, then runs a program in it.

`bounded_launch.py BOUNDS PROGRAM ARGUMENT…`, with BOUNDS as JSON. `bounded_process` starts this
program isolated: of the bot's modules, the program can import those that it names in full.
"""

import ctypes
import json
import os
import resource
import runpy
import signal
import sys
from contextlib import suppress

# From Linux's sys/prctl.h.
_PR_SET_PDEATHSIG = 1


def _confine(bounds: dict[str, int]) -> None:
    memory, seconds = bounds["memory_bytes"], bounds["cpu_seconds"]
    output = bounds["most_output_bytes"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    os.nice(bounds["niceness"])


def _die_with(parent: int) -> None:
    """Have the system kill this process once its parent is gone, if the system can do that."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("the parent is gone")


def _main() -> None:
    bounds: dict[str, int] = json.loads(sys.argv[1])
    _die_with(bounds["parent"])
    _confine(bounds)
    del sys.argv[:2]
    # At the end: nothing of the bot takes the place of a library.
    sys.path.append(__file__.removesuffix("bot/adapters/media/bounded_launch.py"))
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    _main()
