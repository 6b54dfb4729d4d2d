"""The same renders by the bot and by fal-client's own `subscribe`, at the same time.

Both ask the same loopback fal for the same videos, which take 20 to 120 seconds each and all run
at once: the bot for `/pika text` commands on the loopback Discord, with its shipped settings for
polling, and no events; `subscribe` with all of its defaults, which ask every 0.1 seconds. Counted
is every HTTP request that fal gets, from the submit to the download (`subscribe` downloads
nothing). The time after fal's completion is up to the edit that puts the video into the channel,
with `subscribe` up to its return, which is the video's URL.

Quick mode makes few renders, and shortens renders and the bot's polling by the same factor;
`subscribe` polls as ever, so that the ratios are not the real ones.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import TypeAlias, cast

import click
import fal_client

from bench import quick as quick_mode
from bench.fals_client import fals_own_client
from bench.side_by_side import Line, show
from bot.settings.schema import FalSettings
from sandbox.discord import Invocation
from sandbox.fal import FalRequest, Timing
from sandbox.render import DRAFT, Renderer
from sandbox.stage import Stage, open_stage
from sandbox.terminal import Terminal

CALLS_AIM = 20
SHORTEST, LONGEST = 20.0, 120.0
"""Seconds that renders take."""
QUICK_RENDERS, QUICK_SCALE = 6, 1 / 60
"""More renders than a member may have open as shipped."""
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Render:
    """A render that has ended."""

    calls: int
    """HTTP requests that fal got for it."""
    looks: int
    """Those of the requests that asked for its status."""
    seconds_after: float
    """Time from fal's completion until the video is in the channel or `subscribe` returns."""


Measure: TypeAlias = Callable[[Sequence[Render]], float]


@click.command(help=__doc__)
@click.option("--renders", default=8, show_default=True, type=click.IntRange(2))
@quick_mode.option
def main(*, renders: int, quick: bool) -> None:
    measuring = _measure(QUICK_RENDERS, QUICK_SCALE) if quick else _measure(renders, 1.0)
    sys.exit(quick_mode.exit_code(missed=asyncio.run(measuring), quick=quick))


def durations_of(renders: int, scale: float) -> list[float]:
    """Return the seconds that each render takes, from the shortest to the longest."""
    step = (LONGEST - SHORTEST) / (renders - 1)
    return [scale * (SHORTEST + step * number) for number in range(renders)]


async def _measure(renders: int, scale: float) -> bool:
    """Print everything; return whether the aim is missed."""
    durations = durations_of(renders, scale)
    terminal = Terminal()
    # A large video takes longer to be drawn than the shortest scaled render.
    size = 1.0 if scale == 1 else DRAFT
    with (
        TemporaryDirectory(prefix="pika-bench-") as folder,
        closing(Renderer(scale=size)) as renderer,
    ):
        async with open_stage(
            Path(folder),
            timing=Timing(concurrency=2 * renders),
            renderer=renderer,
            settings=_settings(scale),
            step=terminal.step,
        ) as stage:
            # Discord's limits on edits aren't scaled.
            stage.discord.rate_limits.enabled = scale == 1
            with terminal.step(f"{renders} renders of {durations[0]:g} to {durations[-1]:g} s"):
                ours, theirs = await _render_all(stage, durations)
    _report(ours, theirs)
    return mean(render.calls for render in ours) > CALLS_AIM


def _settings(scale: float) -> dict[str, str]:
    shipped = FalSettings()
    return {
        "PIKA_FAL__EVENTS": "false",
        "PIKA_FAL__POLL_FIRST_SECONDS": str(scale * shipped.poll_first_seconds),
        "PIKA_FAL__POLL_LONGEST_SECONDS": str(scale * shipped.poll_longest_seconds),
        "PIKA_FAL__CONCURRENCY": "1000",
        "PIKA_QUOTA__VIDEOS_PER_DAY": "1000",
        "PIKA_LINE__MOST_PER_MEMBER": "0",
    }


