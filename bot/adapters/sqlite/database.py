"""The database file: one writer, one reader, one owner, numbered migrations."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import aiosqlite

from bot.adapters.sqlite.database_copy import CopyProblem, keep_copy, last_number, skip_numbers
from bot.domain.calendar import date_of, month_of

T = TypeVar("T")
Row = sqlite3.Row
Value = str | int | None

MIGRATIONS = Path(__file__).parent / "migrations"
OLDEST_SQLITE = (3, 37, 0)  # STRICT tables: https://sqlite.org/stricttables.html


class DatabaseProblem(Exception):
    """The database can't be used; the message is one sentence for the operator."""


class Writer(aiosqlite.Connection):
    """The only connection that writes. Its `execute` is a transaction of one statement."""

    async def transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` between BEGIN IMMEDIATE and COMMIT, on the connection's thread, in one hop.

        No other coroutine can get in between, and a caller that is cancelled leaves no open
        transaction behind: the work is queued as a whole, and commits or rolls back regardless.
        """
        return await self._execute(_in_transaction, self._conn, work)  # pyright: ignore[reportUnknownMemberType]  # aiosqlite leaves it untyped

    async def alone(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work`, which begins and ends transactions of its own, in one hop."""
        return await self._execute(work, self._conn)  # pyright: ignore[reportUnknownMemberType]  # aiosqlite leaves it untyped


def _in_transaction(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise
    return result


def _in_read_transaction(
    connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]
) -> T:
    connection.execute("BEGIN")
    try:
        return work(connection)
    finally:
        _roll_back(connection)


def _roll_back(connection: sqlite3.Connection) -> None:
    # After some errors SQLite has rolled back already: https://sqlite.org/lang_transaction.html
    if connection.in_transaction:
        connection.execute("ROLLBACK")


class Reader(aiosqlite.Connection):
    """A read-only connection beside the writer. Its methods raise DatabaseProblem.

    Its SQL may call `date_of(day)` and `month_of(day)` of `bot.domain.calendar`.
    """

    async def rows(self, sql: str, parameters: Sequence[Value] = ()) -> Iterable[Row]:
        try:
            return await self.execute_fetchall(sql, parameters)
        except sqlite3.Error as error:
            raise DatabaseProblem(f"the database can't be read: {error}.") from error

    async def row(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        return next(iter(await self.rows(sql, parameters)), None)

    async def look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one hop; it sees the database as it is at one moment."""
        try:
            return await self._execute(_in_read_transaction, self._conn, work)  # pyright: ignore[reportUnknownMemberType]  # aiosqlite leaves it untyped
        except sqlite3.Error as error:
            raise DatabaseProblem(f"the database can't be read: {error}.") from error


