"""What discord.py does not try again, the bot does; and once is once."""

from pathlib import Path

import pytest

from sandbox.discord import Answer, Drop, Fault
from sandbox.render import Renderer
from tests.wire.playing import ask, delivered, held, let_go, playing, seen, told

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
