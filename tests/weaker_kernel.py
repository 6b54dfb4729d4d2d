"""Runs a module as on a kernel without some walls: `weaker_kernel WALLS MODULE ARGUMENT…`.

WALLS is a list with commas between, or nothing. A filter of the real kernel answers the calls that
raise the walls `landlock` and `seccomp` as a kernel does that hasn't got them, and the call that
closes a process's `memory` as if it had done so. `prctl`: it refuses that call. `scopes`: it is one
that says it has Landlock's scopes but hasn't, as
https://github.com/tukaani-project/xz/blob/master/src/common/my_landlock.h says of Red Hat's 5.14.
`restriction`: it refuses what it says it has.
"""

import ctypes
import errno
import os
import runpy
import struct
import sys

from bot.adapters.process.linux import (
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_SECCOMP,
    prctl,
)

PRCTL = {"x86_64": 157, "aarch64": 167}
ALLOW, ANSWER = 0x7FFF0000, 0x00050000
LOAD, EQUALS, RETURN = 0x20, 0x15, 0x06


def take_away(walls: list[str]) -> None:
    """Take walls away from this process and all that it starts."""
    answers = list[bytes]()
    if "landlock" in walls:
        for number in (444, 445, 446):
            answers += answer(number, ANSWER | errno.ENOSYS)
    if "scopes" in walls:
        answers += [step(EQUALS, 444, otherwise=4), step(LOAD, 24)]
        answers += [*answer(24, ANSWER | errno.EINVAL), step(LOAD, 0)]
    if "restriction" in walls:
        answers += answer(446, ANSWER | errno.EPERM)
    answers += [step(EQUALS, PRCTL[os.uname().machine], otherwise=5), step(LOAD, 16)]
    answers += answer(PR_SET_SECCOMP if "seccomp" in walls else -1, ANSWER | errno.EINVAL)
    refusal = errno.EPERM if "prctl" in walls else 0
    answers += answer(PR_SET_DUMPABLE if {"memory", "prctl"} & {*walls} else -1, ANSWER | refusal)
    program = b"".join([step(LOAD, 0), *answers, step(RETURN, ALLOW)])
    code = ctypes.create_string_buffer(program)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    pointer = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    prctl(PR_SET_SECCOMP, 2, pointer)


def answer(number: int, what: int) -> list[bytes]:
    return [step(EQUALS, number & 0xFFFFFFFF, otherwise=1), step(RETURN, what)]


def step(code: int, value: int, otherwise: int = 0) -> bytes:
    return struct.pack("HBBI", code, 0, otherwise, value)


if __name__ == "__main__":
    _, chosen, module, *arguments = sys.argv
    if chosen:
        take_away(chosen.split(","))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
