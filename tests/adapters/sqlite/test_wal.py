"""A log that another database left behind is noticed; the database's own never is."""

import asyncio
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.sqlite.backup import back_up
from bot.adapters.sqlite.database import DatabaseProblem
from bot.adapters.sqlite.ownership import check_log, owned
from sandbox.bot_process import CHECKOUT
from tests import preloaded
from tests.adapters.sqlite.test_backup import ignore

KILLED = 9
WRITER = "tests.adapters.sqlite.dying_writer"


def run(path: Path, name: str, facts: int = 30, *, end: str = "", stage: str = "") -> None:
    arguments = [WRITER, str(path), name, str(facts), stage, end]
    ended = preloaded.run(arguments, {}, CHECKOUT, patience=60)
    assert ended.returncode == (0 if end == "clean" else KILLED), ended.stderr


def written(path: Path) -> list[str]:
    """Return the facts of the runs, in the order of their names."""
    with closing(sqlite3.connect(path)) as connection:
        rows: list[tuple[str]] = connection.execute(
            "SELECT key FROM settings WHERE key GLOB '* *' ORDER BY key"
        ).fetchall()
    return [key for (key,) in rows]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pika.db"


def by_backup(path: Path, copy: Path) -> None:
    back_up(path, copy, ignore)


def by_copying(path: Path, copy: Path) -> None:
    shutil.copy(path, copy)


def over(copy: Path, path: Path) -> None:
    shutil.copy(copy, path)


def instead(copy: Path, path: Path) -> None:
    shutil.copy(copy, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


@pytest.mark.parametrize("copied", [by_backup, by_copying])
@pytest.mark.parametrize("put", [over, instead])
@pytest.mark.parametrize("end", ["", "checkpoint"], ids=["all in the log", "some in the log"])
def test_a_database_that_was_put_back_is_not_mixed_with_an_old_log(
    path: Path, copied: Callable[..., None], put: Callable[..., None], end: str
):
    run(path, "first", 3, end="clean")
    copy = path.with_suffix(".copy")
    copied(path, copy)
    run(path, "second", end=end)
    put(copy, path)
    with pytest.raises(DatabaseProblem, match=r"pika\.db-wal belongs to the database that was"):
        check_log(path)
    with pytest.raises(DatabaseProblem) as caught, owned(path):
        pass
    subprocess.run(str(caught.value).split("`")[1], shell=True, check=True)
    run(path, "third", 1, end="clean")
    assert written(path) == ["first 0", "first 1", "first 2", "third 0"]


@pytest.mark.parametrize("stage", ["_note", "touch", "_salt"])
@pytest.mark.parametrize("end", ["before", "after"])
def test_a_crash_in_a_start_costs_nothing_and_stops_nobody(path: Path, stage: str, end: str):
    run(path, "first", 3)
    run(path, "lost", stage=stage, end=end)
    run(path, "lost", stage=stage, end=end)
    run(path, "second", 2, end="clean")
    run(path, "lost", stage=stage, end=end)
    run(path, "third", 1)
    check_log(path)
    assert written(path) == ["first 0", "first 1", "first 2", "second 0", "second 1", "third 0"]


def test_runs_that_all_crashed_are_one_database(path: Path):
    for number in range(4):
        run(path, f"run{number}", 1, end="checkpoint" if number % 2 else "")
        check_log(path)
    assert written(path) == ["run0 0", "run1 0", "run2 0", "run3 0"]


@pytest.mark.parametrize("left_out", [[], [".lock"]])
def test_a_folder_that_was_copied_as_a_whole_is_a_database(
    path: Path, tmp_path: Path, left_out: list[str]
):
    run(path, "first", 3)
    other = tmp_path / "moved" / "pika.db"
    other.parent.mkdir()
    for beside in ("", "-wal", ".lock"):
        if beside not in left_out:
            shutil.copy(f"{path}{beside}", f"{other}{beside}")
    run(path, "second", 3)
    # A pair that was put back, beside the lock of a later run.
    for beside in ("", "-wal"):
        shutil.copy(f"{other}{beside}", f"{path}{beside}")
    Path(f"{path}-shm").unlink()
    for one in (path, other):
        run(one, "third", 1, end="clean")
        assert written(one) == ["first 0", "first 1", "first 2", "third 0"]


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_log_without_its_database_is_kept(path: Path, is_empty: bool):
    """SQLite would delete it, with all that the disk still has of the last videos."""
    run(path, "first", 3)
    kept = path.with_suffix(".kept")
    path.rename(kept)
    if is_empty:
        path.touch()
    with pytest.raises(DatabaseProblem, match=r"pika\.db is missing or empty, but .*-wal holds"):
        check_log(path)
    with pytest.raises(DatabaseProblem, match="put back the file"), owned(path):
        pass
    assert path.exists() == is_empty
    kept.replace(path)
    run(path, "second", 1, end="clean")
    assert written(path)[0] == "first 0"


async def test_a_running_bots_log_is_its_own(path: Path, tmp_path: Path):
    """Looks at it while it is written, as the operator's commands do."""
    errors = tmp_path / "errors"
    arguments = [WRITER, str(path), "first", "400", "", "checkpoint"]
    process = await preloaded.fork(arguments, {}, errors, errors)
    looks = 0
    while process.returncode is None:
        await asyncio.to_thread(check_log, path)
        looks += 1
    assert looks > 0
    assert len(written(path)) == 400
