"""Ownership of the database file: one process, by whatever name or mount it reaches the file."""

import fcntl
import os
import struct
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

from bot.adapters.process.durable import make_private_folder, sync
from bot.adapters.process.private_files import keep_private
from bot.adapters.process.writing import try_writing, writing_problem
from bot.adapters.sqlite.database import (
    DatabaseProblem,
    Reader,
    Writer,
    open_reader,
    open_writer,
)
from bot.adapters.sqlite.wal import check_wal, note_run, real_file

# Far behind the bytes that SQLite locks: https://www.sqlite.org/lockingv3.html
_LOCKED_BYTE = 1 << 62
# From Linux's struct flock: type, whence, start, length, process.
_FLOCK = "hhqqi4x"
_LOCK = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, _LOCKED_BYTE, 1, 0)
# Only Linux has them: https://man7.org/linux/man-pages/man2/fcntl_locking.2.html
_SET: int | None = getattr(fcntl, "F_OFD_SETLK", None)
_GET: int | None = getattr(fcntl, "F_OFD_GETLK", None)


class InUse(DatabaseProblem):
    """Another process owns the database."""


class FolderProblem(DatabaseProblem):
    """A file of the database can't be written."""


@contextmanager
def owned(path: Path) -> Generator[None]:
    """Own a database that can be used, for as long as the context lasts.

    Everything that the bot will have to write in its folder is tried before. A database that
    doesn't exist yet is made, empty. Raises InUse, and DatabaseProblem.
    """
    real = real_file(path)
    with ExitStack() as stack:
        _lock_names(stack, path, real)
        check_wal(path)
        _lock_file(stack, path, real)
        check_places(path)
        keep_private(path)
        yield


@asynccontextmanager
async def open_owned(path: Path) -> AsyncGenerator[tuple[Writer, Reader]]:
    """Own the database, and note the run before anything is written through its connections.

    Raises InUse, and DatabaseProblem.
    """
    with owned(path):
        async with open_writer(path) as writer:
            await note_run(writer, path)
            async with open_reader(path) as reader:
                yield writer, reader


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Keep every bot from the database, whatever its content. Raises InUse, and DatabaseProblem."""
    real = real_file(path)
    with ExitStack() as stack:
        _lock_names(stack, path, real)
        if real.exists():
            _lock_file(stack, path, real)
        keep_private(path)
        yield


def check_log(path: Path) -> None:
    """Raise DatabaseProblem if no bot runs and the database has another one's log beside it."""
    if not is_owned(path):
        check_wal(path)


def is_owned(path: Path) -> bool:
    """Return whether a bot has the database; False where the system can't say."""
    return _is_locked(real_file(path))


def check_places(path: Path) -> None:
    """Try to write whatever the bot will have to write beside the database.

    Raises FolderProblem. No connection to the database may be open in this process: closing a file
    ends the locks that SQLite has on it.
    """
    real = real_file(path)
    try:
        try_writing(real.parent)
    except OSError as error:
        raise FolderProblem(writing_problem(real.parent, error)) from error
    for name in ("", "-wal", "-shm", "-journal", ".lock"):
        beside = Path(f"{real}{name}")
        try:
            os.close(os.open(beside, os.O_RDWR))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise FolderProblem(writing_problem(beside, error)) from error


def _lock_names(stack: ExitStack, path: Path, real: Path) -> None:
    try:
        make_private_folder(real.parent)
    except OSError as error:
        raise DatabaseProblem(
            f"{path} can't be made ({error.strerror}): let the bot's user write to its folder,"
            " or set another `database.path`."
        ) from error
    _lock_name(stack, path, Path(f"{real}.lock"))
    if path != real:
        # An older bot takes the lock beside a symbolic link, so it is taken there as well.
        with suppress(FolderProblem):
            _lock_name(stack, path, Path(f"{path}.lock"))


def _lock_name(stack: ExitStack, path: Path, lock: Path) -> None:
    """Lock a file beside the database, which stays when the database is replaced."""
    descriptor = _open(stack, lock)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise _in_use(path) from error


def _lock_file(stack: ExitStack, path: Path, real: Path) -> None:
    """Lock the database itself: a hard link and a bind mount have no common name.

    The lock belongs to this descriptor, unlike SQLite's own, which end when any descriptor of the
    file is closed. Where the system has no such locks, the lock by name has to do.
    """
    descriptor = _open(stack, real)
    if _SET is None:
        return
    try:
        fcntl.fcntl(descriptor, _SET, _LOCK)
    except (BlockingIOError, PermissionError) as error:
        # Either is said: https://man7.org/linux/man-pages/man2/fcntl_locking.2.html
        raise _in_use(path) from error
    except OSError:
        return


def _is_locked(real: Path) -> bool:
    """Return whether a bot has the file locked; False where the system can't say."""
    if _GET is None:
        return False
    try:
        descriptor = os.open(real, os.O_RDONLY)
    except OSError:
        return False
    try:
        kind = struct.unpack(_FLOCK, fcntl.fcntl(descriptor, _GET, _LOCK))[0]
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return kind != fcntl.F_UNLCK


def _in_use(path: Path) -> InUse:
    return InUse(
        f"the bot runs already on {path}: stop that one first. Another `database.path` is only for"
        " another bot with another token."
    )


def _open(stack: ExitStack, file: Path) -> int:
    """Open a file, or make it for the bot's own user; `stack` closes it. Raises FolderProblem."""
    is_new = not file.exists()
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        stack.callback(os.close, descriptor)
        if is_new:
            give_to_owner(file, file.parent)
            sync(file.parent)
    except OSError as error:
        raise FolderProblem(writing_problem(file.parent if is_new else file, error)) from error
    return descriptor


def give_to_owner(file: Path, of: Path) -> None:
    """As root, give a new file to the owner of `of`: the bot may run as that user."""
    if os.geteuid() == 0:
        owner = of.stat()
        with suppress(OSError):
            os.chown(file, owner.st_uid, owner.st_gid)
