"""Landlock: leaves this process a few files, without any privilege.

Its numbers are those of https://docs.kernel.org/userspace-api/landlock.html and of
https://github.com/torvalds/linux/blob/master/include/uapi/linux/landlock.h.
"""

import os
import stat
import struct
from collections.abc import Iterable
from contextlib import suppress

from bot.adapters.process.linux import system_call

# The same on every processor that Python's wheels are made for:
# https://github.com/torvalds/linux/blob/master/include/uapi/asm-generic/unistd.h
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
# How many rights over files each version knows; later ones have no more of those.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NETWORK_VERSION, _SCOPE_VERSION = 4, 6
# LANDLOCK_ACCESS_NET_BIND_TCP and _CONNECT_TCP; LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and _SIGNAL.
_TCP_BIND_AND_CONNECT = 1 << 0 | 1 << 1
_ABSTRACT_SOCKETS_AND_SIGNALS = 1 << 0 | 1 << 1


def version() -> int:
    """Return the version of Landlock's interface that this kernel has; 0 if it has none."""
    try:
        return system_call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def restrict_files(readable: Iterable[str]) -> None:
    """Leave this process the right to read what is beneath these paths, and nothing to execute.

    Its descriptors 0 and 1 may be opened anew by name: the first to be read, the second to be
    written too. Paths that aren't there are left out. Does nothing where there is no Landlock.
    """
    abi = version()
    if not abi:
        return
    rights = (1 << _FILE_RIGHTS[min(abi, max(_FILE_RIGHTS))]) - 1
    ruleset = _create_ruleset(abi, rights)
    for path in readable:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        _allow(ruleset, descriptor, _READ_FILE | _READ_DIR if is_folder else _READ_FILE)
        os.close(descriptor)
    _allow(ruleset, 0, _READ_FILE)
    _allow(ruleset, 1, (_READ_FILE | _WRITE_FILE | _TRUNCATE) & rights)
    system_call(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _create_ruleset(abi: int, rights: int) -> int:
    handled = struct.pack("2Q", rights, _TCP_BIND_AND_CONNECT)[
        : 16 if abi >= _NETWORK_VERSION else 8
    ]
    if abi >= _SCOPE_VERSION:
        # Red Hat's 5.14 says version 6 without knowing the scope of signals:
        # https://github.com/tukaani-project/xz/blob/master/src/common/my_landlock.h
        with suppress(OSError):
            scoped = handled + struct.pack("Q", _ABSTRACT_SOCKETS_AND_SIGNALS)
            return system_call(_CREATE_RULESET, scoped, len(scoped), 0)
    return system_call(_CREATE_RULESET, handled, len(handled), 0)


def _allow(ruleset: int, descriptor: int, rights: int) -> None:
    rule = struct.pack("=Qi", rights, descriptor)
    system_call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
