"""Sets the limits of its own process, raises walls around it, then runs a program in it.

`bounded_launch.py BOUNDS PROGRAM ARGUMENT…`, with BOUNDS as JSON. `bounded_process` starts this
program isolated: of the bot's modules, the program can import those that it names in full.
"""

import json
import os
import resource
import runpy
import signal
import sys
from contextlib import suppress
from typing import TypedDict

CHECKOUT = __file__.removesuffix("bot/adapters/media/bounded_launch.py")
# At the end: nothing of the bot takes the place of a library.
sys.path.append(CHECKOUT)

from bot.adapters.process import linux, walls  # noqa: E402  # only now can it be found

# Where libraries are (on Nix and Guix, packages are links to a store that everybody may read), and
# where libraries look up how many processors there are.
_SYSTEM = (
    *("/usr/lib", "/lib", "/lib64", "/usr/local/lib", "/etc/ld.so.cache"),
    *("/nix/store", "/gnu/store"),
    *("/dev/null", "/proc/self", "/proc/cpuinfo", "/sys/devices/system/cpu"),
)


class _Bounds(TypedDict):
    """The fields of `bounded_process.Bounds`, and the id of the process that started this one."""

    memory_bytes: int
    cpu_seconds: int
    most_output_bytes: int
    niceness: int
    readable: list[str]
    parent: int


def _confine(bounds: _Bounds) -> None:
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
    with suppress(OSError):
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("the parent is gone")


def _readable(program: str, bounds: _Bounds) -> list[str]:
    """Return the paths beneath which the program may read: itself, the libraries, its files."""
    # The checkout has the settings, and often the data: of it, only the bot's own code.
    above = [path for path in sys.path if CHECKOUT.startswith(f"{path.rstrip('/')}/")]
    libraries = [path for path in sys.path if path not in above]
    prefixes = [f"{prefix}/lib" for prefix in (sys.prefix, sys.base_prefix)]
    own = [f"{CHECKOUT}bot", program, *bounds["readable"]]
    return [*_SYSTEM, *prefixes, *libraries, *own]


def _main() -> None:
    bounds: _Bounds = json.loads(sys.argv[1])
    _die_with(bounds["parent"])
    _confine(bounds)
    del sys.argv[:2]
    try:
        walls.raise_walls(_readable(sys.argv[0], bounds))
    except OSError:
        sys.exit(walls.NOT_RAISED)
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    _main()
