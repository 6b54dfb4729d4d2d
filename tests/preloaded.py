"""Starts bots from a process that has imported them already.

Half of what a start costs is imports, and the tests start some thousand bots. Each is still a
process of its own, with its own environment, that can be killed.
"""

import asyncio
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from bot.adapters.process.tls import trusted
from sandbox.bot_process import CHECKOUT

FORKS = get_context("forkserver")
# httpx imports httpcore late, when the first client is made.
BOT = ["bot.app", "bot.logs", "httpcore"]
CLI = [f"bot.cli.{name}" for name in ("doctor", "jobs", "ledger", "maintenance", "models")]
FORKS.set_forkserver_preload([*BOT, *CLI, "tests.preloaded", "tests.fork_base"])
# In the process that is forked from, it is done before.
trusted()


class Forked:
    """What the tests use of `asyncio.subprocess.Process`."""

    def __init__(self, process: ForkServerProcess) -> None:
        assert process.pid is not None, "it was started"
        self._process = process
        self.pid = process.pid
        self._ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(process.sentinel, self._end)

    def _end(self) -> None:
        self._loop.remove_reader(self._process.sentinel)
        self._ended.set()

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    async def wait(self) -> int:
        await self._ended.wait()
        code = self.returncode
        assert code is not None, "it has ended"
        return code


async def fork(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    out: Path,
    errors: Path,
    checkout: Path = CHECKOUT,
) -> Forked:
    """Do what `sandbox.bot_process.spawn` does."""
    assert checkout == CHECKOUT, "only this checkout's bot has been imported"
    return Forked(_start(arguments, environment, checkout, out, errors))


def run(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, *, patience: float
) -> subprocess.CompletedProcess[str]:
    """Do what `subprocess.run` does with `python -m` and these arguments, in `folder`."""
    with tempfile.TemporaryDirectory() as said:
        out, errors = Path(said, "out"), Path(said, "errors")
        process = _start(arguments, environment, folder, out, errors)
        process.join(patience)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(arguments), patience)
        return subprocess.CompletedProcess(
            list(arguments), process.exitcode, out.read_text(), errors.read_text()
        )


def _start(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, out: Path, errors: Path
) -> ForkServerProcess:
    process = FORKS.Process(
        target=_be, args=(list(arguments), dict(environment), folder, out, errors)
    )
    process.start()
    return process


def _be(
    arguments: list[str], environment: dict[str, str], folder: Path, out: Path, errors: Path
) -> None:
    for file, number in ((out, 1), (errors, 2)):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
