"""The real bot on a read-only machine, but for the folder of its database and archive.

It has mounts of its own: https://man7.org/linux/man-pages/man2/mount.2.html
"""

import ctypes
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import cast

# From Linux's sched.h and mount.h.
_NEW_MOUNTS = 0x20000
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 32, 4096, 16384, 1 << 18
_LIBC = ctypes.CDLL(None, use_errno=True)


def can_mount() -> bool:
    """Return whether this machine lets a process have mounts of its own."""
    tried = subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True)
    return tried.returncode == 0


def _check(result: object) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _mount(source: str | None, target: str, flags: int) -> None:
    names = [None if name is None else name.encode() for name in (source, target)]
    _check(cast("int", _LIBC.mount(*names, None, ctypes.c_ulong(flags), None)))


def confine(folder: Path) -> None:
    """Make everything but `folder` read-only for this process."""
    _check(cast("int", _LIBC.unshare(_NEW_MOUNTS)))
    _mount(None, "/", _RECURSIVE | _PRIVATE)
    _mount(str(folder), str(folder), _BIND)
    for place in ("/", "/tmp", "/var/tmp", "/dev/shm"):
        if os.path.ismount(place):
            _mount(None, place, _REMOUNT | _BIND | _READ_ONLY)
    try:
        tempfile.TemporaryFile(dir="/tmp").close()
    except OSError:
        return
    raise AssertionError("/tmp can still be written")


def main() -> None:
    confine(Path(os.environ["PIKA_DATABASE__PATH"]).parent)
    sys.argv[0] = "bot"
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
