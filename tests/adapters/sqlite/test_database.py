import asyncio
import re
import sqlite3
import threading
from contextlib import closing
from enum import StrEnum
from pathlib import Path

import pytest

from bot.adapters.sqlite import database
from bot.adapters.sqlite.database import (
    DatabaseProblem,
    migrations,
    open_reader,
    open_writer,
    schema_of,
)
from bot.adapters.sqlite.history import SqlitePastVideos
from bot.adapters.sqlite.jobs import SqliteJobStore
from bot.adapters.sqlite.members import SqliteMembers
from bot.adapters.sqlite.ownership import owned
from bot.adapters.sqlite.servers import SqliteServers
from bot.adapters.sqlite.verification import verify_ledger
from bot.application.moderation.no_cap import is_without_cap
from bot.domain.jobs.job import DeletedBy, DeliveredAs, Failure, Status
from bot.domain.jobs.ledger import EntryKind
from bot.domain.moderation.rules import Ceilings
from tests.adapters.sqlite.owner import other_owner
from tests.adapters.sqlite.store_harness import NOW
from tests.domain.examples import new_job

NEWEST = migrations()[-1][0]
OLD_DATABASES = Path(__file__).with_name("old_databases")
"""What a bot of each earlier version wrote: a job in every kind of state, and their ledger."""


