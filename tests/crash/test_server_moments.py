"""Kills around the question whose servers are served: nothing is made without the owner's word."""

from pathlib import Path

import pytest

from sandbox.discord import Message, ServerPlan
from sandbox.discord.guilds import Guild
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.crash.test_rare_moments import BOTH, begin, crashing, die
from tests.wire.playing import answer

STRANGE = ServerPlan(name="Strange", owner="Eve", members={"Olive": ()}, channels=("lair",))


def asked(stage: Stage) -> list[Message]:
    return stage.discord.direct_messages(stage.discord.members["Olive"])


async def refused(stage: Stage, guild: Guild) -> None:
    channel = guild.channels["lair"]
    said = await stage.discord.invoke(guild.owner, channel, "pika text", {"prompt": "a fox"})
    assert "hasn't agreed yet" in answer(said)


@pytest.mark.parametrize("call", ["serverdoor.ask", "serverbook.mark_asked"])
@BOTH
async def test_asking(tmp_path: Path, renderer: Renderer, call: str, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        await begin(stage, call, when)
        guild = stage.discord.add_server(STRANGE)
        await die(stage)
        await refused(stage, guild)
        # Once at most: the log has it, too.
        assert len(asked(stage)) <= 1
        assert f"nobody has agreed to server {guild.id}" in stage.bot.log()


@pytest.mark.parametrize(
    "call", ["serverbook.decide", "serverdoor.leave", "serverbook.mark_absent"]
)
@BOTH
async def test_leaving(tmp_path: Path, renderer: Renderer, call: str, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        await begin(stage, call, when)
        guild = stage.discord.add_server(STRANGE)
        await stage.discord.wait_for(lambda: asked(stage))
        olive = stage.discord.members["Olive"]
        pressed = await stage.discord.click(olive, asked(stage)[0], "Leave it", wait=False)
        await die(stage)
        if (call, when) == ("serverbook.decide", "before"):
            # Her word was never written.
            assert pressed.acknowledged_at is None
            await refused(stage, guild)
            await stage.discord.click(olive, asked(stage)[0], "Leave it")
        await stage.discord.wait_for(lambda: not guild.bot_joined)


@BOTH
async def test_answering_elsewhere(tmp_path: Path, renderer: Renderer, when: str) -> None:
    async with crashing(tmp_path, renderer) as stage:
        await begin(stage, "serverdoor.close_question", when)
        guild = stage.discord.add_server(STRANGE)
        await stage.discord.wait_for(lambda: asked(stage))
        olive, lair = guild.members["Olive"], guild.channels["lair"]
        question = await stage.discord.invoke(olive, lair, "pika text", {"prompt": "a fox"})
        assert question.response_message is not None
        await stage.discord.click(olive, question.response_message, "Serve it")
        await die(stage)
        await stage.discord.wait_for(lambda: not asked(stage)[0].components)
        # Once, whether or not it was written before.
        assert asked(stage)[0].content.count("is served") == 1
