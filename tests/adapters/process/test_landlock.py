"""Landlock as each of its versions has it: this kernel's is the newest that can be tried."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.adapters.process import landlock
from tests.cli.command_line import CHECKOUT

RESTRICTED = """
import os, sys
from bot.adapters.process import landlock
from bot.adapters.process.linux import PR_SET_NO_NEW_PRIVS, prctl

folder, version = sys.argv[1], int(sys.argv[2])
landlock.version = lambda: version
prctl(PR_SET_NO_NEW_PRIVS, 1)
landlock.restrict_files([folder + "/mine", folder + "/missing", "/dev/null"])
print(open(folder + "/mine/file").read(), os.listdir(folder + "/mine"))
open("/dev/null").close()
open("/dev/fd/0").close()
open("/dev/fd/1", "r+").close()
for path, mode in ("/other", "r"), ("/input", "r+"), ("/mine/file", "r+"), ("/mine/new", "x"):
    try:
        open(folder + path, mode)
    except PermissionError:
        continue
    raise SystemExit(path + " was opened: " + mode)
try:
    os.execv(sys.executable, [sys.executable, "-c", "raise SystemExit('it was executed')"])
except PermissionError:
    pass
"""


@pytest.mark.parametrize("version", range(1, 8))
def test_only_what_is_named_can_be_read(tmp_path: Path, version: int):
    if landlock.version() < version:
        pytest.skip("this kernel has an older one, or none")
    (tmp_path / "mine").mkdir()
    for name in ("mine/file", "other", "input"):
        (tmp_path / name).write_text("text")
    output = tmp_path / "output"
    with (tmp_path / "input").open() as given, output.open("w") as made:
        subprocess.run(
            [sys.executable, "-c", RESTRICTED, str(tmp_path), str(version)],
            cwd=CHECKOUT,
            stdin=given,
            stdout=made,
            check=True,
        )
    assert output.read_text() == "text ['file']\n"
