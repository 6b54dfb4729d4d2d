"""A thousand hostile pictures through the real bot: its speed, its memory, its event loop.

The pictures are those of `tests/wire/hostile_pictures.py` in rotation, sent with `/pika image` on
the loopback Discord. Beside the bot runs an idle process with the same meter of its event loop:
stalls of the idle process are the machine's doing and not the bot's.
"""

import asyncio
import logging
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import cycle, islice
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import click

from bench import quick as quick_mode
from bench.processes import memory_of
from bot.adapters.process.loop_lag import measuring
from sandbox.discord import Member
from sandbox.fal import FailJob, Fault, policy_violation
from sandbox.stage import Stage, open_stage
from tests.wire.hostile_pictures import Hostile, corpus
from tests.wire.hostile_sending import refused, send

MEMORY_AIM_MB = 150
STALL_AIM_MS = 20
SETTINGS = {
    "PIKA_PROCESS__LOG_LEVEL": "DEBUG",
    "PIKA_QUOTA__VIDEOS_PER_DAY": "1000000",
    "PIKA_LINE__MOST_PER_MEMBER": "0",
    "PIKA_LINE__MOST_PER_SERVER": "0",
    "PIKA_FAL__POLL_LONGEST_SECONDS": "0.2",
}
PATIENCE_SECONDS = 600
QUICK_PICTURES, QUICK_AT_ONCE = 12, 4


@click.command(help=__doc__)
@click.option("--pictures", default=1000, show_default=True)
@click.option("--at-once", default=8, show_default=True, help="Members who send at a time.")
@click.option("--kind", default="", help="Only those kinds whose name has this in it.")
@click.option("--idle", is_flag=True, hidden=True)
@quick_mode.option
def main(*, pictures: int, at_once: int, kind: str, idle: bool, quick: bool) -> None:
    if idle:
        asyncio.run(_be_idle())
        return
    kinds = {name: picture for name, picture in corpus().items() if kind in name}
    if not kinds:
        raise click.BadParameter(f"no kind has {kind!r} in its name")
    if quick:
        # Neighbours in the corpus are alike: take from all of it.
        kinds = dict(islice(kinds.items(), 0, None, ceil(len(kinds) / QUICK_PICTURES)))
        pictures, at_once = QUICK_PICTURES, QUICK_AT_ONCE
    wrong, missed = asyncio.run(_measure(kinds, pictures, at_once))
    sys.exit(quick_mode.exit_code(wrong=wrong, missed=missed, quick=quick))


async def _measure(kinds: dict[str, Hostile], pictures: int, at_once: int) -> tuple[bool, bool]:
    """Print everything; return whether a picture was let through, and whether an aim is missed."""
    queue = list(islice(cycle(kinds.items()), pictures))
    with TemporaryDirectory(prefix="pika-bench-") as folder:
        async with _idle_process() as idle:
            async with open_stage(Path(folder), settings=SETTINGS) as stage:
                at_start = memory_of(stage.bot.process.pid)
                started = perf_counter()
                outcomes = await _send_all(stage, queue, at_once)
                seconds = perf_counter() - started
                memory = memory_of(stage.bot.process.pid)
            idle.terminate()
            _, idle_log = await idle.communicate()
        bot_log = stage.bot.log()
    click.echo(
        f"{pictures} pictures of {len(kinds)} kinds, {at_once} at a time: {seconds:.0f} s,"
        f" {pictures / seconds:.1f} a second; {outcomes['refused']} refused,"
        f" {outcomes['clean']} clean, {outcomes['wrong']} other than expected"
    )
    click.echo(
        f"the bot's memory: {at_start.now:.0f} MB at start, {memory.now:.0f} MB at the end,"
        f" {memory.peak:.0f} MB at most; aim {MEMORY_AIM_MB} MB"
    )
    click.echo(f"the bot's {_stalls(bot_log)}; aim {STALL_AIM_MS} ms")
    click.echo(f"an idle process's {_stalls(idle_log.decode())}")
    return outcomes["wrong"] > 0, memory.peak > MEMORY_AIM_MB


async def _send_all(
    stage: Stage, pictures: list[tuple[str, Hostile]], at_once: int
) -> Counter[str]:
    """Send the pictures, several members at a time, until fal has got all clean ones."""
    # A channel takes five edits in five seconds: the bot would mostly wait.
    stage.discord.rate_limits.enabled = False
    # fal makes no video of them: a video would be none of the measured work.
    failure = FailJob(policy_violation("image_url"))
    stage.fal.arm(Fault("submit", failure, times=len(pictures)))
    outcomes, waiting = Counter[str](), iter(pictures)

    async def one_after_the_other(member: Member) -> None:
        for name, picture in waiting:
            sent = await send(stage, member, picture, name)
            outcomes["refused" if refused(sent) else "clean"] += 1
            outcomes["wrong"] += refused(sent) != (picture.refused is not None)

    members = [stage.discord.add_member(f"Member {number}") for number in range(at_once)]
    await asyncio.gather(*map(one_after_the_other, members))
    clean = outcomes["clean"]
    await stage.fal.wait_for(lambda: len(stage.fal.posts) >= clean, PATIENCE_SECONDS)
    return outcomes


@asynccontextmanager
async def _idle_process() -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.hostile_pictures", "--idle"),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _be_idle() -> None:
    """Measure this process's own event loop, and do nothing else, until SIGTERM."""
    logging.basicConfig(level=logging.DEBUG)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with measuring():
        await stop.wait()


def _stalls(log: str) -> str:
    summary = re.search(r"event loop: worst .*", log)
    return summary[0] if summary else "event loop: not measured"


if __name__ == "__main__":
    main()
