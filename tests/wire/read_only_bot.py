"""The real bot on a read-only machine, but for the folder of its database and archive.

It has mounts of its own: https://man7.org/linux/man-pages/man2/mount.2.html. And it has none of
root's rights, as by Docker's `--cap-drop ALL --security-opt no-new-privileges`:
https://man7.org/linux/man-pages/man7/capabilities.7.html
"""

import ctypes
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import cast

from bot.adapters.process.linux import CAPABILITY_VERSION_3, PR_SET_NO_NEW_PRIVS, prctl

# CLONE_NEWNS: https://github.com/torvalds/linux/blob/master/include/uapi/linux/sched.h
_NEW_MOUNTS = 0x20000
# https://github.com/torvalds/linux/blob/master/include/uapi/linux/mount.h
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 32, 4096, 16384, 1 << 18
# https://github.com/torvalds/linux/blob/master/include/uapi/linux/prctl.h
PR_CAPBSET_DROP = 24
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


def give_up_rights() -> None:
    """Drop every capability, for this process and for whatever it starts."""
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    for capability in range(last + 1):
        prctl(PR_CAPBSET_DROP, capability)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    # Effective, permitted and inheritable ones, twice 32 bits each.
    nothing = (ctypes.c_uint32 * 6)()
    _check(cast("int", _LIBC.capset(header, nothing)))
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def main() -> None:
    confine(Path(os.environ["PIKA_DATABASE__PATH"]).parent)
    give_up_rights()
    sys.argv[0] = "bot"
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
