"""A decoder that was taken over: tries each right that no decoder needs, and prints what it got.

The argument is a JSON object of targets. Each right has one way or several; it is open if one of
them works. Nothing is changed: whatever is written is what was there.
"""

import ctypes
import errno
import fcntl
import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, cast


class Targets(TypedDict):
    bot: int
    secret: str
    address: int
    database: str
    socket: str
    port: int
    code: str
    other: str
    program: str


TARGETS = cast("Targets", json.loads(sys.argv[1]))
BOT = TARGETS["bot"]
DATABASE, OTHER = Path(TARGETS["database"]), Path(TARGETS["other"])
LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 17, 0x4206, 0x4207, 0x40000000
PIDFD_GETFD = 438

grandchildren = list[int]()


def call(name: str, *arguments: object) -> None:
    if cast("int", LIBC[name](*arguments)) < 0:
        raise OSError(ctypes.get_errno(), "")


def same(data: bytes) -> None:
    if TARGETS["secret"].encode() not in data:
        raise PermissionError(errno.ENODATA, "")


def read_environment() -> None:
    same(Path(f"/proc/{BOT}/environ").read_bytes())


def read_memory() -> None:
    memory = os.open(f"/proc/{BOT}/mem", os.O_RDONLY)
    same(os.pread(memory, 100, TARGETS["address"]))


def copy_memory() -> None:
    kept = ctypes.create_string_buffer(100)
    own = (ctypes.c_size_t * 2)(ctypes.addressof(kept), 100)
    other = (ctypes.c_size_t * 2)(TARGETS["address"], 100)
    call("process_vm_readv", BOT, own, ctypes.c_ulong(1), other, ctypes.c_ulong(1), 0)
    same(kept.raw)


def trace() -> None:
    call("ptrace", ctypes.c_long(PTRACE_SEIZE), BOT, None, None)
    call("ptrace", ctypes.c_long(PTRACE_INTERRUPT), BOT, None, None)
    os.waitpid(BOT, WALL)
    call("ptrace", ctypes.c_long(PTRACE_DETACH), BOT, None, None)


def take_a_descriptor() -> None:
    call("syscall", PIDFD_GETFD, os.pidfd_open(BOT), 1, 0)


def read_database() -> None:
    with DATABASE.open("rb") as file:
        file.read(16)


def write_database() -> None:
    with DATABASE.open("r+b") as file:
        first = file.read(16)
        file.seek(0)
        file.write(first)


def cut_database() -> None:
    os.truncate(DATABASE, DATABASE.stat().st_size)


def rename_database() -> None:
    DATABASE.rename(f"{DATABASE}-moved").rename(DATABASE)


def change_mode() -> None:
    DATABASE.chmod(DATABASE.stat().st_mode & 0o777)


def change_times() -> None:
    os.utime(DATABASE)


def order() -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(TARGETS["socket"])
        connection.sendall(b'{"kind": "explain"}\n')
        if not connection.recv(1):
            raise PermissionError(errno.ECONNRESET, "")


def connect() -> None:
    socket.create_connection(("127.0.0.1", TARGETS["port"]), 10).close()


def send() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"", ("127.0.0.1", TARGETS["port"]))


def pair() -> None:
    for end in socket.socketpair():
        end.close()


def fork() -> None:
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)


def spawn() -> None:
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


def execute() -> None:
    """Execute a file that is no program: the kernel says so where nothing else is in the way."""
    try:
        os.execve(TARGETS["program"], ["program"], {})
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise


def execute_a_descriptor() -> None:
    program = os.open(TARGETS["program"], os.O_RDONLY)
    try:
        os.execve(program, ["program"], {})
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise


def read_a_file() -> None:
    OTHER.read_bytes()


def read_a_file_of_the_system() -> None:
    Path("/etc/passwd").read_bytes()


def list_a_folder() -> None:
    list(DATABASE.parent.iterdir())


def make_a_file() -> None:
    path = OTHER.with_name("new")
    path.touch()
    path.unlink()


def write_the_bots_code() -> None:
    Path(TARGETS["code"]).open("r+b").close()


def write_its_input() -> None:
    Path("/proc/self/fd/0").open("r+b").close()


def cut_what_it_reads() -> None:
    """Truncate its own program, by opening it only to read it."""
    os.close(os.open(__file__, os.O_RDONLY | os.O_TRUNC))


def make_a_file_in_tmp() -> None:
    os.close(os.open("/tmp", os.O_TMPFILE | os.O_RDWR))


def leave_a_grandchild() -> None:
    if (child := os.fork()) == 0:
        os.setsid()
        os.close(1)
        time.sleep(60)
        os._exit(0)
    grandchildren.append(child)


def send_a_signal() -> None:
    os.kill(BOT, signal.SIGWINCH)


def send_a_signal_to_a_thread() -> None:
    call("tgkill", BOT, BOT, signal.SIGWINCH)


def send_a_signal_by_descriptor() -> None:
    signal.pidfd_send_signal(os.pidfd_open(BOT), signal.SIGWINCH)


def have_the_kernel_send_a_signal() -> None:
    """Let a pipe send SIGIO; only the bot sees whether it comes."""
    readable, writable = os.pipe()
    fcntl.fcntl(readable, fcntl.F_SETOWN, BOT)
    fcntl.fcntl(readable, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(writable, b"x")
    raise PermissionError(errno.ENODATA, "")


def raise_own_limits() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most + 1, most + 1))


def set_the_bots_limits() -> None:
    resource.prlimit(BOT, resource.RLIMIT_CORE, resource.prlimit(BOT, resource.RLIMIT_CORE))


def set_the_bots_priority() -> None:
    os.setpriority(os.PRIO_PROCESS, BOT, os.getpriority(os.PRIO_PROCESS, BOT))


def outlive_the_bot() -> None:
    call("prctl", 1, ctypes.c_long(0), 0, 0, 0)


def fill_memory() -> None:
    os.close(os.memfd_create("memory"))


RIGHTS: dict[str, list[Callable[[], None]]] = {
    "the bot's environment": [read_environment],
    "the bot's memory": [read_memory, copy_memory, trace, take_a_descriptor],
    "the database, read": [read_database],
    "the database, written": [write_database, cut_database, rename_database],
    "the operator's socket": [order],
    "the network": [connect, send, pair],
    "fork": [fork, spawn],
    "exec": [execute, execute_a_descriptor],
    "files elsewhere, read": [read_a_file, read_a_file_of_the_system, list_a_folder],
    "files elsewhere, written": [
        *(make_a_file, make_a_file_in_tmp, write_the_bots_code, write_its_input),
        cut_what_it_reads,
    ],
    "a grandchild that stays": [leave_a_grandchild],
    "signals to the bot": [
        *(send_a_signal, send_a_signal_to_a_thread, send_a_signal_by_descriptor),
        have_the_kernel_send_a_signal,
    ],
    "its own limits": [raise_own_limits],
    # Beyond the table of rights that once were open.
    "files' modes and times": [change_mode, change_times],
    "the bot's limits": [set_the_bots_limits, set_the_bots_priority],
    "a life after the bot's": [outlive_the_bot],
    "memory that isn't counted": [fill_memory],
}


def outcome(way: Callable[[], None]) -> str:
    """Return `open`, or why a right isn't."""
    try:
        way()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    except ValueError as error:
        # Python's word for a limit that can't be raised.
        return str(error)
    return "open"


outcomes = {right: {way.__name__: outcome(way) for way in ways} for right, ways in RIGHTS.items()}
sys.stdout.write(json.dumps({"outcomes": outcomes, "grandchildren": grandchildren}))