def ask(path: Path, sql: str) -> list[tuple[str | int | None, ...]]:
    """Ask the file itself, beside whoever has it open."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


async def note(writer: database.Writer, key: str) -> None:
    await writer.transact(
        lambda db: db.execute("INSERT INTO settings VALUES (?, '')", (key,)).close()
    )


def first(connection: sqlite3.Connection, sql: str) -> str | int:
    rows: list[tuple[str | int]] = connection.execute(sql).fetchall()
    return rows[0][0]


def noted(path: Path) -> set[str | int | None]:
    return {row[0] for row in ask(path, "SELECT key FROM settings")}


# Opening


async def test_an_empty_place_becomes_a_database_of_the_newest_version(tmp_path: Path):
    path = tmp_path / "pika.db"
    async with open_writer(path), open_reader(path) as reader:
        assert await schema_of(reader) == (NEWEST, NEWEST)
    tables = ask(path, "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
    ours = {name: strict for name, strict in tables if not str(name).startswith("sqlite_")}
    assert ours == {
        "jobs": 1,
        "job_inputs": 1,
        "ledger": 1,
        "settings": 1,
        "announcement_tags": 1,
        "openings": 1,
        "servers": 1,
        "preferences": 1,
        "offers": 1,
        **dict.fromkeys(("server_rules", "role_rules", "member_rules"), 1),
        **dict.fromkeys(("sums", "grants", "grant_uses", "resets", "audit"), 1),
    }


async def test_opening_again_keeps_what_is_there(tmp_path: Path):
    path = tmp_path / "pika.db"
    for key in "ab":
        async with open_writer(path) as writer:
            await note(writer, key)
    assert noted(path) == {"a", "b"}


def test_migrations_are_numbered_without_gaps():
    assert [number for number, _ in migrations()] == list(range(1, NEWEST + 1))


@pytest.mark.parametrize("version", range(1, NEWEST))
async def test_what_an_older_bot_wrote_stays_and_goes_on(tmp_path: Path, version: int):
    path = tmp_path / "pika.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((OLD_DATABASES / f"{version:04}.sql").read_text())
    ways = ask(path, "SELECT id, status, message_id FROM jobs ORDER BY id")
    rows = "SELECT id, at, guild_id, member_id, day, job_id, kind, videos, held, spent FROM ledger"
    ledger = ask(path, f"{rows} ORDER BY id")
    async with open_writer(path) as writer, open_reader(path) as reader:
        assert await schema_of(reader) == (NEWEST, NEWEST)
        store = SqliteJobStore(writer, reader, returns_per_day=3)
        for number, status, _ in ways:
            assert isinstance(number, int)
            job = await store.job(number)
            assert job is not None
            assert job.status == status
        waiting = await store.job(2)
        assert waiting is not None
        await store.advance(waiting, Status.CANCELED, at=NOW)
        fresh = await store.submit(
            new_job("interaction:fresh"), at=NOW, ceilings=Ceilings(videos_per_day=50)
        )
        assert fresh.id == len(ways) + 1
    assert ask(path, "SELECT id, status, message_id FROM jobs ORDER BY id LIMIT 1") == ways[:1]
    assert ask(path, f"{rows} ORDER BY id")[: len(ledger)] == ledger
    async with open_reader(path) as reader:
        problems: list[str] = []
        await verify_ledger(reader, problems.append)
        assert problems == []
    assert ask(path, "PRAGMA foreign_key_check") == []
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


async def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "pika.db"
    async with open_writer(path) as writer:
        await note(writer, "kept")
    for number in range(1, NEWEST + 1):
        (tmp_path / f"{number:04}_released.sql").write_text("never run")
    broken = tmp_path / f"{NEWEST + 1:04}_broken.sql"
    broken.write_text("CREATE TABLE half (id); DROP TABLE missing;")
    monkeypatch.setattr(database, "MIGRATIONS", tmp_path)
    with pytest.raises(DatabaseProblem, match="no such table: missing"):
        async with open_writer(path):
            pass
    assert ask(path, "PRAGMA user_version") == [(NEWEST,)]
    assert ask(path, "SELECT name FROM sqlite_master WHERE name = 'half'") == []
    assert noted(path) == {"kept"}


async def test_a_database_of_a_newer_bot_is_refused_and_left_alone(tmp_path: Path):
    path = tmp_path / "pika.db"
    async with open_writer(path):
        pass
    ask(path, f"PRAGMA user_version = {NEWEST + 1}")
    with pytest.raises(DatabaseProblem, match=f"version {NEWEST + 1}.*run the newer bot"):
        async with open_writer(path):
            pass
    assert ask(path, "PRAGMA user_version") == [(NEWEST + 1,)]


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    path = tmp_path / "pika.db"
    path.write_text("These are not the rows you're looking for. " * 100)
    with pytest.raises(DatabaseProblem, match="not a database"):
        async with open_writer(path):
            pass
    async with open_reader(path) as reader:
        with pytest.raises(DatabaseProblem, match="not a database"):
            await schema_of(reader)


async def test_a_power_cut_loses_nothing_that_was_committed(tmp_path: Path):
    """WAL with synchronous = FULL (2): https://sqlite.org/pragma.html#pragma_synchronous"""
    async with open_writer(tmp_path / "pika.db") as writer:
        pragmas = [
            await writer.transact(lambda db, name=name: first(db, f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]


@pytest.mark.parametrize(
    ("table", "column", "enum"),
    [
        ("jobs", "status", Status),
        ("jobs", "failure", Failure),
        ("jobs", "delivered_as", DeliveredAs),
        ("jobs", "deleted_by", DeletedBy),
        ("ledger", "kind", EntryKind),
    ],
)
async def test_check_lists_and_enums_are_the_same(
    tmp_path: Path, table: str, column: str, enum: type[StrEnum]
):
    async with open_writer(tmp_path / "pika.db"):
        pass
    rows = ask(tmp_path / "pika.db", f"SELECT sql FROM sqlite_master WHERE name = '{table}'")
    check = re.search(rf"\b{column} TEXT[^,]*? CHECK \({column} IN \(([^)]*)\)\)", str(rows[0][0]))
    assert check is not None
    assert re.findall(r"'(\w+)'", check[1]) == [str(value) for value in enum]


# The reader


async def test_the_reader_cannot_write(tmp_path: Path):
    path = tmp_path / "pika.db"
    async with open_writer(path), open_reader(path) as reader:
        with pytest.raises(DatabaseProblem, match="readonly"):
            await reader.rows("INSERT INTO settings VALUES ('a', '')")
    assert noted(path) == set()


async def test_the_reader_makes_no_database(tmp_path: Path):
    with pytest.raises(DatabaseProblem, match=r"there is no database at .*python -m bot run"):
        async with open_reader(tmp_path / "pika.db"):
            pass
    assert files(tmp_path) == set()


@pytest.mark.parametrize("name", ["per cent%41.db", "question?mode=rwc.db", "hash#1.db"])
async def test_odd_names_are_only_names(tmp_path: Path, name: str):
    path = tmp_path / name
    async with open_writer(path) as writer:
        await note(writer, "a")
        async with open_reader(path) as reader:
            assert await reader.row("SELECT key FROM settings") is not None
    assert files(tmp_path) == {name}


# One owner


def test_a_second_process_is_refused_until_the_first_one_dies(tmp_path: Path):
    path = tmp_path / "data" / "pika.db"
    with other_owner(path) as process:
        with pytest.raises(DatabaseProblem, match="the bot runs already on"), owned(path):
            pass
        process.kill()
        process.wait()
        with owned(path):
            pass


def test_a_place_that_cannot_be_made_is_a_sentence(tmp_path: Path):
    (tmp_path / "file").touch()
    problem = pytest.raises(DatabaseProblem, match=r"can't be made .*`database\.path`")
    with problem, owned(tmp_path / "file" / "pika.db"):
        pass


# Transactions


async def test_a_cancelled_caller_leaves_no_open_transaction_and_its_work_commits(tmp_path: Path):
    path = tmp_path / "pika.db"
    began, go_on = threading.Event(), threading.Event()

    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO settings VALUES ('first', '')")
        began.set()
        go_on.wait()

    async with open_writer(path) as writer:
        caller = asyncio.create_task(writer.transact(work))
        await asyncio.to_thread(began.wait)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert noted(path) == set()
        go_on.set()
        await note(writer, "second")
        assert noted(path) == {"first", "second"}


async def test_failed_work_leaves_nothing_and_the_next_goes_on(tmp_path: Path):
    path = tmp_path / "pika.db"

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO settings VALUES ('lost', '')")
        raise KeyError("why")

    async with open_writer(path) as writer:
        with pytest.raises(KeyError, match="why"):
            await writer.transact(fail)
        await note(writer, "kept")
    assert noted(path) == {"kept"}


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        # Fails only at COMMIT, with the transaction still open.
        ("PRAGMA defer_foreign_keys = ON; INSERT INTO ledger VALUES (1, 1, 1, 1, 1, 99, 'grant', 1, 0, 0, 1, 0)", "FOREIGN KEY"),
        # Rolls back by itself.
        ("INSERT INTO settings VALUES ('a', ''); INSERT OR ROLLBACK INTO settings VALUES ('a', '')", "UNIQUE"),
    ],
)  # fmt: skip
async def test_whoever_rolls_back_the_writer_goes_on(tmp_path: Path, sql: str, error: str):
    path = tmp_path / "pika.db"

    def fail(connection: sqlite3.Connection) -> None:
        for statement in sql.split("; "):
            connection.execute(statement)

    async with open_writer(path) as writer:
        with pytest.raises(sqlite3.IntegrityError, match=error):
            await writer.transact(fail)
        await note(writer, "kept")
    assert noted(path) == {"kept"}


