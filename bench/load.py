"""A hundred commands at once, on this checkout's bot and on that of another checkout.

In each round one of the two bots is started between a Discord and a fal of its own, loaded and
stopped, and then the other; the order changes from round to round. Both bots run on this
interpreter and play on this checkout's sandbox. The load is that of `tests/wire/test_load.py`: a
quarter of the commands animate a picture, a quarter look up jobs, the others ask for a video, and
some videos are under way already. As a single burst says little, each bot gets several, one after
the other. Measured are the time from each command to its first response, and the resident memory
of the bot's process, without its short-lived child processes. The table has medians over the
rounds, of the medians over a round's bursts.

fal gives one and the same video for everything: drawing each would take the processor from the bot.
A checkout that is started for the first time compiles its modules, and is larger for it in that
round.

Without another checkout the bot is compared with itself: the differences are then the noise of
this machine, and no aim is judged. Quick mode makes one round of few commands.
"""

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeAlias

import click
from PIL import Image
from typing_extensions import override

from bench import quick as quick_mode
from bench.polling import ask, has_video, started
from bench.processes import Memory, memory_of, processor_seconds_of
from bench.side_by_side import Line, show
from sandbox.bot_process import CHECKOUT
from sandbox.discord import File, Invocation
from sandbox.fal import Timing
from sandbox.orders import VideoOrder
from sandbox.render import Renderer
from sandbox.stage import Stage, open_stage
from sandbox.terminal import Terminal

SLOWER_AIM, LARGER_AIM = 1.05, 1.10
"""The most that this checkout's bot may take, as a multiple of the other's."""
SIDES: Sequence[str] = ("this", "beside")
AT_ONCE = 8
SETTINGS = {
    "PIKA_FAL__CONCURRENCY": str(AT_ONCE),
    "PIKA_QUOTA__VIDEOS_PER_DAY": "1000",
    "PIKA_LINE__MOST_PER_MEMBER": "0",
    "PIKA_LINE__MOST_PER_SERVER": "0",
}
RUN_SECONDS = 0.3
"""Time that each video takes at fal."""
PATIENCE_SECONDS = 120
SETTLE_SECONDS = 1.0
"""Time from the last video until the memory is read: its mention is still to be sent."""
VIDEO = VideoOrder(prompt="a fox in the snow", seed=7, short_side=720, seconds=5)


@dataclass(frozen=True, slots=True)
class Size:
    """The load of each bot in a round."""

    bursts: int
    """Bursts of commands, each sent when all videos of the one before are delivered."""
    commands: int
    """Commands of a burst, sent at once."""
    before: int
    """Videos that are under way when a burst is sent."""


