"""What a bounded child may take, and how long it lives."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import cast

import pytest

from bot.adapters.media.bounded_process import LAUNCHER, Bounds, run_bounded
from bot.adapters.process import landlock
from bot.adapters.process.walls import NOT_RAISED
from tests.adapters.media.children import alive, children, script
from tests.weaker_kernel import take_away

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
        status = dict(line.split(":", 1) for line in open("/proc/self/status"))
        # As root it may still read whatever the interpreter is in: CAP_DAC_READ_SEARCH.
        assert int(status["CapPrm"], 16) & ~(1 << 2) == 0
        assert status["NoNewPrivs"].strip() == "1"
        nice = os.getpriority(os.PRIO_PROCESS, 0)
        print(json.dumps({"nice": nice, "given": sys.stdin.read(), **limits}))
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


async def test_without_the_walls_that_a_kernel_has_nothing_is_started(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    if not landlock.version():
        pytest.skip("this kernel has no Landlock that it could refuse")
    bounds = json.dumps({**asdict(BOUNDS), "parent": os.getpid()})
    command = [
        sys.executable,
        "-I",
        str(LAUNCHER),
        bounds,
        str(script(tmp_path, "print('started')")),
    ]
    refuse = partial(take_away, ["restriction"])
    ended = subprocess.run(  # noqa: ASYNC221  # nothing else runs here
        command, preexec_fn=refuse, stdout=subprocess.PIPE, check=False
    )
    assert (ended.returncode, ended.stdout) == (NOT_RAISED, b"")
    await run(script(tmp_path, f"raise SystemExit({NOT_RAISED})"))
    assert "child: not started, as the kernel refuses a wall that it has" in caplog.text


PARENT = """
import asyncio, sys
from pathlib import Path
from bot.adapters.media.bounded_process import run_bounded
from tests.adapters.media.test_bounded_process import BOUNDS
program, made = map(Path, sys.argv[1:])
with made.open("wb") as file, open("/dev/null", "rb") as nothing:
    asyncio.run(run_bounded(program, [], BOUNDS, stdin=nothing, stdout=file))
"""


def test_a_child_dies_with_its_parent(tmp_path: Path):
    started = tmp_path / "started"
    text = "import time; print('started', flush=True); time.sleep(300)"
    command = [sys.executable, "-c", PARENT, str(script(tmp_path, text)), str(started)]
    with subprocess.Popen(command) as parent:
        while not (started.exists() and started.read_text()):
            assert parent.poll() is None
            time.sleep(0.005)
        found = children(parent.pid)
        assert len(found) == 1
        parent.kill()
        assert parent.wait() == -signal.SIGKILL
        while alive(found):
            time.sleep(0.005)
