"""Copies of a database, whole and on the disk before they get their name.

A copy says when it was made: whoever starts on one knows that jobs may have gone on since.
"""

import glob
import os
import sqlite3
import tempfile
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.adapters.media.archive import rename_durably, sync
from bot.adapters.process.clock import SystemClock
from bot.domain.jobs.reconciliation import COPIED_AT

# How many jobs may be made after a copy that are forgotten when it is restored. Their numbers stand
# in channels and in the archive, so they aren't given to others.
_FORGOTTEN = 10_000
# How many of SQLite's instructions pass between two looks at how far a copy is.
_LOOK_EVERY = 100_000
Watch = Callable[[int], None]


class CopyProblem(Exception):
    """There is no copy; the message is one sentence for the operator."""


def copy_to(source: sqlite3.Connection, target: Path, watch: Watch) -> None:
    """Copy the database to a file that doesn't exist yet; nobody is kept from writing.

    `watch` is called now and then with the bytes that were copied. Raises CopyProblem.
    """
    if target.exists():
        raise CopyProblem(f"{target} exists already; choose another name.")
    with _copied(source, target, watch) as part:
        try:
            os.link(part, target)
        except OSError:
            # Some file systems have no links.
            if target.exists():
                raise CopyProblem(f"{target} exists already; choose another name.") from None
            part.rename(target)
        sync(target.absolute().parent)


def keep_copy(source: sqlite3.Connection, database: Path, name: str) -> None:
    """Copy the database to a file beside it, and remove older ones. Raises CopyProblem."""
    target = Path(f"{database}.{name}")
    with _copied(source, target, lambda _: None) as part:
        rename_durably(part, target)
    for older in database.parent.glob(f"{glob.escape(database.name)}.before-[0-9]*"):
        if older != target:
            older.unlink()


@contextmanager
def _copied(source: sqlite3.Connection, target: Path, watch: Watch) -> Generator[Path]:
    """Yield a whole copy under another name, to be renamed; what is left of it is removed."""
    at = SystemClock().now()
    try:
        descriptor, name = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name}.", suffix=".part"
        )
        os.close(descriptor)
        part = Path(name)
        try:
            _copy(source, part, watch)
            _mark(part, at)
            sync(part)
            yield part
        finally:
            part.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise CopyProblem(f"no copy can be made at {target}: {error}.") from error


def _copy(source: sqlite3.Connection, part: Path, watch: Watch) -> None:
    def look() -> int:
        watch(part.stat().st_size)
        return 0

    # What is wrong with the source would be told as if the copy couldn't be made.
    source.execute("SELECT count(*) FROM sqlite_master").fetchall()
    source.set_progress_handler(look, _LOOK_EVERY)
    try:
        # One read transaction: in WAL mode it keeps nobody from writing. The file is empty.
        source.execute("VACUUM INTO ?", (str(part),))
    finally:
        source.set_progress_handler(None, 0)
    look()


def _mark(part: Path, at: int) -> None:
    with closing(sqlite3.connect(part, isolation_level=None)) as copy:
        # The copy of a restored copy is as old as the first one: nothing was closed in between.
        copy.execute(
            "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO NOTHING", (COPIED_AT, str(at))
        )
        skip_numbers(copy, last_number(copy) + _FORGOTTEN)
        verdict = str(copy.execute("PRAGMA integrity_check(1)").fetchone()[0])
    if verdict != "ok":
        raise CopyProblem(f"the database is damaged, so it wasn't copied: {verdict}.")


def last_number(connection: sqlite3.Connection) -> int:
    """Return the highest number that a job ever had."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'").fetchone()
    return row[0] if row else 0


def skip_numbers(connection: sqlite3.Connection, last: int) -> None:
    """Give new jobs numbers above `last`: https://sqlite.org/autoinc.html"""
    if last > last_number(connection):
        connection.execute("DELETE FROM sqlite_sequence WHERE name = 'jobs'")
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', ?)", (last,))
