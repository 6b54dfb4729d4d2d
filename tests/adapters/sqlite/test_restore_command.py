"""The command that puts a backup in place, so that no step has to be remembered."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.sqlite import backup as module
from bot.adapters.sqlite.backup import Restored, back_up, restore
from bot.adapters.sqlite.database import DatabaseProblem, check_exists, migrations, open_writer
from bot.adapters.sqlite.ownership import InUse, check_log, owned
from bot.domain.jobs.job import Status
from tests.adapters.sqlite.owner import other_owner
from tests.adapters.sqlite.store_harness import NOW, make_database, open_stage
from tests.adapters.sqlite.test_backup import ask, ask_and_commit, ignore, make_old, mark, names
from tests.adapters.sqlite.test_wal import run, written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a database whose newest changes are only in its log, as after a kill."""
    path = make_database(tmp_path, (), (Status.CANCELED,), (Status.SUBMITTING,))
    run(path, "old", 3, end="clean")
    return path


@pytest.fixture
def copy(path: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "copy.db"
    back_up(path, copy, ignore)
    run(path, "new", 5)
    return copy


def test_a_backup_is_put_in_place_of_a_killed_bots_database(path: Path, copy: Path):
    before, at = copy.read_bytes(), mark(copy)
    restored = restore(copy, path)
    assert restored.kept is not None
    assert restored == Restored(jobs=3, waiting=1, copied_at=at, kept=restored.kept, kept_log=None)
    assert copy.read_bytes() == before
    check_log(path)
    assert written(path) == ["old 0", "old 1", "old 2"]
    assert mark(path) == at
    # What was there is whole, with what was only in its log.
    assert len(written(restored.kept)) == 3 + 5
    run(path, "next", 1, end="clean")
    assert written(path) == ["next 0", "old 0", "old 1", "old 2"]


def test_a_copy_without_a_mark_is_of_its_last_change(path: Path, tmp_path: Path):
    raw = tmp_path / "raw.db"
    shutil.copy(path, raw)
    assert restore(raw, path).copied_at == NOW == mark(path)


def test_the_newest_number_is_given_to_no_other_job(path: Path, copy: Path):
    for _ in range(2):
        restore(copy, path)
        ask_and_commit(path, "UPDATE sqlite_sequence SET seq = seq + 7 WHERE name = 'jobs'")
    assert ask(path, "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'") == [(10_003 + 14,)]


def test_beside_a_running_bot_nothing_is_restored(path: Path, copy: Path):
    content = path.read_bytes()
    run(path, "then", 1, end="clean")
    content = path.read_bytes()
    with other_owner(path), pytest.raises(InUse, match="the bot runs already on"):
        restore(copy, path)
    assert path.read_bytes() == content


def damaged(copy: Path) -> None:
    content = copy.read_bytes()
    copy.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))


def foreign(copy: Path) -> None:
    copy.unlink()
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("CREATE TABLE cats (name TEXT)")


def newer(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA user_version = 99")


def text(copy: Path) -> None:
    copy.write_text("a text")


def folder(copy: Path) -> None:
    copy.unlink()
    copy.mkdir()


def empty(copy: Path) -> None:
    copy.write_bytes(b"")


def beside_a_log(copy: Path) -> None:
    shutil.copy(copy.with_name("pika.db-wal"), f"{copy}-wal")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (damaged, "malformed|is damaged, so nothing was changed"),
        (foreign, r"is no database of this bot; name one of its backups"),
        (newer, r"has version 99, but this bot knows \d+ at most; restore it with the newer bot"),
        (beside_a_log, r"copy\.db-wal belongs to the database that was here before"),
        (text, "file is not a database"),
        (Path.unlink, r"there is no file .*copy\.db; name a copy made by `python -m bot backup`"),
        (folder, r"copy\.db is a folder; name the file that `python -m bot backup` made"),
        (empty, r"copy\.db is empty; name a copy made by `python -m bot backup`"),
    ],
)
def test_what_is_no_backup_changes_nothing(
    path: Path, copy: Path, spoil: Callable[[Path], None], sentence: str
):
    spoil(copy)
    before = {name: (path.parent / name).read_bytes() for name in ("pika.db", "pika.db-wal")}
    with pytest.raises(DatabaseProblem, match=sentence):
        restore(copy, path)
    assert {name: (path.parent / name).read_bytes() for name in before} == before
    assert not [name for name in names(path.parent) if "replaced" in name or "part" in name]
    with pytest.raises(DatabaseProblem, match="is the database itself"):
        restore(path, path)


def test_the_last_changes_of_a_lost_database_are_kept(path: Path, copy: Path, tmp_path: Path):
    lost = path.rename(tmp_path / "lost.db")
    log = Path(f"{path}-wal").read_bytes()
    restored = restore(copy, path)
    assert restored.kept is None
    assert restored.kept_log is not None
    assert restored.kept_log.read_bytes() == log
    check_log(path)
    assert written(path) == ["old 0", "old 1", "old 2"]
    # The database turns up: beside its log it is whole again.
    found = lost.rename(str(restored.kept_log).removesuffix("-wal"))
    assert restore(found, path).kept_log is None
    assert len(written(path)) == 3 + 5


def test_an_empty_log_without_a_database_is_nothing_to_keep(copy: Path, tmp_path: Path):
    path = tmp_path / "new.db"
    Path(f"{path}-wal").touch()
    assert restore(copy, path).kept_log is None
    assert not [name for name in names(tmp_path) if "replaced" in name]


def test_an_older_backup_and_a_place_without_a_database(tmp_path: Path):
    old, path = tmp_path / "old.db", tmp_path / "data" / "pika.db"
    make_old(old)
    restored = restore(old, path)
    assert (restored.jobs, restored.kept) == (5, None)
    assert ask(path, "PRAGMA user_version") == [(1,)]
    check_exists(path)


async def test_a_restored_database_begins_with_its_gap(path: Path, copy: Path, tmp_path: Path):
    restore(copy, path)
    with owned(path):
        async with open_writer(path):
            pass
        async with open_stage(tmp_path) as stage:
            fresh = await stage.submit()
    assert fresh.id == 10_004
    assert ask(path, "PRAGMA user_version") == [(migrations()[-1][0],)]
    assert mark(path)


@pytest.mark.parametrize("killed_at", ["_keep", "rename_durably", "_remove_log"])
def test_a_kill_leaves_the_old_database_or_is_noticed(
    path: Path, copy: Path, killed_at: str, monkeypatch: pytest.MonkeyPatch
):
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, killed_at, die)
    with pytest.raises(KeyboardInterrupt):
        restore(copy, path)
    monkeypatch.undo()
    if killed_at == "_remove_log":
        with pytest.raises(DatabaseProblem, match="belongs to the database that was here before"):
            check_log(path)
    else:
        check_log(path)
        assert len(written(path)) == 3 + 5
    restore(copy, path)
    check_log(path)
    assert written(path) == ["old 0", "old 1", "old 2"]


def test_where_there_are_no_links_the_old_database_is_copied(
    path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    kept = restore(copy, path).kept
    assert kept is not None
    assert len(written(kept)) == 3 + 5
