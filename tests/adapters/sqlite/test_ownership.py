"""The lock belongs to the file itself, by any name, link or mount."""

import fcntl
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.sqlite.backup import back_up
from bot.adapters.sqlite.database import DatabaseProblem, open_reader, open_writer
from bot.adapters.sqlite.ownership import InUse, locked, owned
from tests.adapters.sqlite.owner import other_owner
from tests.adapters.sqlite.test_backup import ignore


def symbolic(path: Path) -> Path:
    (path.parent / "other.db").symlink_to(path)
    return path.parent / "other.db"


def chain(path: Path) -> Path:
    (path.parent / "third.db").symlink_to(symbolic(path).name)
    return path.parent / "third.db"


def folder(path: Path) -> Path:
    (path.parent.parent / "elsewhere").symlink_to(path.parent)
    return path.parent.parent / "elsewhere" / path.name


def hard(path: Path) -> Path:
    (path.parent.parent / "hard.db").hardlink_to(path)
    return path.parent.parent / "hard.db"


def roundabout(path: Path) -> Path:
    return path.parent / ".." / path.parent.name / path.name


NAMES = [symbolic, chain, folder, hard, roundabout]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "pika.db"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_first", [True, False])
async def test_by_any_name_it_is_one_database(
    path: Path, name: Callable[[Path], Path], is_first: bool
):
    async with open_writer(path):
        pass
    other = name(path)
    first, second = (path, other) if is_first else (other, path)
    with other_owner(first):
        with pytest.raises(InUse, match="the bot runs already on"), owned(second):
            pass
        with pytest.raises(InUse, match="the bot runs already on"), locked(second):
            pass
    with owned(second):
        pass


@pytest.mark.parametrize("name", [symbolic, chain, folder])
def test_a_database_that_doesnt_exist_yet_is_one_as_well(path: Path, name: Callable[[Path], Path]):
    other = name(path)
    with other_owner(other), pytest.raises(InUse), owned(path):
        pass


def test_by_another_mount_it_is_one_database(tmp_path: Path, path: Path):
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    (tmp_path / "mounted").mkdir()
    (tmp_path / "mounted.db").touch()
    program = (
        "import sys; from pathlib import Path\n"
        "from bot.adapters.sqlite.ownership import InUse, owned\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n"
        "        with owned(Path(name)): print('owned')\n"
        "    except InUse: print('in use')\n"
    )
    script = (
        "mount --bind data mounted && mount --bind data/pika.db mounted.db"
        f' && "{sys.executable}" -c "$PROGRAM" mounted/pika.db mounted.db'
    )
    with other_owner(path):
        said = subprocess.run(
            ["unshare", "-m", "sh", "-c", script],
            cwd=tmp_path,
            env=os.environ | {"PROGRAM": program, "PYTHONPATH": str(Path.cwd())},
            check=True,
            capture_output=True,
            text=True,
        )
    assert said.stdout == "in use\nin use\n"


@pytest.mark.parametrize("beside", ["pika.db.lock", "other.db.lock"])
def test_an_older_bot_and_this_one_exclude_each_other(path: Path, beside: str):
    """An older bot's lock is beside the name that it was given."""
    path.touch()
    other = symbolic(path)
    with (path.parent / beside).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InUse), owned(other):
            pass
    with owned(other), (path.parent / beside).open("w") as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


async def test_the_lock_outlives_every_connection_and_is_in_nobodys_way(path: Path):
    """SQLite's own locks end when any descriptor of the file is closed; this one doesn't."""
    script = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1])\n"
        "connection.execute(\"INSERT INTO settings VALUES ('other', '')\")\n"
        "connection.commit()\n"
        "connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')\n"
    )
    tried = (
        "import sys; from pathlib import Path\n"
        "from bot.adapters.sqlite.ownership import owned\n"
        "with owned(Path(sys.argv[1])): pass\n"
    )

    def other(program: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", program, str(hardlink)]
        return subprocess.run(command, check=False, capture_output=True, text=True)

    with owned(path):
        hardlink = hard(path)
        async with open_writer(path) as writer, open_reader(path) as reader:
            await writer.execute("INSERT INTO settings VALUES ('own', '')")
            command = [sys.executable, "-c", script, str(path)]
            subprocess.run(command, check=True)  # noqa: ASYNC221  # nothing else runs here
            back_up(path, path.parent / "copy.db", ignore)
            row = await reader.row("SELECT count(*) FROM settings")
            assert row is not None
            assert row[0] == 2
            assert "InUse" in other(tried).stderr
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("SELECT * FROM settings").fetchall()
        path.read_bytes()  # noqa: ASYNC240  # as above
        assert "InUse" in other(tried).stderr
    assert other(tried).stderr == ""


def test_a_folder_that_is_a_file_is_a_sentence(path: Path):
    path.touch()
    with pytest.raises(DatabaseProblem, match="can't be made"), owned(path / "below" / "pika.db"):
        pass
