"""Linux calls that Python has no function for. On other systems they raise OSError."""

import ctypes
import errno
import os
import sys
from typing import TypeAlias, cast

# https://github.com/torvalds/linux/blob/master/include/uapi/linux/prctl.h
PR_SET_PDEATHSIG = 1
PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
# https://github.com/torvalds/linux/blob/master/include/uapi/linux/capability.h
CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_READ_SEARCH = 2

CallArgument: TypeAlias = int | bytes | ctypes.Array[ctypes.c_char] | None


def prctl(option: int, value: int = 0, pointer: CallArgument = 0) -> int:
    """Call prctl(2), and return its result: https://man7.org/linux/man-pages/man2/prctl.2.html."""
    return _call("prctl", option, value, pointer, 0, 0)


def system_call(number: int, *arguments: CallArgument) -> int:
    """Make a system call by its number, and return its result."""
    return _call("syscall", number, *arguments)


def close_memory() -> None:
    """Keep this process's memory and environment from other processes of its user.

    It leaves no core dump, and /proc has its secrets for root only:
    https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html.
    """
    prctl(PR_SET_DUMPABLE, 0)


def is_memory_closed() -> bool:
    """Return whether the kernel says that `close_memory` has had its effect."""
    try:
        return prctl(PR_GET_DUMPABLE) == 0
    except OSError:
        return False


def drop_capabilities() -> None:
    """Give up all of root's privileges, except to read the files that the interpreter is in.

    An ordinary user has none to begin with: https://man7.org/linux/man-pages/man2/capset.2.html.
    """
    header = ctypes.create_string_buffer(_words(CAPABILITY_VERSION_3, 0))
    data = ctypes.create_string_buffer(24)
    _call("capget", header, data)
    # Two halves of 32 capabilities, each with its effective, permitted and inheritable set.
    kept = int.from_bytes(data.raw[4:8], sys.byteorder) & (1 << _CAP_DAC_READ_SEARCH)
    _call("capset", header, _words(kept, kept, 0, 0, 0, 0))


def _words(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, sys.byteorder) for value in values)


def _call(name: str, *arguments: CallArgument) -> int:
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    function = ctypes.CDLL(None, use_errno=True)[name]
    function.restype = ctypes.c_long if name == "syscall" else ctypes.c_int
    # Each as wide as a register: these functions take any number of arguments of any type.
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = cast("int", function(*wide))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
