"""The doctor and the start's log say which walls this machine lacks."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import pytest

from bot.adapters.process.walls import standing_walls
from tests import preloaded
from tests.cli.command_line import CHECKOUT, SECRETS, make_folder

ENVIRONMENT = SECRETS | {"PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"}
NO_LANDLOCK = (
    "there is no Landlock, so a decoder that is taken over could read and change the files of the"
    " bot's user"
)
NO_SECCOMP = (
    "there is no seccomp, so a decoder that is taken over could start programs and use the network"
)
OPEN_MEMORY = (
    "the bot's memory isn't closed, so other programs of its user could read its token and key"
)
CURES = {
    NO_LANDLOCK: "/sys/kernel/security/lsm",
    NO_SECCOMP: "CONFIG_SECCOMP_FILTER",
    OPEN_MEMORY: "PR_SET_DUMPABLE",
}

pytestmark = pytest.mark.skipif(
    not all(wall in standing_walls() for wall in ("Landlock", "seccomp")),
    reason=f"walls can't be taken away that aren't there; there is {standing_walls()}",
)


def doctors_word(folder: Path, walls: str) -> list[dict[str, object]]:
    """Return the doctor's checks of the walls, on a kernel without some."""
    arguments = ["tests.weaker_kernel", walls, "bot", "doctor", "--offline", "--json"]
    ended = preloaded.run(arguments, ENVIRONMENT, folder, patience=60)
    assert ended.returncode == 0, ended.stderr
    report = cast("dict[str, list[dict[str, object]]]", json.loads(ended.stdout))
    return [check for check in report["checks"] if check["name"] == "walls"]


@pytest.mark.parametrize(
    ("walls", "details"),
    [
        ("landlock", [NO_LANDLOCK]),
        ("seccomp", [NO_SECCOMP]),
        ("memory", [OPEN_MEMORY]),
        ("landlock,seccomp,prctl", [NO_LANDLOCK, NO_SECCOMP, OPEN_MEMORY]),
    ],
)
def test_the_doctor_names_the_missing_walls_and_their_cures(
    tmp_path: Path, walls: str, details: list[str]
):
    make_folder(tmp_path)
    checks = doctors_word(tmp_path, walls)
    assert [check["detail"] for check in checks] == details
    for check in checks:
        cure = str(check["fix"])
        named = [detail for detail, word in CURES.items() if word in cure]
        assert named == [check["detail"]], cure


def test_the_doctor_names_the_walls_that_stand(tmp_path: Path):
    make_folder(tmp_path)
    (check,) = doctors_word(tmp_path, "")
    assert check["detail"] == f"decoders run behind {standing_walls()}"


@pytest.mark.parametrize(
    ("walls", "standing", "missing"),
    [
        ("", standing_walls(), []),
        ("landlock,seccomp,prctl", "no wall", [NO_LANDLOCK, NO_SECCOMP, OPEN_MEMORY]),
    ],
)
def test_the_start_logs_it_once(tmp_path: Path, walls: str, standing: str, missing: list[str]):
    make_folder(tmp_path)
    command = [sys.executable, "-m", "tests.weaker_kernel", walls, "bot", "run"]
    log = tmp_path / "log"
    with log.open("w") as file:
        bot = subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stderr=file)
    try:
        # Nobody listens where Discord should be.
        while "can't log in" not in log.read_text():
            assert bot.poll() is None, log.read_text()
            time.sleep(0.01)
        bot.terminate()
        assert bot.wait() == 0
    finally:
        bot.kill()
    logged = log.read_text().splitlines()
    lines = [line for line in logged if "behind" in line or "walls" in line]
    assert len(lines) == 1 + len(missing)
    assert lines[0].endswith(f"INFO    bot.app: decoders run behind {standing}")
    for line, sentence in zip(lines[1:], missing, strict=True):
        assert line.endswith(f"WARNING bot.app: walls: {sentence}")