@asynccontextmanager
async def open_writer(path: Path) -> AsyncGenerator[Writer]:
    """Open the file for writing, migrated to the newest version. Raises DatabaseProblem."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise DatabaseProblem(
            f"SQLite {sqlite3.sqlite_version} is too old; 3.37 or newer is needed."
        )

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            connection.row_factory = sqlite3.Row
            sort_beside(connection, path)
            connection.execute("PRAGMA journal_mode = WAL")
            # Money and fal's request ids live here: a committed row must survive a power cut.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA busy_timeout = 5000")
            connection.execute(f"PRAGMA journal_size_limit = {64 * 1024 * 1024}")
            migrate(connection, path)
            # A start that can't write says so, rather than each of its commands.
            touch(connection)
            # On only now: a migration that rebuilds a table drops one that others refer to.
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    writer = Writer(connect, iter_chunk_size=64)
    await _connected(writer, path)
    try:
        yield writer
    finally:
        await writer.close()


@asynccontextmanager
async def open_reader(path: Path) -> AsyncGenerator[Reader]:
    """Open the file read-only, beside a running bot or alone. Raises DatabaseProblem."""

    def connect() -> sqlite3.Connection:
        connection = connect_read_only(path)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA query_only = ON")
        for function in (date_of, month_of):
            connection.create_function(function.__name__, 1, function, deterministic=True)
        return connection

    await asyncio.to_thread(check_exists, path)
    reader = Reader(connect, iter_chunk_size=64)
    await _connected(reader, path)
    try:
        yield reader
    finally:
        await reader.close()


def check_exists(path: Path) -> None:
    """Raise DatabaseProblem if there is no such file."""
    if not path.exists() or not path.stat().st_size:
        raise DatabaseProblem(f"there is no database at {path} yet; `python -m bot run` makes it.")


def connect_read_only(path: Path) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    sort_beside(connection, path)
    connection.execute("PRAGMA busy_timeout = 5000")
    return connection


def sort_beside(connection: sqlite3.Connection, path: Path) -> None:
    """Have SQLite put what it sorts beside the database: other places may be read-only.

    This holds for the whole process, so it is set once, before there is a second connection.
    https://www.sqlite.org/pragma.html#pragma_temp_store_directory
    """
    folder = os.path.realpath(path.parent)
    row = connection.execute("PRAGMA temp_store_directory").fetchone()
    if row is None or not row[0]:
        # Somebody who only reads may not write there.
        with suppress(sqlite3.OperationalError):
            quoted = folder.replace("'", "''")
            connection.execute(f"PRAGMA temp_store_directory = '{quoted}'")


async def _connected(connection: aiosqlite.Connection, path: Path) -> None:
    try:
        await connection
    except (sqlite3.Error, DatabaseProblem) as error:
        # aiosqlite doesn't wait for its thread, which would soon find the loop closed.
        await asyncio.to_thread(connection._thread.join)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # there is no other way to wait for it
        if isinstance(error, DatabaseProblem):
            raise
        raise DatabaseProblem(f"{path} can't be opened as a database: {error}.") from error


def migrations() -> list[tuple[int, str]]:
    """Return (version, SQL) of every migration in order."""
    files = sorted(MIGRATIONS.glob("[0-9]*.sql"))
    return [(int(file.name.split("_")[0]), file.read_text()) for file in files]


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the file to the newest version, each step in its own transaction.

    The file as it was is kept beside it as `….before-NNNN`. Raises DatabaseProblem for a file that
    a newer bot wrote, and where there is no room for the copy.
    """
    version = schema_version(connection)
    steps = migrations()
    if version > steps[-1][0]:
        raise DatabaseProblem(
            f"the database has version {version}, but this bot knows {steps[-1][0]} at most;"
            " run the newer bot that wrote it."
        )
    last = 0
    if 0 < version < steps[-1][0]:
        last = last_number(connection)
        try:
            keep_copy(connection, path, f"before-{version + 1:04}")
        except CopyProblem as problem:
            raise DatabaseProblem(f"it isn't brought to a newer version: {problem}") from problem
    for number, sql in steps:
        if number > version:
            script = f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;"
            try:
                connection.executescript(script)
            except sqlite3.Error:
                _roll_back(connection)
                raise
    # A rebuilt table only remembers the numbers of its own rows.
    skip_numbers(connection, last)


def touch(connection: sqlite3.Connection) -> None:
    """Write to the database, in a transaction that changes nothing. Raises sqlite3.Error."""
    connection.execute(f"PRAGMA user_version = {schema_version(connection)}")


def try_database(path: Path) -> None:
    """Write to the database as the bot will have to, beside it or alone. Raises DatabaseProblem."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA busy_timeout = 5000")
            touch(connection)
    except sqlite3.Error as error:
        raise DatabaseProblem(f"{path} can't be written: {error}.") from error


async def schema_of(reader: Reader) -> tuple[int, int]:
    """Return the file's version and the newest that this bot knows. Raises DatabaseProblem."""
    row = await reader.row("PRAGMA user_version")
    assert row is not None
    return int(row[0]), migrations()[-1][0]


def sqlite_version() -> tuple[int, int, int]:
    return sqlite3.sqlite_version_info


def schema_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
