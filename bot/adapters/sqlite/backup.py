"""The operator's backup, a copy of the database while it is in use, and its restore."""

import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from bot.adapters.process.clock import SystemClock
from bot.adapters.process.durable import rename_durably, sync
from bot.adapters.sqlite.database import (
    DatabaseProblem,
    check_exists,
    connect_read_only,
    migrations,
    schema_version,
)
from bot.adapters.sqlite.database_copy import CopyProblem, Watch, copied_for, copy_to, last_number
from bot.adapters.sqlite.ownership import check_log, give_to_owner, locked
from bot.adapters.sqlite.wal import real_file
from bot.domain.jobs.job import Status
from bot.domain.jobs.reconciliation import COPIED_AT


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished copy: its size in bytes, and the number of its jobs."""

    size: int
    jobs: int


def back_up(path: Path, target: Path, watch: Watch) -> Backup:
    """Copy the database to a file that doesn't exist yet, beside the running bot or without one.

    `watch` is called now and then with the number of bytes copied so far. Raises DatabaseProblem.
    """
    check_log(path)
    check_exists(path)
    try:
        with closing(connect_read_only(path)) as source:
            copy_to(source, target, watch)
        with closing(connect_read_only(target)) as copy:
            jobs = int(copy.execute("SELECT count(*) FROM jobs").fetchone()[0])
    except CopyProblem as problem:
        raise DatabaseProblem(str(problem)) from problem
    except sqlite3.Error as error:
        raise DatabaseProblem(f"{path} can't be read: {error}.") from error
    return Backup(target.stat().st_size, jobs)


_BESIDE = ("", "-wal", "-shm")
_COUNTS = "SELECT count(*), count(*) FILTER (WHERE status = ?) FROM jobs"


@dataclass(frozen=True, slots=True)
class Restored:
    """A database that was put back."""

    jobs: int
    """The number of its jobs."""
    waiting: int
    """The number of those that wait in line."""
    copied_at: int
    """The time as of which it is, in Unix milliseconds."""
    kept: Path | None
    """The new name of the database that was there; None if there was none."""
    kept_log: Path | None
    """The new name of a log that was there without its database; None if there was none."""


def restore(file: Path, path: Path) -> Restored:
    """Put a copy of `file` in the database's place, while no bot runs.

    Nothing changes unless the copy is whole. A crash leaves the old database, or the new one with
    the old one's log, which is noticed at the next start. Raises InUse, and DatabaseProblem.
    """
    _check_named(file)
    file, real = real_file(file), real_file(path)
    with locked(path):
        if real.exists() and file.samefile(real):
            raise DatabaseProblem(f"{file} is the database itself; name a copy of it.")
        check_log(file)
        try:
            with _opened(file) as source:
                _check(source, file)
                at = _copied_at(source, file)
                jobs, waiting = source.execute(_COUNTS, (Status.CREATED,)).fetchone()
                with copied_for(source, real, at, _last_number_of(real)) as part:
                    _give(part, real)
                    had_database = real.exists()
                    kept = _keep(real)
                    rename_durably(part, real)
                    _remove_log(real)
        except CopyProblem as problem:
            raise DatabaseProblem(str(problem)) from problem
        except (OSError, sqlite3.Error) as error:
            raise DatabaseProblem(f"{file} isn't put in place: {error}.") from error
    return Restored(
        jobs=jobs,
        waiting=waiting,
        copied_at=at,
        kept=kept if had_database else None,
        kept_log=kept and (None if had_database else Path(f"{kept}-wal")),
    )


def _check_named(file: Path) -> None:
    """Raise DatabaseProblem if the operator named no file that may be a copy."""
    if file.is_dir():
        raise DatabaseProblem(
            f"{file} is a folder; name the file that `python -m bot backup` made."
        )
    if not file.exists():
        raise DatabaseProblem(
            f"there is no file {file}; name a copy made by `python -m bot backup`."
        )
    if not file.stat().st_size:
        raise DatabaseProblem(f"{file} is empty; name a copy made by `python -m bot backup`.")


@contextmanager
def _opened(file: Path) -> Generator[sqlite3.Connection]:
    if Path(f"{file}-wal").exists():
        connection = connect_read_only(file)
    else:
        # Also on a disk that can't be written, where SQLite couldn't make the files beside it.
        uri = f"file:{quote(str(file.absolute()))}?immutable=1"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    with closing(connection):
        yield connection


def _check(source: sqlite3.Connection, file: Path) -> None:
    version, newest = schema_version(source), migrations()[-1][0]
    sql = "SELECT count(*) FROM sqlite_master WHERE name IN ('jobs', 'ledger', 'settings')"
    tables = int(source.execute(sql).fetchone()[0])
    if version < 1 or tables != 3:
        raise DatabaseProblem(f"{file} is no database of this bot; name one of its backups.")
    if version > newest:
        raise DatabaseProblem(
            f"{file} has version {version}, but this bot knows {newest} at most;"
            " restore it with the newer bot that wrote it."
        )
    verdict = str(source.execute("PRAGMA integrity_check(1)").fetchone()[0])
    if verdict != "ok":
        raise DatabaseProblem(f"{file} is damaged, so nothing was changed: {verdict}.")


def _copied_at(source: sqlite3.Connection, file: Path) -> int:
    """Return the time at which the copy was made; of one without a mark, its ledger's."""
    mark = source.execute("SELECT value FROM settings WHERE key = ?", (COPIED_AT,)).fetchone()
    if mark is not None:
        return int(mark[0])
    # Rather too early than too late: what was done before is only looked at once more.
    (last,) = source.execute("SELECT max(at) FROM ledger").fetchone()
    return int(last) if last is not None else file.stat().st_mtime_ns // 1_000_000


def _last_number_of(database: Path) -> int:
    """Return the highest number of the database that is there; 0 if it can't be read."""
    if not database.exists():
        return 0
    with suppress(sqlite3.Error), closing(connect_read_only(database)) as connection:
        return last_number(connection)
    return 0


def _give(part: Path, database: Path) -> None:
    # What root put there by mistake isn't its own: the folder is the bot's.
    is_roots = database.parent.stat().st_uid == 0
    give_to_owner(part, database if is_roots and database.exists() else database.parent)


def _keep(database: Path) -> Path | None:
    """Give the database that is there and its log a second name, and return it.

    A log whose database is gone may hold the only copy of the last changes, so it is kept as well.
    """
    if not database.exists() and not _size(Path(f"{database}-wal")):
        return None
    at = datetime.fromtimestamp(SystemClock().now() / 1000, UTC)
    kept = Path(f"{database}.replaced-{at:%Y%m%dT%H%M%S.%f}"[:-3])
    for name in _BESIDE:
        file, second = Path(f"{database}{name}"), Path(f"{kept}{name}")
        if not file.exists():
            continue
        try:
            os.link(file, second)
        except OSError:
            # Some file systems have no links.
            shutil.copy2(file, second)
            sync(second)
    sync(database.parent)
    return kept


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _remove_log(database: Path) -> None:
    for name in _BESIDE[1:]:
        Path(f"{database}{name}").unlink(missing_ok=True)
    sync(database.parent)
