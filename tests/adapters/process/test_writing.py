"""Trial writing, as an ordinary user: root may write everywhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.adapters.process.writing import try_writing, writing_problem


def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path: Path):
    try_writing(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["nowhere", "a file"])
def test_a_folder_that_is_none_is_an_error(tmp_path: Path, name: str):
    (tmp_path / "a file").touch()
    with pytest.raises(OSError, match=r"No such file|Not a directory"):
        try_writing(tmp_path / name)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path):
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from bot.adapters.process.writing import try_writing\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try_writing(Path(sys.argv[1]))\n"
    )
    tried = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert "File too large" in tried.stderr
    assert list(tmp_path.iterdir()) == []


def sentence_for(path: Path, user: int) -> str:
    """Return the sentence that a process of `user` prints about writing to `path`."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from bot.adapters.process.writing import try_writing, writing_problem\n"
        "import os\n"
        f"os.getuid() == 0 and (os.setgroups([]), os.setgid({user}), os.setuid({user}))\n"
        "folder = Path(sys.argv[1])\n"
        "try: try_writing(folder)\n"
        "except OSError as error: print(writing_problem(folder, error))\n"
    )
    tried = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    return tried.stdout.strip()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to somebody else")
def test_somebody_elses_folder_is_named_with_its_owner_and_the_cure(tmp_path: Path):
    folder = tmp_path / "data"
    folder.mkdir()
    for open_folder in (tmp_path, *tmp_path.parents[:3]):
        open_folder.chmod(0o755)
    os.chown(folder, 1234, 1234)
    assert sentence_for(folder, 54321) == (
        f"{folder} can't be written (Permission denied): {folder} belongs to user 1234, and this"
        f" runs as user 54321; as root, `chown -R 54321:54321 {folder}` gives it to the"
        " bot."
    )
    os.chown(folder, 54321, 54321)
    folder.chmod(0o500)
    assert f"`chmod -R u+rwX {folder}`" in sentence_for(folder, 54321)


def test_other_reasons_have_their_own_cures():
    path = Path("data")
    assert "free some space" in writing_problem(path, OSError(28, "No space left on device"))
    assert "writable" in writing_problem(path, OSError(30, "Read-only file system"))
    assert "another place" in writing_problem(path, OSError(5, "Input/output error"))
