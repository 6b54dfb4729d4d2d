"""Checks that the write-ahead log beside a database is that database's own.

SQLite applies whatever log lies beside a file, so a database that was put in another's place would
take on that one's changes. https://www.sqlite.org/fileformat2.html#walformat
"""

import os
import shlex
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from bot.adapters.process.durable import sync
from bot.adapters.sqlite.database import DatabaseProblem, Writer, touch

_FACT = "wal_salt"
"""The fact whose value is the first salt of the log's header when the last run began."""
_MAGIC = (0x377F0682, 0x377F0683)
_HEADER = struct.Struct(">8I")
# The salt grows by one whenever the log begins anew; that is more often than one run can do it.
_MOST_RESTARTS = 1 << 24
_ROLLBACK = b"\x01"
"""The version of the file format, at byte 18, of a file that no log was ever written for."""


def real_file(path: Path) -> Path:
    """Return the name after which SQLite names a database's files: a symbolic link's target."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def check_wal(path: Path) -> None:
    """Raise DatabaseProblem if the log beside the database is another database's.

    No connection to the database may be open in this process: closing a file ends the locks that
    SQLite has on it.
    """
    real = real_file(path)
    noted = _noted_run(real)
    # In this order: a database under way has a log only once its own header says so.
    salt = _salt(Path(f"{real}-wal"))
    if salt is None:
        return
    head = _read(real, 100)
    wal, shm = shlex.quote(f"{real}-wal"), shlex.quote(f"{real}-shm")
    if not head:
        raise DatabaseProblem(
            f"{path} is missing or empty, but {wal} holds changes that belong to it: put back the"
            f" file that was there, or, to begin anew, remove them with `rm -f {wal}`."
        )
    if head[18:19] == _ROLLBACK or (_began_with(noted, salt) and _is_replaced(real, noted)):
        raise DatabaseProblem(
            f"{wal} belongs to the database that was here before, not to {path}: remove what that"
            f" one left behind with `rm -f {wal} {shm}`, and start again; the next time,"
            " `python -m bot restore FILE` puts a backup in place and does all of that."
        )


async def note_run(writer: Writer, path: Path) -> None:
    """Note, in the database and in its lock's file, which log belongs to the database from now on.

    The caller owns the database. A crash at any point leaves a log that counts as its own.
    """

    def note(connection: sqlite3.Connection) -> None:
        real = real_file(path)
        _note(real, None)
        touch(connection)
        salt = _salt(Path(f"{real}-wal"))
        if salt is None:
            return
        connection.execute(
            "INSERT INTO settings VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (_FACT, str(salt)),
        )
        (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        # Nobody writes in between: until it is noted, the log is empty.
        if not busy:
            _note(real, salt)

    await writer.alone(note)


def _began_with(run: int | None, salt: int) -> bool:
    """Return whether a log with this salt was written by the run that noted the salt `run`.

    That run's log began anew after the note; a log with the same salt is an earlier run's.
    """
    return run is not None and 0 < (salt - run) % (1 << 32) < _MOST_RESTARTS


def _salt(wal: Path) -> int | None:
    """Return the salt of a log that holds changes; None if there is no such log."""
    head = _read(wal, _HEADER.size + 16)
    if len(head) < _HEADER.size + 16:
        return None
    magic, _, _, _, first, second, _, _ = _HEADER.unpack_from(head)
    _, _, *frame = struct.unpack_from(">4I", head, _HEADER.size)
    return first if magic in _MAGIC and frame == [first, second] else None


def _is_replaced(real: Path, noted: int | None) -> bool:
    """Return whether the database, without its log, isn't the one that had this place's last run.

    One that can't be read is left to whoever opens it.
    """
    uri = f"file:{quote(str(real))}?immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            has_facts = connection.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'settings'"
            ).fetchone()
            if has_facts is None:
                return True
            row = connection.execute(
                "SELECT value FROM settings WHERE key = ?", (_FACT,)
            ).fetchone()
    except sqlite3.Error:
        return False
    return row is None or row[0] != str(noted)


def _noted_run(real: Path) -> int | None:
    """Return what the lock's file notes of the last run in this place."""
    try:
        return int(_read(Path(f"{real}.lock"), 20))
    except ValueError:
        return None


def _note(real: Path, salt: int | None) -> None:
    lock = Path(f"{real}.lock")
    # Not by renaming: the lock is on this very file.
    lock.write_text("" if salt is None else f"{salt}\n")
    sync(lock)


def _read(file: Path, size: int) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(size)
    except OSError:
        return b""
