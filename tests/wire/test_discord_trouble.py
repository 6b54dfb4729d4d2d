"""What discord.py does not try again, the bot does; and once is once."""

from pathlib import Path

import pytest

from sandbox.discord import Answer, Drop, Fault
from sandbox.render import Renderer
from tests.wire.playing import (
    ask,
    come_back,
    delivered,
    held,
    jobs,
    let_go,
    logged,
    playing,
    seen,
    told,
    videos,
)

EDIT = "/channels/{channel}/messages/{message}"
POST = "/channels/{channel}/messages"
UNAVAILABLE = Answer(503, {"message": "Service Unavailable", "code": 0})


@pytest.mark.parametrize("trouble", [UNAVAILABLE, Drop.BEFORE, Drop.AFTER])
async def test_delivery_survives(
    tmp_path: Path, renderer: Renderer, trouble: Answer | Drop
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        await ask(stage)
        await told(stage, "**Rendering**")
        stage.discord.arm(Fault("PATCH", EDIT, trouble, times=2))
        stage.discord.arm(Fault("POST", POST, trouble, times=2))
        let_go(stage)
        (message,) = await delivered(stage)
        (video,) = message.attachments
        # A discord.File that is used twice uploads nothing the second time.
        assert video.size > 1000
        assert len([m for m in seen(stage) if m.pinged]) == 1


async def test_a_status_message_that_was_deleted_is_written_anew(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        await ask(stage)
        message = await told(stage, "**Rendering**")
        message.deleted = True
        let_go(stage)
        (video,) = await delivered(stage)
        assert video is not message
        (reply,) = [m for m in seen(stage) if m.pinged]
        assert reply.reference is video


@pytest.mark.parametrize("killed", [False, True])
async def test_a_mention_that_cannot_be_posted_takes_no_video_away(
    tmp_path: Path, renderer: Renderer, *, killed: bool
) -> None:
    settings = {"PIKA_DISCORD__DELIVER_SECONDS": "9", "PIKA_FAL__RETRY_LONGEST_SECONDS": "0.5"}
    async with playing(tmp_path, renderer, settings, held()) as stage:
        await ask(stage)
        await told(stage, "**Rendering**")
        stage.discord.arm(Fault("POST", POST, UNAVAILABLE, times=100_000))
        let_go(stage)
        await stage.discord.wait_for(lambda: videos(stage))
        await logged(stage, "job 1 (stored): Discord: HTTP 503")
        if killed:
            await stage.bot.kill()
            await come_back(stage)
        await logged(stage, "job 1: its video stands, but its member isn't mentioned")
        await logged(stage, "stored -> delivered (edited)")
        (job,) = await jobs(stage)
        assert job["status"] == "delivered"
        (message,) = videos(stage)
        assert "seed" in message.content
        assert not [one for one in seen(stage) if one.pinged or "couldn't post" in one.content]
