"""The doctor names what other users can read and how to close it, and what root should not do."""

import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests import preloaded
from tests.cli.command_line import CHECKOUT, SECRETS, Folder, make_folder
from tests.cli.ordinary_user import USER


@pytest.fixture
def folder() -> Generator[Folder]:
    """Return a folder that every user of this machine can get at."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield make_folder(Path(name))


@pytest.fixture
def token(folder: Folder) -> Path:
    token = folder.path / "token"
    token.write_text("discord-token-for-tests\n")
    return token


def test_the_file_of_a_secret_is_for_the_bots_user(folder: Folder, token: Path) -> None:
    token.chmod(0o644)
    said = folder.bot("doctor", "--offline", DISCORD_TOKEN=None, DISCORD_TOKEN_FILE="token")
    assert said.returncode == 0
    assert (
        "! private: other users of this machine can read the file of a secret: token\n"
        "    → if they should not: `chmod go-rwx token`\n"
    ) in said.stdout
    # It isn't read where the variable itself is set.
    assert "✓ private: " in folder.bot("doctor", "--offline", DISCORD_TOKEN_FILE="token").stdout
    token.chmod(0o600)
    said = folder.bot("doctor", "--offline", DISCORD_TOKEN=None, DISCORD_TOKEN_FILE="token")
    assert "✓ private: " in said.stdout


def test_root_is_told_to_run_it_as_an_ordinary_user(folder: Folder) -> None:
    said = folder.bot("doctor", "--offline").stdout
    assert ("→ run the bot as an ordinary user" in said) is (os.geteuid() == 0)


def test_an_archive_that_others_may_read_is_named(folder: Folder) -> None:
    videos = folder.path / "data" / "videos" / "videos"
    videos.mkdir(parents=True)
    for one in (videos, *videos.parents[:2]):
        one.chmod(0o750)
    said = folder.bot("doctor", "--offline")
    assert said.returncode == 0
    assert (
        "! private: other users of this machine can read the bot's data: data/videos/videos\n"
        in (said.stdout)
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_secret_of_another_owner_is_open_only_to_all(folder: Folder, token: Path) -> None:
    def said(**environment: str) -> str:
        fixed = {"FAL_KEY": SECRETS["FAL_KEY"], "DISCORD_TOKEN_FILE": "token"}
        python = {"PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"}
        return preloaded.run(
            ["tests.cli.ordinary_user", "doctor", "--offline"],
            fixed | python | environment,
            folder.path,
            patience=30,
        ).stdout

    # As Kubernetes mounts it, in a container without other users.
    token.chmod(0o444)
    warning = f"→ if they should not: as root, `chown {USER} token && chmod go-rwx token`"
    assert warning in said()
    assert "! user: " not in said()
    assert "✓ private: " in said(KUBERNETES_SERVICE_HOST="10.0.0.1")
    # By its group alone it is the bot's.
    os.chown(token, 0, USER)
    token.chmod(0o440)
    assert "✓ private: " in said()


def test_a_folder_in_which_others_may_replace_files_is_named(folder: Folder) -> None:
    data = folder.path / "data"
    data.mkdir(exist_ok=True)
    data.chmod(0o777)
    said = folder.bot("doctor", "--offline")
    assert said.returncode == 0
    assert f"other users of this machine can replace the bot's files in {data}" in said.stdout
    data.chmod(0o1777)
    assert "replace the bot's files" not in folder.bot("doctor", "--offline").stdout
