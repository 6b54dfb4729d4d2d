"""The start and the doctor do what the bot will have to do in each place, as an ordinary user."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from bot.domain.jobs.job import Status
from tests import preloaded
from tests.adapters.sqlite.store_harness import make_database
from tests.cli.command_line import CHECKOUT, SECRETS, Folder, make_folder
from tests.cli.ordinary_user import USER

STRANGER = 1234
FILES = ["pika.db", "pika.db-wal", "pika.db-shm", "pika.db.lock"]

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can give a file to somebody else"
)


@pytest.fixture
def folder() -> Generator[Folder]:
    """Return a folder of an ordinary user, below folders that everybody may enter."""
    with tempfile.TemporaryDirectory() as place:
        folder = make_folder(Path(place))
        data = folder.path / "data"
        data.mkdir()
        make_database(data, (Status.SUBMITTING,))
        give(folder.path, USER)
        yield folder


def give(path: Path, user: int) -> None:
    for one in (path, *path.rglob("*")):
        os.chown(one, user, user)


def as_ordinary(folder: Folder, *arguments: str) -> CompletedProcess[str]:
    environment = SECRETS | {"PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"}
    return preloaded.run(
        ["tests.cli.ordinary_user", *arguments], environment, folder.path, patience=30
    )


def problem(folder: Folder) -> str:
    """Return the sentence of the start, which the doctor says as well."""
    ended = as_ordinary(folder, "run")
    assert (ended.returncode, ended.stdout) == (1, ""), ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr
    sentence = ended.stderr.removeprefix("pika-bot: ").strip()
    examined = as_ordinary(folder, "doctor", "--offline")
    assert (examined.returncode, examined.stderr) == (1, "")
    assert f"✗ database folder: {sentence}\n" in examined.stdout
    return sentence


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_somebody_else_is_named_with_its_owner_and_the_cure(folder: Folder, name: str):
    file = folder.path / "data" / name
    file.touch()
    file.chmod(0o644)
    os.chown(file, STRANGER, STRANGER)
    sentence = problem(folder)
    assert f"data/{name} can't be written (Permission denied): " in sentence
    assert f"belongs to user {STRANGER}, and this runs as user {USER}; as root, `chown" in sentence
    cure = sentence.split("`")[1].split()
    assert cure[:3] == ["chown", "-R", f"{USER}:{USER}"]
    give(folder.path / cure[3], USER)
    assert as_ordinary(folder, "doctor", "--offline").returncode == 0


def test_a_folder_of_somebody_else_is_named(folder: Folder):
    data = folder.path / "data"
    os.chown(data, STRANGER, STRANGER)
    sentence = problem(folder)
    assert "data" in sentence
    assert f"belongs to user {STRANGER}" in sentence


def test_a_folder_without_the_right_to_write_is_given_it_back(folder: Folder):
    data = folder.path / "data"
    data.chmod(0o500)
    assert "`chmod -R u+rwX " in problem(folder)
    data.chmod(0o700)
    assert as_ordinary(folder, "doctor", "--offline").returncode == 0


def test_what_root_makes_is_the_folders_owners(folder: Folder):
    """A command with sudo leaves nothing that the bot can't write."""
    data = folder.path / "data"
    assert folder.bot("backup", "b.db").returncode == 0
    assert folder.bot("restore", "b.db").returncode == 0
    folder.bot("doctor", "--offline")
    assert {one.stat().st_uid for one in data.iterdir()} == {USER}
    assert as_ordinary(folder, "doctor", "--offline").returncode == 0


def test_a_heartbeat_that_root_left_ends_no_bot(folder: Folder):
    beat = folder.path / "data" / "pika.db.alive"
    beat.touch(mode=0o600)
    program = (
        "from pathlib import Path; import sys\n"
        "from bot.adapters.process.heartbeat import Heartbeat\n"
        "from tests.cli.ordinary_user import drop\n"
        "drop()\n"
        "heartbeat = Heartbeat(Path(sys.argv[1]))\n"
        "heartbeat.beat(); heartbeat.stop(); heartbeat.beat()\n"
    )
    subprocess.run([sys.executable, "-c", program, beat.with_suffix("")], check=True, cwd=CHECKOUT)
    assert beat.stat().st_uid == USER