async def _render_all(
    stage: Stage, durations: Sequence[float]
) -> tuple[list[Render], list[Render]]:
    """Start each render twice, by the bot and by `subscribe`; return the ended renders of both."""
    invocations: list[Invocation] = []
    by_bot: list[FalRequest] = []
    subscribers: list[asyncio.Task[tuple[FalRequest, float]]] = []
    async with (
        fals_own_client(stage.fal.base_url, stage.fal.key) as client,
        asyncio.TaskGroup() as group,
    ):
        for number, seconds in enumerate(durations):
            stage.fal.timing.run_seconds = seconds
            invocations.append(await ask(stage, number))
            by_bot.append(request := await started(stage, 2 * number))
            subscribers.append(group.create_task(_subscribe(stage, client, request)))
            await started(stage, 2 * number + 1)
        patience = durations[-1] + PATIENCE_SECONDS
        await stage.discord.wait_for(lambda: all(map(has_video, invocations)), patience)
    theirs = [_ended(stage, *subscriber.result()) for subscriber in subscribers]
    ours = [
        _ended(stage, request, edited_at(invocation))
        for request, invocation in zip(by_bot, invocations, strict=True)
    ]
    unexplained = stage.fal.calls.total() - sum(render.calls for render in ours + theirs)
    assert unexplained == 0, stage.fal.calls
    return ours, theirs


async def ask(stage: Stage, number: int) -> Invocation:
    ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
    options = {"prompt": f"a fox in the snow, take {number}"}
    return await stage.discord.invoke(ada, channel, "pika text", options)


async def started(stage: Stage, number: int) -> FalRequest:
    """Wait until fal runs its request of that number, counted from 0, and return the request."""

    def running() -> bool:
        requests = list(stage.fal.requests.values())
        return len(requests) > number and requests[number].started_at is not None

    await stage.fal.wait_for(running)
    # The request's runner is woken after the tasks that wait here, and reads its duration then.
    await asyncio.sleep(0)
    return list(stage.fal.requests.values())[number]


async def _subscribe(
    stage: Stage, client: fal_client.AsyncClient, same: FalRequest
) -> tuple[FalRequest, float]:
    """Let fal's client wait for the same video; return its request and the time of the result."""
    ids: list[str] = []
    await client.subscribe(same.endpoint, same.arguments, on_enqueue=ids.append)
    return stage.fal.requests[ids[0]], stage.fal.now().timestamp()


def has_video(invocation: Invocation) -> bool:
    message = invocation.response_message
    return message is not None and bool(message.attachments)


def edited_at(invocation: Invocation) -> float:
    """Return the time at which the video came into the channel: the message's last edit."""
    assert invocation.response_message is not None
    return cast("float", invocation.response_message.edited_at)


def _ended(stage: Stage, request: FalRequest, known_at: float) -> Render:
    assert request.error is None, request.error
    assert request.ended_at is not None, "it was waited for"
    of_request = {
        call: count for call, count in stage.fal.calls.items() if request.request_id in call
    }
    looks = sum(count for call, count in of_request.items() if call.endswith("/status"))
    # The path of the submit has no id yet.
    calls = 1 + sum(of_request.values())
    return Render(calls, looks, known_at - request.ended_at.timestamp())


def _report(ours: Sequence[Render], theirs: Sequence[Render]) -> None:
    def both(what: str, value: Measure, aim: str = "") -> Line:
        return Line(what, value(ours), value(theirs), aim)

    show(
        [
            both(
                "HTTP requests to fal per finished job, mean",
                lambda all_: mean(one.calls for one in all_),
                f"aim: at most {CALLS_AIM}",
            ),
            both("  most for one job", lambda all_: max(one.calls for one in all_)),
            both("  of them for status, mean", lambda all_: mean(one.looks for one in all_)),
            both(
                "seconds from fal's completion on, median",
                lambda all_: median(one.seconds_after for one in all_),
            ),
            both("  worst", lambda all_: max(one.seconds_after for one in all_)),
        ]
    )


if __name__ == "__main__":
    main()
