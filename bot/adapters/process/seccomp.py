"""A seccomp filter: this process makes no other process and no socket, and reaches no other one.

https://docs.kernel.org/userspace-api/seccomp_filter.html has how such filters work. The numbers
are those of Linux 6.1; a test compares them with the headers of the system:
https://github.com/torvalds/linux/blob/v6.1/arch/x86/entry/syscalls/syscall_64.tbl and
https://github.com/torvalds/linux/blob/v6.1/include/uapi/asm-generic/unistd.h.
"""

import ctypes
import errno
import os
import struct
import sys
from typing import NamedTuple

from bot.adapters.process.linux import PR_SET_PDEATHSIG, PR_SET_SECCOMP, prctl

# SECCOMP_MODE_FILTER, SECCOMP_RET_ALLOW and SECCOMP_RET_ERRNO, and struct seccomp_data:
# https://github.com/torvalds/linux/blob/master/include/uapi/linux/seccomp.h
_FILTER = 2
ALLOWED, REFUSED = 0x7FFF0000, 0x00050000 | errno.EPERM
# As if the kernel didn't have it: libraries then do without.
UNKNOWN = 0x00050000 | errno.ENOSYS
# Instructions of classic BPF, and offsets in struct seccomp_data:
# https://github.com/torvalds/linux/blob/master/include/uapi/linux/bpf_common.h
_LOAD, _AND, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER, _PROCESSOR, _ARGUMENTS = 0, 4, 16

# Calls after Linux 6.1, whatever they do, and those of x86's other interface (x32, bit 30):
# https://github.com/torvalds/linux/blob/master/arch/x86/include/uapi/asm/unistd.h
_FIRST_UNKNOWN = 451
_EVERY_BIT = 0xFFFFFFFF
# https://github.com/torvalds/linux/blob/master/include/uapi/linux/sched.h
_CLONE_THREAD = 0x00010000
# Truncating what was opened only to be read, which Landlock knows from version 3 on. These are
# O_ACCMODE, O_TRUNC, F_SETOWN and F_SETOWN_EX:
# https://github.com/torvalds/linux/blob/master/include/uapi/asm-generic/fcntl.h
_ACCESS_AND_TRUNCATE, _READ_AND_TRUNCATE = 0o1003, 0o1000
# With F_SETOWN a file's events are sent as signals to another process.
_F_SETOWN, _F_SETOWN_EX = 8, 15


class Processor(NamedTuple):
    """A kind of processor that the filter knows."""

    code: int
    """Its number in https://github.com/torvalds/linux/blob/master/include/uapi/linux/audit.h."""
    column: int
    """The place of its number in each line of the tables below."""


PROCESSORS = {"x86_64": Processor(0xC000003E, 0), "aarch64": Processor(0xC00000B7, 1)}

# Number on x86_64, number on aarch64.
NUMBERS: dict[str, tuple[int, int | None]] = {
    # The network and the operator's socket.
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    # Other programs and other processes.
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "setsid": (112, 157),
    "unshare": (272, 97),
    "setns": (308, 268),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122),
    # Files' owners, modes and times, which Landlock leaves alone, and their length by name.
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "truncate": (76, 45),
    # Room on the disk, which its limit for files' sizes doesn't count.
    "fallocate": (285, 47),
    "mount": (165, 40),
    "open_by_handle_at": (304, 265),
    # Memory that outlives the process, or that its limit of memory doesn't count.
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    # Large parts of the kernel that no decoder needs.
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    # These tell names of files anywhere.
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    "personality": (135, 92),
    "modify_ldt": (154, None),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    # These two hide their flags in memory: libraries then use `clone` and `openat`.
    "clone3": (435, 435),
    "openat2": (437, 437),
    # These depend on an argument.
    "clone": (56, 220),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "prlimit64": (302, 261),
    "prctl": (157, 167),
    "fcntl": (72, 25),
    "open": (2, None),
    "openat": (257, 56),
}


