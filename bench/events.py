"""Three ways to learn that fal has ended a video, side by side: polling, events, webhooks.

Three bots, each between a Discord and a fal of its own, make the same videos at the same time. The
videos take 20 to 120 seconds each and all run at once. One bot polls, one listens to fal's status
events, and one takes fal's webhooks; all with the shipped paces. Counted is every HTTP request that
fal gets, from the submit to the download. The delay is from fal's completion up to the edit that
puts the video into the channel; the videos are small, so that the transfer takes little of it.

Quick mode makes few videos, and shortens videos and paces by the same factor.
"""

import asyncio
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import cast

import click

from bench import quick as quick_mode
from bench.polling import (
    PATIENCE_SECONDS,
    QUICK_RENDERS,
    QUICK_SCALE,
    ask,
    durations_of,
    edited_at,
    has_video,
    started,
)
from bot.settings.schema import FalSettings
from sandbox.discord import Invocation
from sandbox.fal import FalRequest, Timing
from sandbox.render import Renderer
from sandbox.stage import Stage, open_stage
from sandbox.terminal import Terminal

CALLS_AIM = 6


@dataclass(frozen=True, slots=True)
class Outcome:
    """The measurements of one way."""

    calls: float
    """HTTP requests to fal per job."""
    looks: float
    """Those of the requests that asked for a status, per job."""
    delays: Sequence[float]
    """Time from fal's completion of each job until its video is in the channel, in seconds."""


@click.command(help=__doc__)
@click.option("--renders", default=8, show_default=True, type=click.IntRange(2))
@quick_mode.option
def main(*, renders: int, quick: bool) -> None:
    measuring = _measure(QUICK_RENDERS, QUICK_SCALE) if quick else _measure(renders, 1.0)
    sys.exit(quick_mode.exit_code(missed=asyncio.run(measuring), quick=quick))


async def _measure(renders: int, scale: float) -> bool:
    """Print everything; return whether the aim is missed."""
    durations = durations_of(renders, scale)
    ways = _ways(scale)
    doing = f"{renders} renders of {durations[0]:g} to {durations[-1]:g} s, {len(ways)} times"
    with (
        TemporaryDirectory(prefix="pika-bench-") as folder,
        closing(Renderer.of_drafts()) as renderer,
        Terminal().step(doing),
    ):
        outcomes = await asyncio.gather(
            *(
                _play(way, _folder(folder, way), renderer, settings, durations, limited=scale == 1)
                for way, settings in ways.items()
            )
        )
    by_way = dict(zip(ways, outcomes, strict=True))
    _report(by_way)
    return by_way["events"].calls > CALLS_AIM


def _ways(scale: float) -> dict[str, Mapping[str, str]]:
    shipped = FalSettings()
    common = {
        "PIKA_FAL__POLL_FIRST_SECONDS": str(scale * shipped.poll_first_seconds),
        "PIKA_FAL__POLL_LONGEST_SECONDS": str(scale * shipped.poll_longest_seconds),
        "PIKA_FAL__EVENTS_POLL_SECONDS": str(scale * shipped.events_poll_seconds),
        "PIKA_FAL__CONCURRENCY": "1000",
        "PIKA_QUOTA__VIDEOS_PER_DAY": "1000",
        "PIKA_LINE__MOST_PER_MEMBER": "0",
    }
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = cast("tuple[str, int]", free.getsockname())[1]
    off = {"PIKA_FAL__EVENTS": "false"}
    webhook = {
        "PIKA_WEBHOOK__PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PIKA_WEBHOOK__PORT": str(port),
    }
    return {
        "polling": common | off,
        "events": common,
        "webhook": common | off | webhook,
    }


def _folder(parent: str, name: str) -> Path:
    folder = Path(parent, name)
    folder.mkdir()
    return folder


async def _play(
    way: str,
    folder: Path,
    renderer: Renderer,
    settings: Mapping[str, str],
    durations: Sequence[float],
    *,
    limited: bool,
) -> Outcome:
    timing = Timing(concurrency=len(durations))
    opening = open_stage(folder, timing=timing, renderer=renderer, settings=settings)
    async with opening as stage:
        # Discord's limits on edits aren't scaled.
        stage.discord.rate_limits.enabled = limited
        invocations: list[Invocation] = []
        requests: list[FalRequest] = []
        for number, seconds in enumerate(durations):
            stage.fal.timing.run_seconds = seconds
            invocations.append(await ask(stage, number))
            requests.append(await started(stage, number))
        patience = durations[-1] + PATIENCE_SECONDS
        await stage.discord.wait_for(lambda: all(map(has_video, invocations)), patience)
        await _check(stage, way, len(requests))
        return _outcome(stage, requests, invocations)


async def _check(stage: Stage, way: str, jobs: int) -> None:
    """Hold that the bot learned of its jobs in this way, and in none of the others."""
    streams = sum(call.endswith("/status/stream") for call in stage.fal.calls)
    assert streams == (jobs if way == "events" else 0), stage.fal.calls
    deliveries = stage.fal.deliveries
    if way == "webhook":
        await stage.fal.wait_for(lambda: len(deliveries) == jobs)
        assert all(delivery.status == HTTPStatus.OK for delivery in deliveries), deliveries
    else:
        assert deliveries == []


def _outcome(
    stage: Stage, requests: Sequence[FalRequest], invocations: Sequence[Invocation]
) -> Outcome:
    ends = [request.ended_at.timestamp() for request in requests if request.ended_at is not None]
    shown = [edited_at(invocation) for invocation in invocations]
    looks = sum(count for call, count in stage.fal.calls.items() if call.endswith("/status"))
    return Outcome(
        calls=stage.fal.calls.total() / len(requests),
        looks=looks / len(requests),
        delays=[at - ended for at, ended in zip(shown, ends, strict=True)],
    )


def _report(outcomes: Mapping[str, Outcome]) -> None:
    lines: list[tuple[str, Callable[[Outcome], float], str]] = [
        (
            "HTTP requests to fal per finished job, mean",
            lambda way: way.calls,
            f"aim: at most {CALLS_AIM} with events",
        ),
        ("  of them for status, mean", lambda way: way.looks, ""),
        ("seconds from fal's completion on, median", lambda way: median(way.delays), ""),
        ("  mean", lambda way: mean(way.delays), ""),
        ("  worst", lambda way: max(way.delays), ""),
    ]
    width = max(len(what) for what, _, _ in lines)
    click.echo("   ".join([" " * width, *(way.rjust(8) for way in outcomes)]))
    for what, value, aim in lines:
        numbers = [f"{value(way):.2f}".rjust(8) for way in outcomes.values()]
        click.echo("   ".join([what.ljust(width), *numbers, aim]).rstrip())


if __name__ == "__main__":
    main()
