"""fal's status events wake a job, and nothing depends on them."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from sandbox.fal import Action, Answer, Delay, Drop, FalServer, Fault, Mangle, Timing
from sandbox.fal.errors import JsonObject
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import ask, delivered, held, jobs, let_go, playing, restart, told

# Whoever is asked that seldom isn't asked by chance.
SELDOM = {"PIKA_FAL__EVENTS_POLL_SECONDS": "1000"}
SLOW = {"PIKA_FAL__POLL_FIRST_SECONDS": "30", "PIKA_FAL__POLL_LONGEST_SECONDS": "30"}


def calls(fal: FalServer) -> Counter[str]:
    """Return how often each call was made, without ids."""
    found = Counter[str]()
    for call, count in fal.calls.items():
        method, path = call.split()
        last = path.rpartition("/")[2]
        about_request = "/requests/" in path and last not in {"status", "stream", "cancel"}
        found[f"{method} result" if about_request else f"{method} {last.partition('_')[0]}"] += (
            count
        )
    return found


async def test_a_video_takes_six_requests_however_long_it_renders(
    tmp_path: Path, renderer: Renderer
) -> None:
    timing = Timing(queue_seconds=1, run_seconds=4)
    async with playing(tmp_path, renderer, timing=timing) as stage:
        await ask(stage)
        await told(stage, "Rendering")
        await delivered(stage)
        asked = calls(stage.fal)
        assert (asked["GET stream"], asked["GET result"]) == (1, 1)
        # An event that comes while the row of the last is being written is asked about, too.
        assert 2 <= asked["GET status"] <= 3
        assert stage.fal.calls.total() == 4 + asked["GET status"]


async def test_an_event_is_enough_where_polling_would_take_long(
    tmp_path: Path, renderer: Renderer
) -> None:
    timing = Timing(queue_seconds=0.5, run_seconds=0.5)
    async with playing(tmp_path, renderer, SLOW | SELDOM, timing=timing) as stage:
        await ask(stage)
        # Polling alone would first look after 24 seconds.
        await asyncio.wait_for(delivered(stage), 60)


async def called(stage: Stage, name: str, count: int) -> None:
    """Wait until the bot has made so many of these calls."""
    async with asyncio.timeout(60):
        while calls(stage.fal)[name] < count:  # noqa: ASYNC110 - nobody is told of a call
            await asyncio.sleep(0.02)


TROUBLE: dict[str, Action] = {
    "refused": Answer(404, {"detail": "Not Found"}),
    "not allowed": Answer(401, {"detail": "no"}),
    "broken": Answer(500, {"detail": "why"}),
    "cut off": Drop(),
    "a page": Answer(200, b"<html>hello</html>", {"Content-Type": "text/html"}),
    "unreadable": Answer(200, b"data: {\n\n", {"Content-Type": "text/event-stream"}),
    "empty": Answer(200, b"", {"Content-Type": "text/event-stream"}),
    "endless": Answer(200, b"data: " + b"x" * 1_000_000, {"Content-Type": "text/event-stream"}),
    "of tomorrow": Mangle(change={"status": "PAUSED"}),
    "silent": Delay(60),
    "stuck in the queue": Mangle(change={"status": "IN_QUEUE"}),
    "over at once": Mangle(change={"status": "COMPLETED"}),
}


@pytest.mark.parametrize("name", TROUBLE)
async def test_without_events_its_status_is_polled(
    tmp_path: Path, renderer: Renderer, name: str
) -> None:
    settings = {"PIKA_FAL__TIMEOUT_SECONDS": "2", "PIKA_FAL__EVENTS_POLL_SECONDS": "1"}
    async with playing(tmp_path, renderer, settings, timing=held()) as stage:
        stage.fal.arm(Fault("stream", TROUBLE[name], times=100))
        await ask(stage)
        await called(stage, "GET status", 3)
        let_go(stage)
        await delivered(stage)
        assert len(stage.fal.posts) == 1
        # What doesn't work isn't tried again and again.
        assert calls(stage.fal)["GET stream"] == 1


async def test_events_are_not_believed(tmp_path: Path, renderer: Renderer) -> None:
    """One that says it's over makes the bot ask, and what fal answers is what holds."""
    async with playing(tmp_path, renderer, timing=Timing(run_seconds=2)) as stage:
        ended: JsonObject = {"status": "COMPLETED", "error": "no", "error_type": "internal_error"}
        stage.fal.arm(Fault("stream", Mangle(change=ended)))
        await ask(stage)
        await delivered(stage)
        (job,) = await jobs(stage)
        assert (job["status"], job["failure"]) == ("delivered", None)


async def test_they_may_be_switched_off(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, {"PIKA_FAL__EVENTS": "false"}) as stage:
        await ask(stage)
        await delivered(stage)
        assert calls(stage.fal)["GET stream"] == 0


async def test_a_restart_listens_anew(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, SELDOM, timing=held()) as stage:
        await ask(stage)
        await told(stage, "Rendering")
        await restart(stage)
        await called(stage, "GET stream", 2)
        let_go(stage)
        await delivered(stage)
        assert len(stage.fal.posts) == 1