class _ByArgument(NamedTuple):
    """A call that is refused or allowed by what one of its arguments is."""

    argument: int
    """The argument's place, from 0."""
    mask: int
    """The bits that are looked at."""
    values: tuple[int, ...]
    """Their values, of which one decides."""
    are_allowed: bool
    """True if these values alone are allowed, false if they alone are refused."""


def _by_argument(process: int) -> dict[str, _ByArgument]:
    of_its_own = _ByArgument(0, _EVERY_BIT, (process,), are_allowed=True)
    return {
        # Threads, but no processes.
        "clone": _ByArgument(0, _CLONE_THREAD, (_CLONE_THREAD,), are_allowed=True),
        "kill": of_its_own,
        "tkill": of_its_own,
        "tgkill": of_its_own,
        "prlimit64": _ByArgument(0, _EVERY_BIT, (0, process), are_allowed=True),
        # The child must not undo PR_SET_PDEATHSIG.
        "prctl": _ByArgument(0, _EVERY_BIT, (PR_SET_PDEATHSIG,), are_allowed=False),
        "fcntl": _ByArgument(1, _EVERY_BIT, (_F_SETOWN, _F_SETOWN_EX), are_allowed=False),
        "open": _ByArgument(1, _ACCESS_AND_TRUNCATE, (_READ_AND_TRUNCATE,), are_allowed=False),
        "openat": _ByArgument(2, _ACCESS_AND_TRUNCATE, (_READ_AND_TRUNCATE,), are_allowed=False),
    }


def is_supported() -> bool:
    """Return whether this kernel takes filters, for a processor that is known here."""
    if _processor() is None:
        return False
    try:
        prctl(PR_SET_SECCOMP, _FILTER, None)
    except OSError as error:
        # EFAULT: the kernel knows filters, and refuses the null pointer.
        return error.errno == errno.EFAULT
    return False


def install_filter() -> None:
    """Have the kernel refuse, from now on, what no decoder needs. Does nothing without seccomp."""
    processor = _processor()
    if processor is None or not is_supported():
        return
    program = filter_for(processor, os.getpid())
    code = ctypes.create_string_buffer(program)
    # struct sock_fprog.
    pointer = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    prctl(PR_SET_SECCOMP, _FILTER, pointer)


def _processor() -> Processor | None:
    # A 32-bit Python on a 64-bit kernel makes other calls than those of the tables.
    return PROCESSORS.get(os.uname().machine) if sys.maxsize > 2**32 else None


def filter_for(processor: Processor, process: int) -> bytes:
    """Return the filter's program, for a process with this id."""
    special = _by_argument(process)
    program = _step(_LOAD, _PROCESSOR)
    program += _step(_EQUALS, processor.code, jump=1) + _step(_RETURN, REFUSED)
    program += _step(_LOAD, _NUMBER)
    program += _step(_AT_LEAST, _FIRST_UNKNOWN, otherwise=1) + _step(_RETURN, UNKNOWN)
    for name, numbers in NUMBERS.items():
        number = numbers[processor.column]
        if number is None:
            continue
        if name in special:
            then = _check_argument(special[name])
        else:
            then = _step(_RETURN, UNKNOWN if name in {"clone3", "openat2"} else REFUSED)
        program += _step(_EQUALS, number, otherwise=len(then) // 8) + then
    return program + _step(_RETURN, ALLOWED)


def _check_argument(rule: _ByArgument) -> bytes:
    listed, other = (ALLOWED, REFUSED) if rule.are_allowed else (REFUSED, ALLOWED)
    # The lower half: these arguments have 32 bits, or flags in them only.
    steps = _step(_LOAD, _ARGUMENTS + 8 * rule.argument) + _step(_AND, rule.mask)
    for value in rule.values:
        steps += _step(_EQUALS, value, otherwise=1) + _step(_RETURN, listed)
    return steps + _step(_RETURN, other)


def _step(code: int, value: int, *, jump: int = 0, otherwise: int = 0) -> bytes:
    """Return an instruction, struct sock_filter.

    `jump` and `otherwise` are the instructions to skip if its condition is true or false.
    """
    return struct.pack("HBBI", code, jump, otherwise, value)
