"""Processes without root's privileges, also where the tests are run by root."""

import functools
import os
import subprocess
import sys
from pathlib import Path

from bot.adapters.process.linux import prctl

CHECKOUT = Path(__file__).parent.parent
NOBODY = 65534
# https://man7.org/linux/man-pages/man7/capabilities.7.html: root is a user like any other.
PR_SET_SECUREBITS, NOROOT_LOCKED = 28, 3


def give(folder: Path) -> None:
    """Let the process that `become_ordinary` makes own the folder and all in it."""
    if os.geteuid() == 0 and nobody_can_run_this():
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)


def become_ordinary() -> None:
    """Give up root's privileges with the next exec: a `preexec_fn`.

    The process becomes another user's, or, where that user can't read this interpreter or this
    checkout, root's own without any capability.
    """
    if os.geteuid() != 0:
        return
    if nobody_can_run_this():
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    else:
        prctl(PR_SET_SECUREBITS, NOROOT_LOCKED)


def ordinary_user() -> str:
    """Return the user that `become_ordinary` becomes, in words."""
    if os.geteuid() != 0:
        return f"user {os.geteuid()}"
    if nobody_can_run_this():
        return f"user {NOBODY}"
    return f"root without capabilities, as user {NOBODY} can't run this Python"


@functools.cache
def nobody_can_run_this() -> bool:
    command = [sys.executable, "-c", "import av, tests.unprivileged"]
    try:
        tried = subprocess.run(
            command,
            cwd=CHECKOUT,
            env={},
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return tried.returncode == 0
