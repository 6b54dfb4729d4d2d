"""The real bot in two servers, and in one that it is added to while it runs."""

from pathlib import Path

from sandbox.discord import PLAYGROUND, Guild, Message, ServerPlan, WorldPlan
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import answer, ask, delivered, playing, seen

NIGHT = ServerPlan(name="Night Shift", owner="Olive", members={"Bo": ()}, channels=("studio",))


async def make(stage: Stage, guild: Guild) -> list[Message]:
    """Let Bo ask for a video in the studio; return all that is to be seen there with the video."""
    bo, studio = guild.members["Bo"], guild.channels["studio"]
    await stage.discord.invoke(bo, studio, "pika text", {"prompt": "an owl"})
    await stage.discord.wait_for(
        lambda: any(one.attachments for one in stage.discord.visible(bo, studio)), 60
    )
    return stage.discord.visible(bo, studio)


async def test_a_member_of_each_server_gets_a_video_there(tmp_path: Path, renderer: Renderer):
    plan = WorldPlan(servers=(PLAYGROUND, NIGHT))
    async with playing(tmp_path, renderer, plan=plan) as stage:
        night = stage.discord.servers["Night Shift"]
        await ask(stage)
        (day_video,) = await delivered(stage)
        dark = await make(stage, night)
        (dark_video,) = [message for message in dark if message.attachments]
        assert [message for message in seen(stage) if message.attachments] == [day_video]
        bo = night.members["Bo"]
        details = await stage.discord.click(bo, dark_video, "Details")
        assert "an owl" in answer(details)


async def test_the_bot_works_in_a_server_that_it_is_added_to(tmp_path: Path, renderer: Renderer):
    async with playing(tmp_path, renderer) as stage:
        night = stage.discord.add_server(NIGHT)
        await make(stage, night)
        stage.discord.remove_server(night)
        await ask(stage)
        await delivered(stage)
