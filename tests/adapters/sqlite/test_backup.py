import asyncio
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.process.clock import SystemClock
from bot.adapters.sqlite.backup import Backup, back_up
from bot.adapters.sqlite.database import (
    DatabaseProblem,
    migrations,
    open_writer,
)
from bot.domain.jobs.job import Status
from tests.adapters.sqlite.store_harness import make_database, open_stage

OLD_DATABASES = Path(__file__).with_name("old_databases")
NEWEST = migrations()[-1][0]


def ask(path: Path, sql: str) -> list[tuple[str | int | None, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def ignore(_: int) -> None:
    """Take no interest in how far it is."""


def mark(path: Path) -> int:
    ((value,),) = ask(path, "SELECT value FROM settings WHERE key = 'copied_at'")
    return int(str(value))


def names(folder: Path) -> set[str]:
    """Return what files there are, but for those that SQLite keeps beside a database."""
    found = {file.name for file in folder.iterdir()}
    return {name for name in found if not name.endswith(("-wal", "-shm"))}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return make_database(tmp_path, (), (Status.CANCELED,), (Status.SUBMITTING,))


def test_a_copy_holds_everything_and_says_when_it_was_made(tmp_path: Path, database: Path):
    before = SystemClock().now()
    copy = tmp_path / "copy.db"
    seen: list[int] = []
    kept = back_up(database, copy, seen.append)
    assert kept == Backup(size=copy.stat().st_size, jobs=3)
    assert seen[-1] > 0
    for table in ("jobs", "ledger"):
        sql = f"SELECT * FROM {table} ORDER BY id"
        assert ask(copy, sql) == ask(database, sql)
    assert ask(copy, "PRAGMA user_version") == [(NEWEST,)]
    assert before <= mark(copy) <= SystemClock().now()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert ask(database, "SELECT key FROM settings") == []
    assert names(tmp_path) == {"pika.db", "copy.db"}


def test_a_copy_of_a_copy_is_as_old_as_the_first(tmp_path: Path, database: Path):
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    back_up(database, first, ignore)
    ask_and_commit(first, "UPDATE settings SET value = '5' WHERE key = 'copied_at'")
    back_up(first, second, ignore)
    assert mark(second) == 5


async def test_numbers_of_jobs_that_a_copy_doesnt_know_arent_given_again(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        await stage.submit()
        back_up(tmp_path / "pika.db", tmp_path / "copy.db", ignore)
        forgotten = await stage.submit()
    (tmp_path / "later").mkdir()
    (tmp_path / "copy.db").rename(tmp_path / "later" / "pika.db")
    async with open_stage(tmp_path / "later") as stage:
        fresh = await stage.submit()
    assert (forgotten.id, fresh.id) == (2, 10_002)


def test_nothing_is_overwritten(tmp_path: Path, database: Path):
    copy = tmp_path / "copy.db"
    copy.write_text("precious")
    with pytest.raises(DatabaseProblem, match=r"copy\.db exists already"):
        back_up(database, copy, ignore)
    assert copy.read_text() == "precious"

    # Nor is a file that comes meanwhile.
    other = tmp_path / "other.db"

    def come_between(_: int) -> None:
        other.write_text("precious")

    with pytest.raises(DatabaseProblem, match=r"other\.db exists already"):
        back_up(database, other, come_between)
    assert other.read_text() == "precious"
    assert names(tmp_path) == {"pika.db", "copy.db", "other.db"}


def test_without_a_database_or_a_folder_there_is_a_sentence_with_the_cure(
    tmp_path: Path, database: Path
):
    with pytest.raises(DatabaseProblem, match="there is no database at"):
        back_up(tmp_path / "none.db", tmp_path / "copy.db", ignore)
    copy = tmp_path / "none" / "copy.db"
    with pytest.raises(DatabaseProblem) as raised:
        back_up(database, copy, ignore)
    assert str(raised.value) == (
        f"no copy can be made at {copy} (No such file or directory): name a file in a folder that"
        " exists and that the bot may write to, such as its database's."
    )
    assert names(tmp_path) == {"pika.db"}


def test_a_damaged_database_leaves_no_copy(tmp_path: Path, database: Path):
    content = database.read_bytes()
    database.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))
    with pytest.raises(DatabaseProblem, match="malformed"):
        back_up(database, tmp_path / "copy.db", ignore)
    assert names(tmp_path) == {"pika.db"}


async def test_the_bot_writes_on_while_it_is_copied(tmp_path: Path):
    """The copy is of one moment: each job is in it with its ledger row, or not at all."""
    copying, enough = threading.Event(), threading.Event()

    def hold_up(_: int) -> None:
        copying.set()
        assert enough.wait(30)

    async with open_stage(tmp_path) as stage:
        for _ in range(5):
            await stage.submit(videos_per_day=1000)
        path, copy = tmp_path / "pika.db", tmp_path / "copy.db"
        backing_up = asyncio.create_task(asyncio.to_thread(back_up, path, copy, hold_up))
        await asyncio.to_thread(copying.wait)
        for _ in range(5):
            await stage.submit(videos_per_day=1000)
        enough.set()
        assert (await backing_up).jobs == 5
    assert ask(copy, "SELECT count(*) FROM ledger") == [(5,)]
    assert ask(path, "SELECT count(*) FROM jobs") == [(10,)]


def ask_and_commit(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


# Before a migration


def make_old(path: Path, version: int = 1) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((OLD_DATABASES / f"{version:04}.sql").read_text())


async def test_what_an_older_bot_wrote_is_kept_as_it_was(tmp_path: Path):
    path = tmp_path / "pika.db"
    make_old(path)
    rows = ask(path, "SELECT * FROM jobs ORDER BY id")
    for stale in ("pika.db.before-0001", "pika.db.before-0000"):
        (tmp_path / stale).touch()
    (tmp_path / "pika.db.before-lunch").touch()
    async with open_writer(path):
        pass
    kept = tmp_path / "pika.db.before-0002"
    assert names(tmp_path) == {"pika.db", kept.name, "pika.db.before-lunch"}
    assert ask(kept, "PRAGMA user_version") == [(1,)]
    assert ask(kept, "SELECT * FROM jobs ORDER BY id") == rows
    assert mark(kept) > 0
    assert ask(path, "SELECT key FROM settings WHERE key = 'copied_at'") == []


async def test_a_copy_that_is_migrated_gives_no_number_again(tmp_path: Path):
    path = tmp_path / "pika.db"
    make_old(path)
    async with open_writer(path):
        pass
    kept = tmp_path / "pika.db.before-0002"
    kept.replace(path)
    async with open_writer(path):
        pass
    assert ask(path, "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'") == [(10_005,)]


async def test_a_new_database_and_a_current_one_are_not_copied(tmp_path: Path):
    path = tmp_path / "pika.db"
    for _ in range(2):
        async with open_writer(path):
            pass
    assert names(tmp_path) == {"pika.db"}


async def test_without_room_for_the_copy_nothing_is_migrated(tmp_path: Path):
    path = tmp_path / "pika.db"
    make_old(path)
    (tmp_path / "pika.db.before-0002").mkdir()
    with pytest.raises(
        DatabaseProblem, match=r"isn't brought to a newer version: .*before-0002 can't be written"
    ):
        async with open_writer(path):
            pass
    assert ask(path, "PRAGMA user_version") == [(1,)]
    assert ask(path, "SELECT count(*) FROM jobs") == [(5,)]