async def test_transactions_of_many_coroutines_never_interleave(tmp_path: Path):
    path = tmp_path / "pika.db"

    def increase(connection: sqlite3.Connection) -> None:
        number = int(first(connection, "SELECT value FROM settings WHERE key = 'n'"))
        connection.execute("UPDATE settings SET value = ? WHERE key = 'n'", (number + 1,))
        if number % 3 == 0:
            connection.execute("SAVEPOINT inner")
            connection.execute("DELETE FROM settings")
            connection.execute("ROLLBACK TO inner")

    async with open_writer(path) as writer:
        await note(writer, "n")
        await writer.transact(lambda db: db.execute("UPDATE settings SET value = '0'").close())
        await asyncio.gather(*(writer.transact(increase) for _ in range(100)))
    assert ask(path, "SELECT value FROM settings") == [("100",)]


async def test_version_4_is_brought_to_rules_and_budgets(tmp_path: Path):
    path = tmp_path / "pika.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((OLD_DATABASES / "0004.sql").read_text())
    before = ask(path, "SELECT guild_id, day, sum(held + spent) FROM ledger GROUP BY 1, 2")
    async with open_writer(path) as writer, open_reader(path) as reader:
        members = SqliteMembers(writer, reader)
        assert (await members.preferences(31)).chosen() == {"style": "Noir", "resolution": "1080p"}
        offered = await members.take_offer(1, member_id=31, since=0)
        assert offered is not None
        assert (offered[0].options.duration, offered[1]) == (10, 900_000)
    assert ask(path, "SELECT count(*) FROM jobs WHERE owner_day != quota_day") == [(0,)]
    assert ask(path, "SELECT count(*) FROM ledger WHERE owner_day != day OR bonus") == [(0,)]
    days = "SELECT guild_id, unixepoch(period) / 86400, taken FROM sums"
    days += " WHERE guild_id AND length(period) = 10 ORDER BY 1, 2"
    assert ask(path, days) == before
    months = "SELECT guild_id, period, taken FROM sums WHERE length(period) = 7 ORDER BY 1, 2"
    of_server = sum(int(str(taken)) for guild, _, taken in before if guild == 10)
    of_other = sum(int(str(taken)) for guild, _, taken in before if guild == 11)
    assert ask(path, months) == [
        (0, "2024-08", of_other),
        (0, "2024-10", of_server),
        (10, "2024-10", of_server),
        (11, "2024-08", of_other),
    ]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        ask(path, "UPDATE ledger SET bonus = 1")


