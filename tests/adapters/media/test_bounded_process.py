"""What a bounded child may take, and how long it lives."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import cast

import pytest

from bot.adapters.media.bounded_process import Bounds, run_bounded
from tests.adapters.media.children import alive, children, script

BOUNDS = Bounds(
    memory_bytes=300 << 20,
    cpu_seconds=3,
    wall_seconds=20,
    most_output_bytes=1000,
    niceness=3,
)


async def run(program: Path, *arguments: str) -> tuple[int | None, bytes]:
    """Return how a child ended, and what it made of the word `given`."""
    with TemporaryFile() as given, TemporaryFile() as made:
        given.write(b"given")
        given.seek(0)
        code = await run_bounded(program, list(arguments), BOUNDS, stdin=given, stdout=made)
        made.seek(0)
        return code, made.read()


async def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    text = """
        import json, os, resource, sys
        assert "secret" not in os.environ.values()
        limits = {name: resource.getrlimit(getattr(resource, name)) for name in sys.argv[1:]}
        print(json.dumps({"nice": os.nice(0), "given": sys.stdin.read(), **limits}))
        """
    names = ["RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_NOFILE"]
    code, made = await run(script(tmp_path, text), *names)
    assert code == 0
    assert cast("Mapping[str, object]", json.loads(made)) == {
        "nice": os.nice(0) + 3,
        "given": "given",
        "RLIMIT_AS": [300 << 20, 300 << 20],
        "RLIMIT_CPU": [3, 4],
        "RLIMIT_FSIZE": [1000, 1000],
        "RLIMIT_CORE": [0, 0],
        "RLIMIT_NOFILE": [32, 32],
    }
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("", 0, id="fine"),
        pytest.param("raise SystemExit(7)", 7, id="its own code"),
        pytest.param("import nothing_like_it", 1, id="trace"),
        pytest.param("bytes(400 << 20)", 1, id="too much memory"),
        pytest.param(
            "import os; [os.write(1, bytes(1000)) for _ in 'ab']", 1, id="too large a file"
        ),
        pytest.param("import os; os.kill(os.getpid(), 6)", -signal.SIGABRT, id="signal"),
        pytest.param("import os; os.kill(os.getpid(), 9)", None, id="killed by the system"),
    ],
)
async def test_endings(tmp_path: Path, text: str, code: int | None):
    assert (await run(script(tmp_path, text)))[0] == code
    assert children() == []


PARENT = """
import asyncio, sys
from pathlib import Path
from tests.adapters.media.test_bounded_process import run
asyncio.run(run(Path(sys.argv[1])))
"""


def test_a_child_dies_with_its_parent(tmp_path: Path):
    started = tmp_path / "started"
    text = f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(300)"
    command = [sys.executable, "-c", PARENT, str(script(tmp_path, text))]
    with subprocess.Popen(command) as parent:
        while not started.exists():
            assert parent.poll() is None
            time.sleep(0.005)
        found = children(parent.pid)
        assert len(found) == 1
        parent.kill()
        assert parent.wait() == -signal.SIGKILL
        while alive(found):
            time.sleep(0.005)
