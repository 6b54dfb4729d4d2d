"""A decoder that was taken over: a probe in the place of each asks for what none should have.

The probes are started by the real bot's start and adapters, as an ordinary user, who is named where
something stays open. Each right that this kernel can close is closed; the others are named. And
each wall that is taken away shows.
"""

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest

from bot.adapters.media import bounded_process
from tests.adapters.media.video_files import film
from tests.cli.command_line import CHECKOUT, SECRETS, make_folder
from tests.unprivileged import become_ordinary, give, ordinary_user

Outcomes = dict[str, dict[str, str]]

DATABASE = {"the database, read", "the database, written"}
FILES = {"files elsewhere, read", "files elsewhere, written"}
MEMORY = {"the bot's environment", "the bot's memory"}
OTHER_PROCESSES = {"fork", "a grandchild that stays", "the bot's limits"}
SOCKETS = {"the network", "the operator's socket"}
REST = {"files' modes and times", "a life after the bot's", "memory that isn't counted"}
BY_SECCOMP = OTHER_PROCESSES | SOCKETS | REST
SIGNALS, EXEC = {"signals to the bot"}, {"exec"}
STATUS = Path("/proc/self/status")
ALL = DATABASE | FILES | MEMORY | BY_SECCOMP | SIGNALS | EXEC | {"its own limits"}


def landlock_version() -> int:
    """Ask the kernel itself."""
    return max(0, cast("int", ctypes.CDLL(None).syscall(444, None, ctypes.c_long(0), 1)))


def has_seccomp() -> bool:
    is_known = os.uname().machine in {"x86_64", "aarch64"} and sys.maxsize > 2**32
    return is_known and "Seccomp:" in STATUS.read_text()


def yama() -> int:
    """Return how far this kernel keeps even processes of one user from each other's memory."""
    file = Path("/proc/sys/kernel/yama/ptrace_scope")
    return int(file.read_text()) if file.exists() else 0


def open_without(walls: set[str]) -> set[str]:
    """Return the rights that are open on a kernel like this without these walls."""
    landlock = 0 if "landlock" in walls else landlock_version()
    seccomp = has_seccomp() and "seccomp" not in walls
    rights = set[str]()
    if not landlock:
        rights |= DATABASE | FILES
        if "memory" in walls:
            rights |= MEMORY if yama() == 0 else MEMORY - {"the bot's memory"}
    if not seccomp:
        rights |= BY_SECCOMP
        rights |= SIGNALS if landlock < 6 else set()
        # Files are truncated without being written from version 3 on only by who may.
        rights |= {right for right in DATABASE | FILES if "written" in right and landlock < 3}
        rights |= set() if landlock else EXEC
    return rights


def probed(walls: str = "") -> dict[str, Outcomes]:
    """Start the bot without these walls, and return what the probe in each decoder's place got."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        make_folder(folder)
        (folder / "film.mp4").write_bytes(film())
        give(folder)
        modules = ["tests.weaker_kernel", walls, "tests.adapters.media.probed_bot"]
        ended = subprocess.run(
            [sys.executable, "-m", *modules],
            cwd=folder,
            env=SECRETS | {"PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"},
            preexec_fn=become_ordinary,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr
    return cast("dict[str, Outcomes]", json.loads(ended.stdout))


def open_rights(outcomes: Outcomes) -> set[str]:
    return {right for right, ways in outcomes.items() if "open" in ways.values()}


def test_what_a_kernel_can_close_is_closed_for_every_decoder():
    found = probed()
    programs = Path(bounded_process.__file__).parent.glob("*_child.py")
    assert set(found) == {program.stem for program in programs}
    expected = open_without(set())
    for decoder, outcomes in found.items():
        assert set(outcomes) == ALL
        assert open_rights(outcomes) == expected, (decoder, outcomes)
    if expected:
        left = ", ".join(sorted(expected))
        pytest.skip(
            f"run by {ordinary_user()}: closed but for what this kernel can't close: {left}"
        )


def test_the_probes_are_not_roots():
    """Root's own files are open to them where another user can't run this Python."""
    asked = [sys.executable, "-c", "import os; print(os.geteuid())"]
    user = subprocess.check_output(asked, preexec_fn=become_ordinary, text=True).strip()
    if user == "0":
        pytest.skip(f"the probes run as {ordinary_user()}")
    assert ordinary_user() == f"user {user}"


@pytest.mark.parametrize(
    ("walls", "rights"),
    [
        pytest.param("landlock", DATABASE | FILES, id="no Landlock"),
        pytest.param("seccomp", BY_SECCOMP, id="no seccomp"),
        pytest.param("landlock,memory", DATABASE | FILES | MEMORY, id="open memory"),
        pytest.param("scopes", set[str](), id="no scopes"),
    ],
)
def test_a_wall_that_is_taken_away_shows(walls: str, rights: set[str]):
    for outcomes in probed(walls).values():
        opened = open_rights(outcomes)
        assert opened == open_without(set(walls.split(",")))
        if landlock_version() >= 6 and has_seccomp() and yama() == 0:
            assert opened == rights


def test_the_probe_knows_its_trade():
    """Without walls all rights are open, but for one that an ordinary user never has."""
    never = {"its own limits", "the bot's memory" if yama() else "its own limits"}
    for outcomes in probed("landlock,seccomp,memory").values():
        assert open_rights(outcomes) == ALL - never
        if "Seccomp:\t0\n" not in STATUS.read_text():
            continue
        # Where no container has walls of its own, each way works.
        closed = {
            way: result
            for right in ALL - never
            for way, result in outcomes[right].items()
            if result != "open"
        }
        # The bot's code may be somebody else's.
        closed.pop("write_the_bots_code", None)
        assert closed == {}
