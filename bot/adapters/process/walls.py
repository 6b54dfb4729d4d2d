"""Walls around the children that decode strangers' files, and around the bot's own memory."""

import sys
from collections.abc import Iterable

from bot.adapters.process import landlock, seccomp
from bot.adapters.process.linux import PR_SET_NO_NEW_PRIVS, drop_capabilities, prctl

NOT_RAISED = 71
"""The exit code of a process around which the walls can't be raised: sysexits.h's EX_OSERR."""


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


def standing_walls() -> str:
    """Return the walls of this machine in words."""
    walls = list[str]()
    if known := landlock.version():
        walls.append(f"Landlock (version {known})")
    if seccomp.is_supported():
        walls.append("seccomp")
    return " and ".join(walls) or "no wall"


def missing_walls() -> list[str]:
    """Return a sentence for each wall that this machine lacks, with what decoders could do then."""
    missing = list[str]()
    if not landlock.version():
        missing.append(
            "there is no Landlock, so a decoder that is taken over could read and change the files"
            " of the bot's user"
        )
    if not seccomp.is_supported():
        missing.append(
            "there is no seccomp, so a decoder that is taken over could start programs and use the"
            " network"
        )
    return missing
