"""Channels that the bot can't view any more: nothing untrue is said of them, and they come back."""

from pathlib import Path

from sandbox.discord import Channel, Invocation, Permission
from sandbox.discord.wire import encode
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.moderating import choose, moderate, panel, plain
from tests.wire.playing import (
    answer,
    ask,
    come_back,
    delivered,
    held,
    let_go,
    playing,
    rows_say,
)
from tests.wire.playing import rendering as rendering_begun
from tests.wire.refining import all_delivered, one_video, said

HIDDEN = (
    "Video #1 isn't yours, and I can no longer see its channel, so I can't tell whether you may see"
    " it; its maker or a moderator can show it."
)


def hide(stage: Stage, channel: Channel) -> None:
    stage.discord.set_overwrite(channel, stage.discord.roles["Pika"], deny=Permission.VIEW_CHANNEL)


def unhide(stage: Stage, channel: Channel) -> None:
    stage.discord.set_overwrite(channel, stage.discord.roles["Pika"])


async def show(stage: Stage, who: str, channel: str = "general") -> Invocation:
    discord = stage.discord
    member = discord.members[who]
    return await discord.invoke(member, discord.channels[channel], "pika show", {"job": 1})


async def is_shown(stage: Stage, who: str, channel: str = "general") -> None:
    shown = (await show(stage, who, channel)).response_message
    assert shown is not None
    await stage.discord.wait_for(lambda: shown.attachments)


async def test_what_is_said_of_a_channel_out_of_view_is_true(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        videos, ben = discord.channels["videos"], discord.members["Ben"]
        await one_video(stage)
        await is_shown(stage, "Ben")
        discord.set_overwrite(videos, ben, deny=Permission.VIEW_CHANNEL)
        assert "made in a channel that you can't see" in answer(await show(stage, "Ben"))
        hide(stage, videos)
        assert answer(await show(stage, "Ben")) == HIDDEN
        await is_shown(stage, "Ada")
        await is_shown(stage, "Mo")
        refused = answer(await ask(stage, "another"))
        assert "please ask a moderator to allow me **View Channel**" in refused
        # After a restart, the channel arrives hidden from the beginning.
        assert await stage.bot.stop() == 0
        await come_back(stage)
        assert answer(await show(stage, "Ben")) == HIDDEN
        assert len(stage.fal.posts) == 1
        discord.set_overwrite(videos, ben)
        unhide(stage, videos)
        await is_shown(stage, "Ben")
        await ask(stage, "another")
        await delivered(stage, 2)
        assert "___hidden___" not in encode([request.body for request in discord.requests])


async def test_rules_that_name_channels_out_of_view_or_gone_stay_true(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        videos, attic = discord.channels["videos"], discord.add_channel("attic")
        await moderate(stage, "channels", add=attic)
        await moderate(stage, "channels", add=videos)
        hide(stage, videos)
        discord.delete_channel(attic)
        where = f"<#{videos.id}>, <#{attic.id}>"
        assert where in await moderate(stage, "channels")
        page = await panel(stage)
        assert where in page.content
        ada, general = discord.members["Ada"], discord.channels["general"]
        no = answer(await discord.invoke(ada, general, "pika text", {"prompt": "a fox"}))
        assert f"Please make videos in {where}." in no
        changed = (await choose(stage, page, "channels", videos)).response_message
        assert changed is not None
        assert "#videos" in plain(stage, changed.content)
        assert f"<#{attic.id}>" not in await moderate(stage, "channels")
        assert "**View Channel**" in answer(await ask(stage))
        unhide(stage, videos)
        await ask(stage)
        await delivered(stage)
        assert "___hidden___" not in encode([request.body for request in discord.requests])


async def test_a_video_of_a_channel_that_was_hidden_meanwhile_reaches_its_member(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        discord = stage.discord
        videos = discord.channels["videos"]
        asked = await ask(stage)
        await rendering_begun(stage)
        hide(stage, videos)
        let_go(stage)
        message = asked.response_message
        assert message is not None
        await discord.wait_for(lambda: message.attachments)
        await rows_say(stage, lambda rows: rows[0]["status"] == "delivered")
        unhide(stage, videos)
        # Its buttons work again.
        assert "Video #1" in await said(
            stage, await discord.click(discord.members["Ada"], message, "Details")
        )


async def test_a_video_of_a_thread_stays_in_sight_when_that_is_archived(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        ada, ben, videos = (
            discord.members["Ada"],
            discord.members["Ben"],
            discord.channels["videos"],
        )
        public = discord.add_thread(videos, "public", ada)
        private = discord.add_thread(videos, "private", ada, private=True)
        discord.add_to_thread(private, discord.bot)
        for thread in (public, private):
            await discord.invoke(ada, thread, "pika text", {"prompt": thread.name})
            await discord.wait_for(
                lambda thread=thread: any(one.attachments for one in discord.visible(ada, thread)),
                30,
            )
            # What is posted later would wake the thread.
            await all_delivered(stage)
            discord.archive(thread)
        # Also after a restart, when the threads never arrive.
        for is_restarted in (False, True):
            if is_restarted:
                assert await stage.bot.stop() == 0
                await come_back(stage)
            await is_shown(stage, "Ben")
            refused = await discord.invoke(
                ben, discord.channels["general"], "pika show", {"job": 2}
            )
            assert "made in a place whose members I don't know" in answer(refused)
        discord.set_overwrite(videos, ben, deny=Permission.VIEW_CHANNEL)
        assert "made in a channel that you can't see" in answer(await show(stage, "Ben"))
