"""Walls around the children that decode strangers' files, and around the bot's own memory."""

import sys
from collections.abc import Iterable
from typing import NamedTuple

from bot.adapters.process import landlock, seccomp
from bot.adapters.process.linux import (
    PR_SET_NO_NEW_PRIVS,
    drop_capabilities,
    is_memory_closed,
    prctl,
)

NOT_RAISED = 71
"""The exit code of a process around which the walls can't be raised: EX_OSERR.

https://man7.org/linux/man-pages/man3/sysexits.h.3head.html
"""


def raise_walls(readable: Iterable[str]) -> None:
    """Keep this process to its work: to read what is beneath these paths and its own descriptors.

    A wall that this kernel doesn't have is left out. Raises OSError if one that it has can't be
    raised.
    """
    if sys.platform != "linux":
        return
    # After the first, the others need no privilege, and nothing gives one back.
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    drop_capabilities()
    landlock.restrict_files(readable)
    seccomp.install_filter()


class MissingWall(NamedTuple):
    """A wall that this machine lacks."""

    danger: str
    """A sentence on what could be done without it."""
    cure: str
    """Advice by which the machine gets it."""


def standing_walls() -> str:
    """Return the walls around decoders that this machine has, in words."""
    walls = list[str]()
    if abi := landlock.version():
        walls.append(f"Landlock (version {abi})")
    if seccomp.is_supported():
        walls.append("seccomp")
    return " and ".join(walls) or "no wall"


def missing_walls() -> list[MissingWall]:
    """Return the walls that this machine, or this process of the bot, lacks."""
    missing = list[MissingWall]()
    if not landlock.version():
        danger = (
            "there is no Landlock, so a decoder that is taken over could read and change the files"
            " of the bot's user"
        )
        cure = (
            "use Linux 5.13 or newer, with Landlock among the names in"
            " /sys/kernel/security/lsm; a container or a systemd unit must let its calls through"
        )
        missing.append(MissingWall(danger, cure))
    if not seccomp.is_supported():
        danger = (
            "there is no seccomp, so a decoder that is taken over could start programs and use the"
            " network"
        )
        cure = (
            "use a 64-bit Python on x86_64 or aarch64, and a kernel with CONFIG_SECCOMP_FILTER; a"
            " container or a systemd unit must let prctl and seccomp through"
        )
        missing.append(MissingWall(danger, cure))
    if not is_memory_closed():
        danger = (
            "the bot's memory isn't closed, so other programs of its user could read its token and"
            " key"
        )
        cure = (
            "use Linux, and let the call prctl(PR_SET_DUMPABLE) through where a container or a"
            " systemd unit filters calls"
        )
        missing.append(MissingWall(danger, cure))
    return missing
