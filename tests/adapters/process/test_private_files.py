"""The database's files become its user's alone; what somebody else may need stays as it is."""

import os
import stat
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from bot.adapters.process.private_files import keep_private, open_to_others, places_beside

STRANGER = 1234


@pytest.fixture
def folder() -> Generator[Path]:
    """Return a folder as an older version left it, that every user can get at."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "data"
        folder.mkdir(0o755)
        folder.chmod(0o755)
        for file in ("", "-wal", "-shm", ".before-0007", ".replaced-20261123T081530.412-wal"):
            make(folder / f"pika.db{file}")
        make(folder / "backup.db", 0o600)
        (folder / "videos").mkdir(0o700)
        yield folder


def make(file: Path, mode: int = 0o644) -> Path:
    file.write_text("")
    file.chmod(mode)
    return file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_an_older_version_left_open_is_closed(folder: Path):
    database = folder / "pika.db"
    assert open_to_others(places_beside(database)) == places_beside(database)
    keep_private(database)
    assert {mode(file) for file in places_beside(database)} == {0o600}
    assert mode(folder) == 0o700


def test_a_folder_that_others_need_stays_open(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def is_left() -> bool:
        keep_private(folder / "pika.db")
        assert mode(folder / "pika.db") == 0o600
        return mode(folder) & 0o777 == 0o755

    page = make(folder / "index.html")
    assert is_left()
    page.unlink()
    for shared in (0o1755, 0o2755):
        folder.chmod(shared)
        assert is_left()
    folder.chmod(0o755)
    with monkeypatch.context() as context:
        context.setenv("HOME", str(folder))
        assert is_left()
    with monkeypatch.context() as context:
        context.setenv("HOME", str(folder / "videos"))
        assert is_left()
    for here in (folder, folder / "videos"):
        with monkeypatch.context() as context:
            context.chdir(here)
            assert is_left()
    assert not is_left()


def test_by_a_symbolic_link_the_database_itself_is_closed(folder: Path):
    link = folder.parent / "linked.db"
    link.symlink_to(folder / "pika.db")
    keep_private(link)
    assert mode(folder / "pika.db-wal") == 0o600
    assert (mode(folder), mode(folder.parent)) == (0o700, 0o755)


def test_what_isnt_the_databases_stays_open(folder: Path):
    page = make(folder / "index.html")
    (folder / "pika.db-journal").symlink_to(page)
    copies = [make(folder / "pika.db.for-the-web"), make(folder / "pika.db2")]
    keep_private(folder / "pika.db")
    assert {mode(file) for file in (page, *copies)} == {0o644}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_what_belongs_to_somebody_else_stays_as_it_is(folder: Path):
    theirs = [folder, folder / "pika.db-wal"]
    for path in theirs:
        os.chown(path, STRANGER, STRANGER)
    before = [mode(path) for path in theirs]
    keep_private(folder / "pika.db")
    assert [mode(path) for path in theirs] == before
    assert mode(folder / "pika.db") == 0o600


def test_a_file_is_open_if_others_can_get_at_it(folder: Path):
    file = make(folder / "token", 0o640)
    assert open_to_others([file]) == [file]
    # Others' way into the folder is not the group's.
    for right, is_open in ((0o701, True), (0o710, True), (0o700, False)):
        folder.chmod(right)
        assert bool(open_to_others([file])) is is_open
    file.chmod(0o604)
    for right, is_open in ((0o701, True), (0o710, False)):
        folder.chmod(right)
        assert bool(open_to_others([file])) is is_open
    assert open_to_others([folder / "missing"]) == []
