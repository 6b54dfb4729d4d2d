"""`python -m bot drain` ends the real bot in good order."""

import asyncio
from pathlib import Path

import pytest

from bot.adapters.sqlite.ownership import owned
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    answer,
    ask,
    come_back,
    delivered,
    held,
    jobs,
    let_go,
    logged,
    playing,
    told,
    videos,
)

ONE = {"PIKA_FAL__CONCURRENCY": "1"}
WAITS = "⏸️ **Paused** · the bot is shut down for maintenance; your video goes on when it is back"


async def ended(stage: Stage) -> int:
    return await asyncio.wait_for(stage.bot.process.wait(), 60)


async def test_what_is_at_fal_is_delivered_and_the_rest_kept_in_line(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, ONE, held()) as stage:
        await ask(stage, "first")
        await told(stage, "**Rendering**")
        for number in range(3):
            await ask(stage, f"number {number}", who="Ben")
        await told(stage, "> `number 2`")
        draining = asyncio.create_task(stage.bot.command("drain"))
        await logged(stage, "draining")
        assert answer(await ask(stage, "too late")) == (
            "I'm being shut down for maintenance; please come back later. Nothing was charged."
        )
        let_go(stage)
        assert await draining == (
            "Everything fal has made is delivered; in line for the bot's return: 3.\n"
        )
        # The command waits for the end of the process: the database is free.
        with owned(tmp_path / "pika.db"):
            pass
        assert not (tmp_path / "pika.db.sock").exists()
        assert await ended(stage) == 0
        assert len(videos(stage)) == 1
        assert len(stage.fal.posts) == 1
        waiting = [
            m.content
            for m in stage.discord.visible(
                stage.discord.members["Ben"], stage.discord.channels["videos"]
            )
        ]
        assert str(waiting).count(WAITS) == 3
        await come_back(stage)
        await delivered(stage, 4)
        assert len(stage.fal.posts) == 4


async def test_no_wait_returns_at_once(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, ONE, held()) as stage:
        await ask(stage, "first")
        await told(stage, "**Rendering**")
        assert await stage.bot.command("drain", "--no-wait") == (
            "The bot takes no more requests and ends after one more video.\n"
        )
        assert stage.bot.process.returncode is None
        let_go(stage)
        assert await ended(stage) == 0
        assert [job["status"] for job in await jobs(stage)] == ["delivered"]


async def test_an_idle_bot_ends_at_once_and_none_is_nothing_to_drain(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        assert (await stage.bot.command("drain")).endswith("in line for the bot's return: 0.\n")
        assert await ended(stage) == 0
        assert await stage.bot.command("drain") == (
            "No bot runs on this database, so there is nothing to drain.\n"
        )


@pytest.mark.parametrize("kill", [False, True])
async def test_an_end_before_the_drain_is_done_is_said(
    tmp_path: Path, renderer: Renderer, *, kill: bool
) -> None:
    async with playing(tmp_path, renderer, ONE, held()) as stage:
        await ask(stage, "first")
        await told(stage, "**Rendering**")
        draining = asyncio.create_task(stage.bot.command("drain"))
        await logged(stage, "draining")
        if kill:
            await stage.bot.kill()
        else:
            assert await stage.bot.stop() == 0
        with pytest.raises(RuntimeError, match="goes on when it"):
            await draining
        assert not videos(stage)
        await come_back(stage)
        let_go(stage)
        await delivered(stage)
        assert len(stage.fal.posts) == 1
