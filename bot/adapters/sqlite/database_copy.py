"""Durable copies of the database: whole and on the disk before they get their name.

A copy holds the time at which it was made: a bot that starts on one knows that jobs may have gone
on since.
"""

import glob
import os
import sqlite3
import tempfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from bot.adapters.process.clock import SystemClock
from bot.adapters.process.durable import rename_durably, sync
from bot.adapters.process.writing import is_full, writing_problem
from bot.domain.jobs.reconciliation import COPIED_AT

# Restoring a copy forgets the jobs made since, up to this many. Their numbers stand in channels and
# in the archive, so no other job gets them.
_FORGOTTEN = 10_000
# The number of SQLite's instructions between two reports of a copy's progress.
_LOOK_EVERY = 100_000
Watch = Callable[[int], None]


class CopyProblem(Exception):
    """No copy was made; the message is one sentence for the operator."""


def copy_to(source: sqlite3.Connection, target: Path, watch: Watch) -> None:
    """Copy the database to a file that doesn't exist yet, while others may write to it.

    `watch` is called now and then with the number of bytes copied so far. Raises CopyProblem.
    """
    if target.exists():
        raise CopyProblem(f"{target} exists already; choose another name.")
    with _copied(source, target, watch, _copying_problem) as part:
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
    with _copied(source, target, lambda _: None, writing_problem) as part:
        rename_durably(part, target)
    for older in database.parent.glob(f"{glob.escape(database.name)}.before-[0-9]*"):
        if older != target:
            older.unlink()


def copied_for(
    source: sqlite3.Connection, target: Path, at: int, last: int
) -> AbstractContextManager[Path]:
    """Yield a whole copy beside `target`, to be renamed. Raises CopyProblem.

    Without a mark it is of the time `at`, and leaves numbers out as any copy. With one it has left
    them out already. In any case new jobs get numbers above `last`.
    """
    return _copied(source, target, lambda _: None, writing_problem, at=at, last=last)


@contextmanager
def _copied(
    source: sqlite3.Connection,
    target: Path,
    watch: Watch,
    problem: Callable[[Path, OSError], str],
    *,
    at: int | None = None,
    last: int | None = None,
) -> Generator[Path]:
    """Yield a whole copy under a temporary name, to be renamed; remove that name afterwards.

    Raises CopyProblem, with the sentence of `problem` where the file can't be written.
    """
    at = SystemClock().now() if at is None else at
    try:
        descriptor, name = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name}.", suffix=".part"
        )
        os.close(descriptor)
        part = Path(name)
        try:
            _copy(source, part, watch)
            _mark(part, at, last)
            sync(part)
            yield part
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise CopyProblem(problem(target, error)) from error
    except sqlite3.Error as error:
        raise CopyProblem(f"no copy can be made at {target}: {error}.") from error


def _copying_problem(target: Path, error: OSError) -> str:
    """Return one sentence about a copy at a place that the operator has named."""
    if is_full(error):
        return writing_problem(target, error)
    return (
        f"no copy can be made at {target} ({error.strerror or type(error).__name__}): name a file"
        " in a folder that exists and that the bot may write to, such as its database's."
    )


def _copy(source: sqlite3.Connection, part: Path, watch: Watch) -> None:
    def look() -> int:
        watch(part.stat().st_size)
        return 0

    # Read first, so that a damaged source isn't reported as a copy that can't be made.
    source.execute("SELECT count(*) FROM sqlite_master").fetchall()
    source.set_progress_handler(look, _LOOK_EVERY)
    try:
        # One read transaction: in WAL mode others may write meanwhile. VACUUM INTO accepts an empty
        # file.
        source.execute("VACUUM INTO ?", (str(part),))
    finally:
        source.set_progress_handler(None, 0)
    look()


def _mark(part: Path, at: int, last: int | None) -> None:
    with closing(sqlite3.connect(part, isolation_level=None)) as copy:
        # The copy of a restored copy is as old as the first one: nothing was closed in between.
        is_first = copy.execute(
            "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO NOTHING", (COPIED_AT, str(at))
        ).rowcount
        forgotten = _FORGOTTEN if is_first or last is None else 0
        skip_numbers(copy, max(last or 0, last_number(copy) + forgotten))
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
