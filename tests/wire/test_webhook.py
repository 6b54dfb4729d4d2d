"""fal's signed webhooks, from its signature over the socket to the video in the channel."""

import asyncio
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import httpx
from yarl import URL

from sandbox.fal import Drop, Fault, Timing
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    ask,
    come_back,
    delivered,
    held,
    jobs,
    ledger,
    let_go,
    logged,
    playing,
    quota,
    rendering,
    restart,
    rows_say,
    told,
)

# Nothing but a webhook tells the bot anything within the time of a test.
DEAF = {
    "PIKA_FAL__EVENTS": "false",
    "PIKA_FAL__POLL_FIRST_SECONDS": "100",
    "PIKA_FAL__POLL_LONGEST_SECONDS": "100",
    "PIKA_FAL__RECONCILE_FIRST_SECONDS": "100",
    "PIKA_FAL__RECONCILE_LONGEST_SECONDS": "100",
}


def listening(settings: Mapping[str, str] = DEAF, path: str = "") -> dict[str, str]:
    """Return settings with a receiver on a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = cast("tuple[str, int]", free.getsockname())[1]
    return {
        **settings,
        "PIKA_WEBHOOK__PUBLIC_URL": f"http://127.0.0.1:{port}{path}",
        "PIKA_WEBHOOK__PORT": str(port),
    }


def answers(stage: Stage) -> list[int | None]:
    return [delivery.status for delivery in stage.fal.deliveries]


async def test_a_webhook_delivers_at_once(tmp_path: Path, renderer: Renderer) -> None:
    # The public URL may have a path, which the proxy in front leaves there or not.
    settings = listening(path="/pika")
    async with playing(tmp_path, renderer, settings, timing=Timing(run_seconds=1)) as stage:
        await ask(stage)
        await delivered(stage)
        assert answers(stage) == [200]
        # submit, keys, status, result, file
        assert stage.fal.calls.total() == 5
        (url,) = {delivery.url for delivery in stage.fal.deliveries}
        assert re.fullmatch("/pika/fal/[a-z2-7]{26}", URL(url).parent.path)
        assert URL(url).name not in stage.bot.log()


async def test_a_lost_answer_is_adopted_though_the_listing_is_blind(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, listening(), timing=held()) as stage:
        stage.fal.habits.listing_lag_seconds = None
        stage.fal.arm(Fault("submit", Drop(accepted=True)))
        await ask(stage)
        await told(stage, "🔎 **Checking with fal** · its answer got lost")
        let_go(stage)
        await delivered(stage)
        (job,), (request,) = await jobs(stage), stage.fal.requests.values()
        assert (job["status"], job["request_id"]) == ("delivered", request.request_id)
        assert len(stage.fal.posts) == 1
        assert "1 of 5" in await quota(stage)


async def test_what_was_given_up_is_adopted(tmp_path: Path, renderer: Renderer) -> None:
    short = {
        "PIKA_FAL__TIMEOUT_SECONDS": "0.4",
        "PIKA_FAL__START_TIMEOUT_SECONDS": "1.1",
        "PIKA_FAL__RUN_SECONDS": "0.1",
        "PIKA_FAL__RECONCILE_FIRST_SECONDS": "0.2",
        "PIKA_FAL__ADOPT_EVERY_SECONDS": "1000",
    }
    async with playing(tmp_path, renderer, listening(DEAF | short), held()) as stage:
        stage.fal.habits.listing_lag_seconds = None
        stage.fal.arm(Fault("submit", Drop(accepted=True)))
        await ask(stage)
        await told(stage, "fal never said what became of it")
        let_go(stage)
        await delivered(stage)
        assert sum(int(row["held"] or 0) for row in await ledger(stage)) == 0
        assert sum(int(row["spent"] or 0) for row in await ledger(stage)) == stage.fal.charged


async def test_duplicates_and_replays_change_nothing(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, listening(), held()) as stage:
        stage.fal.habits.webhook_copies = 5
        await ask(stage, "first")
        await ask(stage, "second")
        # One that comes before the answer to its submit is sent away, to come again later.
        await rows_say(stage, lambda rows: sum(bool(row["request_id"]) for row in rows) == 2)
        let_go(stage)
        await delivered(stage, 2)
        await stage.fal.wait_for(lambda: len(stage.fal.deliveries) == 10)
        assert set(answers(stage)) == {200}
        assert len(stage.fal.posts) == 2
        assert {job["status"] for job in await jobs(stage)} == {"delivered"}
        assert sum(int(row["spent"] or 0) for row in await ledger(stage)) == stage.fal.charged


async def test_a_webhook_finds_the_bot_that_comes_back(tmp_path: Path, renderer: Renderer) -> None:
    """Its URL holds across a restart, and fal calls again."""
    # fal's clock may be 300 s ahead of the bot's before its signatures are refused.
    timing = Timing(run_seconds=100)
    async with playing(tmp_path, renderer, listening(), timing) as stage:
        await ask(stage, "ends while the bot is there")
        await rendering(stage)
        await restart(stage)
        stage.fal.advance(100)
        await delivered(stage)
        await ask(stage, "ends while it isn't")
        await rendering(stage, 2)
        await stage.bot.kill()
        stage.fal.advance(100)
        await stage.fal.wait_for(lambda: None in answers(stage))
        await come_back(stage)
        await logged(stage, "fal's webhooks are taken")
        stage.fal.advance(10)
        await delivered(stage, 2)
        assert len(stage.fal.posts) == 2


async def test_strangers_learn_nothing(tmp_path: Path, renderer: Renderer) -> None:
    settings = listening()
    async with playing(tmp_path, renderer, settings) as stage:
        async with httpx.AsyncClient(base_url=settings["PIKA_WEBHOOK__PUBLIC_URL"]) as http:
            paths = ("/", "/fal", "/health", "/fal/1/" + "0" * 64, "/.well-known/jwks.json")
            found = await asyncio.gather(*(http.get(path) for path in paths))
        assert {(answer.status_code, answer.content) for answer in found} == {(404, b"")}
        assert stage.fal.calls.total() == 0


async def test_it_is_off_as_shipped(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        await ask(stage)
        await delivered(stage)
        (post,) = stage.fal.posts
        assert "fal_webhook" not in post.query
        assert "webhooks are taken" not in stage.bot.log()


async def test_a_port_that_is_taken_is_said(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, listening()) as stage:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = cast("tuple[str, int]", taken.getsockname())[1]
            await stage.bot.stop()
            shipped = stage.bot.environment["PIKA_WEBHOOK__PORT"]
            stage.bot.environment["PIKA_WEBHOOK__PORT"] = str(port)
            await stage.bot.start()
            assert await stage.bot.process.wait() == 2
        assert f"can't listen on 127.0.0.1:{port}" in stage.bot.log()
        stage.bot.environment["PIKA_WEBHOOK__PORT"] = shipped
        await come_back(stage)
