"""What a job costs that waits at fal: memory, processor time, requests, a busy event loop.

The database is filled with running jobs, as a bot leaves them behind that was stopped, and the
loopback fal says of each that it is IN_PROGRESS. The real bot is started with its shipped settings
for polling. Once it has asked fal for every job, it is watched for a while: how much more resident
memory it has than a bot without jobs, and how much more processor time it takes. Then the same is
done to a process in which fal-client waits for the same requests, as `subscribe` does once it has
submitted: asking every 0.1 seconds.

Neither can ask more often than its processor allows: look at the requests beside the times. Where
a process asked for nothing at all while it was watched, its event loop had stalled for good. So
the two processor times are an aim for up to 1,000 jobs only: beyond, `subscribe` hardly gets a
request out, and what it saves by that is nothing to aim at.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TypeAlias

import click

from bench.leftovers import hold, leave_behind
from bench.processes import Stall, memory_of, processor_seconds_of, worst_stall
from bench.side_by_side import Line, show
from bot.settings.schema import FalSettings
from sandbox.bot_process import BotProcess
from sandbox.discord import open_discord
from sandbox.fal import FalServer, open_fal
from sandbox.terminal import Terminal

MEMORY_AIM_BYTES = 20_000
MANY = 1000
FIRST_LOOK_SECONDS = 120.0
"""How long a process is given to ask fal for every job once."""
GLANCE_SECONDS = 0.5
QUICK = 1 / 20


@dataclass(frozen=True, slots=True)
class Process:
    """One that was just started; `ready` waits until it is about its work."""

    pid: int
    log: Path
    ready: Callable[[], Awaitable[object]]


Waiter: TypeAlias = Callable[[FalServer, int, Path, float], AbstractAsyncContextManager[Process]]
"""Starts a process that waits for so many jobs, in a folder, with pauses multiplied."""


@dataclass(frozen=True, slots=True)
class Start:
    """How long (seconds) it took to ask fal for each of `jobs`, or for no more than `seen`.

    `busiest` is the most requests per second until then.
    """

    jobs: int
    seen: int
    seconds: float
    busiest: float


@dataclass(frozen=True, slots=True)
class Wait:
    """What a process took that waits: bytes, and per second processor time and requests."""

    start: Start
    start_stall: Stall
    memory: float
    processor: float
    requests: float
    stall: Stall


@click.command(help=__doc__)
@click.option("--jobs", "counts", multiple=True, type=click.IntRange(1), default=[1000, 10_000])
@click.option("--watch", default=30.0, show_default=True, help="Seconds to watch each process.")
@click.option("--quick", is_flag=True, help="Ten jobs, and the bot asks twenty times as often.")
def main(*, counts: Sequence[int], watch: float, quick: bool) -> None:
    measuring = _measure((10,), 1.0, QUICK) if quick else _measure(counts, watch, 1.0)
    sys.exit(asyncio.run(measuring))


async def _measure(counts: Sequence[int], watch: float, scale: float) -> int:
    """Print everything; return 1 if an aim is missed."""
    missed = False

    async def watch_both(jobs: int) -> list[Wait]:
        return [await _watch(kind, jobs, watch, scale) for kind in WAITERS]

    idle = await watch_both(0)
    for jobs in counts:
        ours, theirs = await watch_both(jobs)
        _report(ours, theirs, idle)
        missed |= ours.start.seen < jobs
        # A few jobs share what connections cost.
        missed |= jobs >= MANY and _memory_per_job(ours, idle[0]) > MEMORY_AIM_BYTES
        if jobs <= MANY:
            missed |= _processor_per_job(ours, idle[0]) > _processor_per_job(theirs, idle[1])
    return int(missed)


async def _watch(kind: str, jobs: int, seconds: float, scale: float) -> Wait:
    with (
        TemporaryDirectory(prefix="pika-bench-") as name,
        Terminal().step(f"{kind}: {jobs:,} jobs"),
    ):
        async with open_fal() as fal:
            hold(fal, jobs)
            async with WAITERS[kind](fal, jobs, Path(name), scale) as process:
                start, _ = await asyncio.gather(_first_look(fal, jobs), process.ready())
                return await _look_on(fal, process, start, seconds)


async def _look_on(fal: FalServer, process: Process, start: Start, seconds: float) -> Wait:
    logged = process.log.stat().st_size
    # What belongs to the start dies away.
    await asyncio.sleep(seconds / 5)
    settled = process.log.stat().st_size
    began, calls = perf_counter(), fal.calls.total()
    used = processor_seconds_of(process.pid)
    await asyncio.sleep(seconds)
    used = processor_seconds_of(process.pid) - used
    watched, calls = perf_counter() - began, fal.calls.total() - calls
    log = process.log.read_bytes()
    return Wait(
        start=start,
        start_stall=worst_stall(log[:logged].decode()),
        memory=memory_of(process.pid).now * 1_000_000,
        processor=used / watched,
        requests=calls / watched,
        stall=worst_stall(log[settled:].decode()),
    )


async def _first_look(fal: FalServer, jobs: int) -> Start:
    """Wait until fal was asked for every job, or time is up."""
    began = then = perf_counter()
    busiest, before = 0.0, 0
    while len(fal.calls) < jobs and then < began + FIRST_LOOK_SECONDS:
        await asyncio.sleep(GLANCE_SECONDS)
        total, now = fal.calls.total(), perf_counter()
        busiest = max(busiest, (total - before) / (now - then))
        before, then = total, now
    return Start(jobs, len(fal.calls), then - began, busiest)


@asynccontextmanager
async def _bot(fal: FalServer, jobs: int, folder: Path, scale: float) -> AsyncGenerator[Process]:
    await leave_behind(fal, jobs, folder / "pika.db")
    shipped = FalSettings()
    settings = {
        "PIKA_PROCESS__LOG_LEVEL": "DEBUG",
        # Only the first few would have a stream.
        "PIKA_FAL__EVENTS": "false",
        "PIKA_FAL__POLL_FIRST_SECONDS": str(scale * shipped.poll_first_seconds),
        "PIKA_FAL__POLL_LONGEST_SECONDS": str(scale * shipped.poll_longest_seconds),
    }
    async with open_discord() as discord:
        bot = BotProcess(folder, discord, fal, settings)
        try:
            await bot.start()
            yield Process(bot.process.pid, bot.log_path, partial(discord.wait_ready, 600))
        finally:
            await bot.stop()


@asynccontextmanager
async def _subscribers(
    fal: FalServer, jobs: int, folder: Path, _scale: float
) -> AsyncGenerator[Process]:
    path = folder / "subscribers.log"
    with path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.subscribers", fal.base_url, fal.key, str(jobs)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None
    try:
        yield Process(process.pid, path, process.stdout.readline)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


WAITERS: dict[str, Waiter] = {"pika-bot": _bot, "subscribe": _subscribers}


def _memory_per_job(wait: Wait, idle: Wait) -> float:
    return (wait.memory - idle.memory) / wait.start.jobs


def _processor_per_job(wait: Wait, idle: Wait) -> float:
    """Return milliseconds of processor time for each minute that a job waits."""
    return (wait.processor - idle.processor) * 60_000 / wait.start.jobs


def _processor_per_request(wait: Wait) -> float | None:
    return 1000 * wait.processor / wait.requests if wait.requests else None


def _if_any(wait: Wait, stall: float) -> float | None:
    """Return a stall as it was logged; a loop that never turned again could log none."""
    return stall if wait.requests else None


def _report(ours: Wait, theirs: Wait, idle: Sequence[Wait]) -> None:
    none_ours, none_theirs = idle

    def both(what: str, value: Callable[[Wait], float | None], aim: str = "") -> Line:
        return Line(what, value(ours), value(theirs), aim)

    click.echo(f"\n{ours.start.jobs:,} waiting jobs")
    show(
        [
            Line(
                "bytes of memory per job",
                _memory_per_job(ours, none_ours),
                _memory_per_job(theirs, none_theirs),
                f"aim: at most {MEMORY_AIM_BYTES:,}" if ours.start.jobs >= MANY else "",
            ),
            Line(
                "ms of processor time per job and minute",
                _processor_per_job(ours, none_ours),
                _processor_per_job(theirs, none_theirs),
                "aim: no more than subscribe"
                if ours.start.jobs <= MANY
                else f"no aim above {MANY:,} jobs: subscribe hardly asks",
            ),
            both("share of one processor, %", lambda one: 100 * one.processor),
            both("requests per second", lambda one: one.requests),
            both("requests per job and minute", lambda one: one.requests * 60 / one.start.jobs),
            both("ms of processor time per request", _processor_per_request),
            both("worst stall of the event loop, ms", lambda one: _if_any(one, one.stall.late)),
            both("  of its own making at most", lambda one: _if_any(one, one.stall.own)),
            both("from start until each was asked for, s", lambda one: one.start.seconds),
            both("  jobs asked for by then", lambda one: one.start.seen, "aim: all of the bot's"),
            both("  requests per second, at most", lambda one: one.start.busiest),
            both("  worst stall, ms", lambda one: _if_any(one, one.start_stall.late)),
            both("    of its own making at most", lambda one: _if_any(one, one.start_stall.own)),
        ]
    )
    click.echo()


if __name__ == "__main__":
    main()