QUICK = Size(bursts=2, commands=12, before=2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The measurements of one bot in one round."""

    delays: Sequence[Sequence[float]]
    """Time from each command of each burst to its first response, in milliseconds."""
    memory: Memory
    """Memory of the bot's process after the load."""
    processor: float
    """Processor time of the bot's process for the load, in seconds."""


Outcomes: TypeAlias = Mapping[str, Sequence[Outcome]]
"""The outcomes of all rounds, by side."""
Measurement: TypeAlias = tuple[
    str, Callable[[Outcome], float], Callable[[Sequence[float]], float], float | None
]
"""A row of the table: name, value of one round, summary over the rounds, and aim."""


def _median_delay(one: Outcome) -> float:
    return median(map(median, one.delays))


MEASUREMENTS: Sequence[Measurement] = (
    ("ms to a first response, median", _median_delay, median, SLOWER_AIM),
    ("  in the fastest round", _median_delay, min, None),
    ("  in the slowest round", _median_delay, max, None),
    ("  of the slowest command", lambda one: median(map(max, one.delays)), median, None),
    ("MB of memory at most", lambda one: one.memory.peak, median, LARGER_AIM),
    ("  after the load", lambda one: one.memory.now, median, LARGER_AIM),
    ("s of processor time", lambda one: one.processor, median, None),
)


class OneVideo(Renderer):
    """A renderer that gives the same video for every order."""

    @override
    async def render(self, order: VideoOrder) -> bytes:
        return await super().render(VIDEO)


@click.command(help=__doc__)
@click.option(
    "--beside",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    help="Folder of the other checkout.",
)
@click.option("--rounds", default=7, show_default=True, type=click.IntRange(1))
@click.option("--bursts", default=5, show_default=True, type=click.IntRange(1))
@quick_mode.option
def main(*, beside: Path | None, rounds: int, bursts: int, quick: bool) -> None:
    other = beside or CHECKOUT
    if not (other / "bot" / "__main__.py").is_file():
        raise click.BadParameter(f"{other} has no bot", param_hint="--beside")
    checkouts = dict(zip(SIDES, (CHECKOUT, other), strict=True))
    if quick:
        measuring = _measure(checkouts, 1, QUICK)
    else:
        measuring = _measure(checkouts, rounds, Size(bursts=bursts, commands=100, before=6))
    outcomes = asyncio.run(measuring)
    for side, checkout in checkouts.items():
        click.echo(f"{side}: {checkout}")
    missed = _report(outcomes) and beside is not None
    if beside is None:
        click.echo("Both are this checkout: the differences are noise, and no aim is judged.")
    sys.exit(quick_mode.exit_code(missed=missed, quick=quick))


async def _measure(checkouts: Mapping[str, Path], rounds: int, size: Size) -> Outcomes:
    """Load both bots in each round, each of them first in every other round."""
    outcomes: dict[str, list[Outcome]] = {side: [] for side in checkouts}
    terminal = Terminal()
    with closing(OneVideo.of_drafts()) as renderer:
        await renderer.render(VIDEO)
        for number in range(rounds):
            for side in SIDES if number % 2 == 0 else reversed(SIDES):
                with terminal.step(f"round {number + 1} of {rounds}: {side}"):
                    outcomes[side].append(await _play(checkouts[side], renderer, size))
    return outcomes


async def _play(checkout: Path, renderer: Renderer, size: Size) -> Outcome:
    timing = Timing(run_seconds=RUN_SECONDS, concurrency=AT_ONCE)
    with TemporaryDirectory(prefix="pika-bench-") as folder:
        async with open_stage(
            Path(folder),
            timing=timing,
            renderer=renderer,
            settings=SETTINGS,
            checkout=checkout,
        ) as stage:
            # A channel takes five edits in five seconds: the bot would mostly wait.
            stage.discord.rate_limits.enabled = False
            # A late response is measured like any other.
            stage.discord.patience = PATIENCE_SECONDS
            return await _load(stage, size)


async def _load(stage: Stage, size: Size) -> Outcome:
    pid, numbers = stage.bot.process.pid, count()
    used = processor_seconds_of(pid)
    delays = [await _burst(stage, size, numbers) for _ in range(size.bursts)]
    await asyncio.sleep(SETTLE_SECONDS)
    used = processor_seconds_of(pid) - used
    return Outcome(delays, memory_of(pid), used)


async def _burst(stage: Stage, size: Size, numbers: Iterator[int]) -> Sequence[float]:
    """Send the commands at once, wait for all of their videos, and return the delays."""
    known, picture = len(stage.fal.requests), _picture()
    asked = [await ask(stage, next(numbers)) for _ in range(size.before)]
    await started(stage, known + size.before - 1)
    # A collection in this process would count as the bot's delay.
    gc.collect()
    gc.disable()
    sent = await asyncio.gather(
        *(_send(stage, next(numbers), picture) for _ in range(size.commands))
    )
    gc.enable()
    asked += [invocation for invocation in sent if invocation.command != "pika jobs"]
    await stage.discord.wait_for(lambda: all(map(has_video, asked)), PATIENCE_SECONDS)
    assert len(stage.fal.requests) == known + len(asked), stage.fal.posts
    return [_delay(invocation) for invocation in sent]


async def _send(stage: Stage, number: int, picture: File) -> Invocation:
    ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
    match number % 4:
        case 0:
            options = {"image": picture, "prompt": f"it moves, take {number}"}
            return await stage.discord.invoke(ada, channel, "pika image", options)
        case 1:
            return await stage.discord.invoke(ada, channel, "pika jobs")
        case _:
            return await ask(stage, number)


def _picture() -> File:
    image = Image.new("RGB", (1200, 800), (200, 30, 30))
    image.paste((40, 60, 200), (600, 0, 1200, 800))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=95)
    return File("holiday.jpg", buffer.getvalue(), "image/jpeg")


def _delay(invocation: Invocation) -> float:
    """Return the milliseconds from a command to its first response."""
    assert invocation.acknowledged_at is not None, f"{invocation.command} was never answered"
    return 1000 * (invocation.acknowledged_at - invocation.created_at)


def _report(outcomes: Outcomes) -> bool:
    """Print the table; return whether an aim is missed."""
    lines: list[Line] = []
    missed = False
    for what, value, over_rounds, most in MEASUREMENTS:
        ours, theirs = (over_rounds([value(one) for one in outcomes[side]]) for side in SIDES)
        lines.append(Line(what, ours, theirs, f"aim: at most {most:.2f} : 1" if most else ""))
        missed |= most is not None and ours > most * theirs
    show(lines, ("", *SIDES, "ratio", ""))
    return missed


if __name__ == "__main__":
    main()
