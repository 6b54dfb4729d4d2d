"""Whatever Discord refuses at the start, what is paid is delivered."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.discord import Answer, Delay, Fault
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.moderating import moderate
from tests.wire.playing import (
    answer,
    ask,
    come_back,
    delivered,
    held,
    let_go,
    logged,
    owner_reads,
    playing,
    quota,
    told,
)
from tests.wire.test_discord_matrix import limited

SYNC = ("PUT", "/applications/{application}/commands")
ALWAYS = 100_000
UNAVAILABLE = Answer(503, {"message": "x"})
INVALID = Answer(
    400,
    {
        "message": "Invalid Form Body",
        "code": 50035,
        "errors": {"0": {"name": {"_errors": [{"code": "BAD", "message": "no such name"}]}}},
    },
)
HANGING = Delay(600)
NO_ANSWER = Answer(200, {})
PASSING = (UNAVAILABLE, NO_ANSWER)


async def kill_with_a_video_at_fal(stage: Stage) -> None:
    """Kill the bot while fal makes a paid video, and forget that Discord knows the commands."""
    await ask(stage)
    await told(stage, "**Rendering**")
    await stage.bot.kill()
    with closing(sqlite3.connect(stage.bot.folder / "pika.db")) as database:
        database.execute("DELETE FROM settings WHERE key = 'commands_hash'")
        database.commit()
    await stage.discord.wait_for(lambda: not stage.discord.bot_online)
    stage.discord.advance(5)


@pytest.mark.parametrize(
    ("trouble", "line"),
    [
        (UNAVAILABLE, "can't sync the commands (HTTP 503, code 0), next try in 2 s"),
        (limited(3000), "can't sync the commands (RateLimited), next try in 3000 s"),
        (HANGING, ""),
    ],
)
async def test_commands_that_cannot_be_synced_now_hold_no_video_back(
    tmp_path: Path, renderer: Renderer, trouble: Answer | Delay, line: str
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        await kill_with_a_video_at_fal(stage)
        stage.discord.arm(Fault(*SYNC, trouble, times=1 if trouble is HANGING else 2))
        await stage.bot.start()
        let_go(stage)
        (video,) = await delivered(stage)
        await logged(stage, line)
        # Old commands and buttons work.
        assert "videos" in await quota(stage)
        assert "#1" in answer(
            await stage.discord.click(stage.discord.members["Ada"], video, "Details")
        )
        if trouble is UNAVAILABLE:
            await logged(stage, "next try in 4 s")
            await logged(stage, "commands synced")


async def test_commands_that_discord_refuses_are_the_owners_to_know(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        await kill_with_a_video_at_fal(stage)
        stage.discord.arm(Fault(*SYNC, INVALID, times=ALWAYS))
        await stage.bot.start()
        let_go(stage)
        await delivered(stage)
        await owner_reads(stage, "Discord refuses my list of commands (HTTP 400, code 50035)")
        assert "no such name" in stage.bot.log()
        assert "paused" in await moderate(stage, "pause")
        stage.bot.log_path.write_text("")
        assert await stage.bot.stop() == 0
        await come_back(stage)
        await logged(stage, "can't sync the commands (HTTP 400, code 50035), next try in 3600 s")
        assert await stage.bot.stop() == 0
        stage.discord.disarm()
        await come_back(stage)
        await owner_reads(stage, "✅ Discord has taken my list of commands.")
        owner = stage.discord.members["Olive"]
        direct = [one.content for one in stage.discord.direct_messages(owner)]
        assert len([one for one in direct if "list of commands" in one]) == 2


@pytest.mark.parametrize("path", ["/users/@me", "/oauth2/applications/@me", "/gateway/bot"])
@pytest.mark.parametrize("trouble", [*PASSING, limited(3000), HANGING])
async def test_a_login_that_fails_for_a_while_holds_no_video_back(
    tmp_path: Path, renderer: Renderer, path: str, trouble: Answer | Delay
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        await kill_with_a_video_at_fal(stage)
        stage.discord.arm(Fault("GET", path, trouble, times=1))
        await stage.bot.start()
        let_go(stage)
        await delivered(stage)
        if trouble in PASSING:
            await stage.discord.wait_ready()
            assert "videos" in await quota(stage)