async def test_version_5_is_brought_to_columns_of_its_deletions(tmp_path: Path):
    path = tmp_path / "pika.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((OLD_DATABASES / "0005.sql").read_text())
    was = ask(path, "SELECT id, shown, ended_at FROM jobs WHERE shown LIKE 'delet%' ORDER BY id")
    assert [shown for _, shown, _ in was] == [
        "deleted:maker",
        "deleted:moderator",
        "deleting:maker",
        "deleting:moderator",
        "deleted:maker",
    ]
    others = "SELECT id, shown FROM jobs WHERE id NOT IN (22, 23, 24, 25, 26) ORDER BY id"
    before = ask(path, others)
    async with open_writer(path), open_reader(path) as reader:
        past = SqlitePastVideos(reader)
        half = await past.deleting()
        assert [(job.id, job.deleted_by) for job in half] == [
            (24, DeletedBy.MAKER),
            (25, DeletedBy.MODERATOR),
        ]
        # 24 was made from the same two pictures as others.
        assert await past.only_of(half[0], half[0].inputs) == set()
    rows = (
        "SELECT id, deleted_by, deleted_at, erased_at, shown FROM jobs WHERE deleted_by IS NOT NULL"
    )
    (at,) = {ended_at for _, _, ended_at in was}
    assert ask(path, f"{rows} ORDER BY id") == [
        (22, "maker", at, at, "deleted"),
        (23, "moderator", at, at, "deleted"),
        (24, "maker", at, None, "delivered"),
        (25, "moderator", at, None, "delivered"),
        (26, "maker", at, at, "deleted"),
    ]
    assert ask(path, others) == before
    assert ask(path, "SELECT key, job_id FROM job_inputs ORDER BY job_id, key") == [
        ("inputs/aa/aa.jpg", 22),
        ("inputs/aa/aa.jpg", 24),
        ("inputs/bb/bb.jpg", 24),
        ("inputs/aa/aa.jpg", 27),
        ("inputs/bb/bb.jpg", 27),
        ("inputs/frames/1.jpg", 28),
    ]


@pytest.mark.parametrize("emptied", [False, True])
async def test_version_6_goes_on_in_its_servers_and_without_a_cap(tmp_path: Path, *, emptied: bool):
    path = tmp_path / "pika.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((OLD_DATABASES / "0006.sql").read_text())
        if emptied:
            connection.execute("DROP TRIGGER ledger_is_append_only_delete")
            for table in ("job_inputs", "grant_uses", "ledger", "jobs"):
                connection.execute(f"DELETE FROM {table}")  # a constant
            connection.commit()
    had_jobs = ask(path, "SELECT DISTINCT guild_id FROM jobs ORDER BY 1")
    assert bool(had_jobs) is not emptied
    async with open_writer(path) as writer, open_reader(path) as reader:
        store = SqliteJobStore(writer, reader, returns_per_day=3)
        assert await is_without_cap(store) is not emptied
        served = await SqliteServers(writer, reader).servers()
        assert sorted((one.guild_id,) for one in served if one.is_served) == had_jobs
