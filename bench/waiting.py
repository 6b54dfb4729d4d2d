"""The cost of a job that waits at fal: memory, processor time, requests, a busy event loop.

The database is filled with running jobs, as a stopped bot leaves them behind, and the loopback fal
reports each as IN_PROGRESS. The real bot is started with its shipped settings for polling. Once the
bot has asked fal for every job, the bench watches for a while how much more resident memory and
processor time the bot takes than a bot without jobs. Then the bench does the same to a process in
which fal-client waits for the same requests, as `subscribe` does once it has submitted: asking
every 0.1 seconds.

Neither can ask more often than its processor allows: look at the requests beside the times. Where
a process asked for nothing at all while it was watched, its event loop had stalled for good. So
the two processor times are an aim for up to 1,000 jobs only: beyond, `subscribe` hardly gets a
request out, and the processor time that it saves by that is nothing to aim at.

Quick mode lets few jobs wait, watches them shortly, and shortens the bot's polling.
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

from bench import quick as quick_mode
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
"""Time for a process to ask fal for every job once."""
GLANCE_SECONDS = 0.5
QUICK_JOBS, QUICK_WATCH, QUICK_SCALE = 5, 0.3, 1 / 20


@dataclass(frozen=True, slots=True)
class Process:
    """A process that was just started."""

    pid: int
    """Its process id."""
    log: Path
    """File of its log."""
    ready: Callable[[], Awaitable[object]]
    """Waits until the process has begun its work."""


Waiter: TypeAlias = Callable[[FalServer, int, Path, float], AbstractAsyncContextManager[Process]]
"""Starts a process that waits for so many jobs, in a folder, with pauses multiplied."""


@dataclass(frozen=True, slots=True)
class Start:
    """The time until fal was asked for every job, or until time was up."""

    jobs: int
    """Jobs that wait."""
    asked_for: int
    """Jobs that fal was asked for by then."""
    seconds: float
    """Time from the start until then."""
    busiest: float
    """The most requests per second until then."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The measurements of a process that waits."""

    start: Start
    """Its first round of requests."""
    start_stall: Stall
    """The worst stall of its event loop in that round."""
    memory: float
    """Resident memory in bytes, at the end."""
    processor: float
    """Processor time in seconds, per second that it was watched."""
    requests: float
    """Requests to fal, per second that it was watched."""
    stall: Stall
    """The worst stall of its event loop while it was watched."""


@click.command(help=__doc__)
@click.option("--jobs", "counts", multiple=True, type=click.IntRange(1), default=[1000, 10_000])
@click.option("--watch", default=30.0, show_default=True, help="Seconds to watch each process.")
@quick_mode.option
def main(*, counts: Sequence[int], watch: float, quick: bool) -> None:
    if quick:
        measuring = _measure((QUICK_JOBS,), QUICK_WATCH, QUICK_SCALE)
    else:
        measuring = _measure(counts, watch, 1.0)
    wrong, missed = asyncio.run(measuring)
    sys.exit(quick_mode.exit_code(wrong=wrong, missed=missed, quick=quick))


async def _measure(counts: Sequence[int], watch: float, scale: float) -> tuple[bool, bool]:
    """Print everything; return whether the bot left out a job, and whether an aim is missed."""
    wrong = missed = False

    async def watch_both(jobs: int) -> list[Wait]:
        return [await _watch(kind, jobs, watch, scale) for kind in WAITERS]

    idle = await watch_both(0)
    for jobs in counts:
        ours, theirs = await watch_both(jobs)
        _report(ours, theirs, idle)
        wrong |= ours.start.asked_for < jobs
        # A few jobs share what connections cost.
        missed |= jobs >= MANY and _memory_per_job(ours, idle[0]) > MEMORY_AIM_BYTES
        if jobs <= MANY:
            missed |= _processor_per_job(ours, idle[0]) > _processor_per_job(theirs, idle[1])
    return wrong, missed


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
    # The load of the start dies away.
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
            both(
                "  jobs asked for by then", lambda one: one.start.asked_for, "aim: all of the bot's"
            ),
            both("  requests per second, at most", lambda one: one.start.busiest),
            both("  worst stall, ms", lambda one: _if_any(one, one.start_stall.late)),
            both("    of its own making at most", lambda one: _if_any(one, one.start_stall.own)),
        ]
    )
    click.echo()


if __name__ == "__main__":
    main()
