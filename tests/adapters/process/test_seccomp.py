"""The filter of system calls, for both processors: its numbers, and its word about each call."""

import re
import signal
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.process.seccomp import (
    ALLOWED,
    NUMBERS,
    PROCESSORS,
    REFUSED,
    UNKNOWN,
    filter_for,
)

OWN, OTHER = 4321, 1
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
READ_ONLY, WRITE_ONLY, TRUNCATE = 0, 1, 0o1000
# What libraries pass to start a thread, and a process.
THREAD = 0x3D0F00
SPAWN = 0x4111  # CLONE_VM, CLONE_VFORK and SIGCHLD


# Written down here once more, so that no line of the table gets lost unnoticed.
REFUSED_CALLS = [
    "socket",
    "socketpair",
    "connect",
    "bind",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "execve",
    "execveat",
    "fork",
    "vfork",
    "setsid",
    "unshare",
    "setns",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "process_mrelease",
    "kcmp",
    "move_pages",
    "migrate_pages",
    "pidfd_open",
    "pidfd_getfd",
    "pidfd_send_signal",
    "rt_sigqueueinfo",
    "rt_tgsigqueueinfo",
    "setpriority",
    "ioprio_set",
    "sched_setscheduler",
    "sched_setparam",
    "sched_setattr",
    "sched_setaffinity",
    "chmod",
    "fchmod",
    "fchmodat",
    "chown",
    "lchown",
    "fchown",
    "fchownat",
    "utime",
    "utimes",
    "futimesat",
    "utimensat",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "truncate",
    "mount",
    "open_by_handle_at",
    "shmget",
    "semget",
    "msgget",
    "mq_open",
    "memfd_create",
    "memfd_secret",
    "fallocate",
    "inotify_init",
    "inotify_init1",
    "fanotify_init",
    "personality",
    "modify_ldt",
    "io_uring_setup",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "request_key",
]
JUDGED_CALLS = ["clone", "kill", "tkill", "tgkill", "prlimit64", "prctl", "fcntl", "open", "openat"]
UNKNOWN_CALLS = ["clone3", "openat2"]


def answer(processor: str, call: str | int, *arguments: int, code: int | None = None) -> int:
    """Run the filter as the kernel does (https://docs.kernel.org/networking/filter.html)."""
    number = NUMBERS[call][PROCESSORS[processor].column] if isinstance(call, str) else call
    assert number is not None
    known = PROCESSORS[processor]
    data = struct.pack(
        "<IIQ6Q", number, code or known.code, 0, *arguments, *[0] * (6 - len(arguments))
    )
    steps = list(struct.iter_unpack("<HBBI", filter_for(known, OWN)))
    register = at = 0
    while True:
        instruction, jump, otherwise, value = steps[at]
        at += 1
        match instruction:
            case 0x20:
                (register,) = struct.unpack_from("<I", data, value)
            case 0x54:
                register &= value
            case 0x15:
                at += jump if register == value else otherwise
            case 0x35:
                at += jump if register >= value else otherwise
            case 0x06:
                return value
            case _:
                raise AssertionError(instruction)


def numbers_of(header: Path) -> Iterator[tuple[str, int]]:
    for match in re.finditer(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\n", header.read_text()):
        yield match[1], int(match[2])


@pytest.mark.parametrize("processor", PROCESSORS)
def test_numbers_are_those_of_the_headers(processor: str):
    if not (header := HEADERS[processor]).exists():
        pytest.skip(f"{header} isn't installed")
    known = dict(numbers_of(header))
    column = PROCESSORS[processor].column
    stated = {name: numbers[column] for name, numbers in NUMBERS.items()}
    assert stated == {name: known.get(name) for name in NUMBERS}


def test_no_call_is_lost_from_the_table():
    assert sorted(NUMBERS) == sorted([*REFUSED_CALLS, *JUDGED_CALLS, *UNKNOWN_CALLS])


@pytest.mark.parametrize("processor", PROCESSORS)
def test_calls_that_reach_out_are_refused(processor: str):
    column = PROCESSORS[processor].column
    for call in REFUSED_CALLS:
        if NUMBERS[call][column] is not None:
            assert answer(processor, call) == REFUSED, call
    for call in UNKNOWN_CALLS:
        assert answer(processor, call) == UNKNOWN, call
    # Reading, writing, mapping memory and ending are not in the table.
    for number in (0, 1, 9, 231) if processor == "x86_64" else (63, 64, 222, 94):
        assert answer(processor, number) == ALLOWED


@pytest.mark.parametrize("processor", PROCESSORS)
def test_calls_are_judged_by_their_arguments(processor: str):
    assert answer(processor, "clone", THREAD) == ALLOWED
    assert (
        answer(processor, "clone", signal.SIGCHLD) == answer(processor, "clone", SPAWN) == REFUSED
    )
    for call in ("kill", "tgkill", "tkill"):
        assert answer(processor, call, OWN) == ALLOWED
        for process in (OTHER, 0, 2**32 - 1, 2**32 - OWN):
            assert answer(processor, call, process) == REFUSED
    assert answer(processor, "prlimit64", 0) == answer(processor, "prlimit64", OWN) == ALLOWED
    assert answer(processor, "prlimit64", OTHER) == REFUSED
    assert answer(processor, "prctl", 15) == ALLOWED
    assert answer(processor, "prctl", 1) == REFUSED
    assert answer(processor, "fcntl", 5, 3) == ALLOWED
    assert answer(processor, "fcntl", 5, 8) == answer(processor, "fcntl", 5, 15) == REFUSED
    assert answer(processor, "openat", 0, 0, READ_ONLY) == ALLOWED
    assert answer(processor, "openat", 0, 0, WRITE_ONLY | TRUNCATE) == ALLOWED
    assert answer(processor, "openat", 0, 0, READ_ONLY | TRUNCATE) == REFUSED


@pytest.mark.parametrize("processor", PROCESSORS)
def test_what_is_not_known_is_refused(processor: str):
    assert answer(processor, 450) == ALLOWED
    assert answer(processor, 451) == answer(processor, 2**32 - 1) == UNKNOWN
    # x86's interface with addresses of 32 bits: bit 30.
    assert answer(processor, 1 << 30 | 1) == UNKNOWN
    # Its old interface, which numbers calls in another way.
    assert answer(processor, 1, code=0x40000003) == REFUSED
