"""What Discord writes between angle brackets reaches fal as the words that its member reads."""

import re
from pathlib import Path

from sandbox.discord.permissions import Permission
from sandbox.render import Renderer
from tests.wire.playing import answer, ask, delivered, four_colours, jobs, playing, told
from tests.wire.refining import fill_in, one_video, press
from tests.wire.several import RED, card, holiday, pika

ID = "812345678901234567"
PLENTY = {"PIKA_QUOTA__VIDEOS_PER_DAY": "50"}


async def test_commands_forms_and_messages_send_names_and_no_ids(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, PLENTY) as stage:
        discord = stage.discord
        ada, ben, channel = (
            discord.members["Ada"],
            discord.members["Ben"],
            discord.channels["videos"],
        )
        secret = discord.add_channel("plans")
        discord.set_overwrite(secret, discord.roles["Member"], deny=Permission.VIEW_CHANNEL)
        ids = {
            *(str(one.id) for one in (ada, ben, channel, secret, discord.bot)),
            *(str(role.id) for role in discord.roles.values()),
            ID,
        }
        words = (
            f"<:cat:{ID}> of {ada.mention} meets {ben.mention}, a <@&{discord.roles['Moderator'].id}>"
            f" in <#{channel.id}> or <#{secret.id}> </pika text:{ID}> <t:0:D> <3 a < b > c"
        )
        read = (
            "cat of Ada meets , a Moderator in #videos or /pika text January 1, 1970 <3 a < b > c"
        )
        message = await one_video(stage, words, negative_prompt=f"<a:dog:{ID}>, {ben.mention} rain")
        assert f"> `{read}`" in message.content
        assert str(stage.fal.posts[0].arguments["prompt"]).split("\n")[0] == read
        assert str(stage.fal.posts[0].arguments["negative_prompt"]).startswith("dog, rain, ")
        # The form shows the words as they were read, and takes others.
        opened = await press(stage, message, "Edit")
        assert read in str(opened.modal)
        await discord.submit_modal(
            opened, {"What happens in the video?": f"{ada.mention} <:run:{ID}>"}
        )
        await told(stage, "> `Ada run`")
        await fill_in(
            stage, message, "Continue", {"What happens next?": f"<@&{ID}> then <:hop:{ID}>"}
        )
        await told(stage, "> `then hop`")
        # Of whom a message mentions, Discord tells the name.
        text = f"{discord.bot.mention} {ben.mention} hugs <:cat:{ID}>"
        await discord.post(ada, channel, text, [four_colours()])
        await told(stage, "> `Ben hugs cat`")
        posted = await discord.post(ben, channel, "look", [four_colours()])
        form = await discord.invoke_menu(ada, posted, "Animate")
        await discord.submit_modal(form, {"prompt": f"<:melt:{ID}> it"})
        await told(stage, "> `melt it`")
        await pika(
            stage,
            "frames",
            image1=card(RED),
            image2=four_colours(),
            transitions=f"3 | <:spin:{ID}> by {ada.mention}",
        )
        await told(stage, "> `spin by Ada`")
        await pika(
            stage,
            "swap",
            video=holiday(tmp_path),
            prompt="a hat",
            modify_region=f"the <:head:{ID}>",
        )
        await told(stage, "> `a hat`")
        # One's own defaults, too.
        kept = await pika(stage, "settings", negative_prompt=f"<:mud:{ID}> of {ada.mention}")
        assert "**negative_prompt** `mud of Ada`" in answer(kept)
        await ask(stage, "a wolf")
        await told(stage, "> `a wolf`")
        await delivered(stage, 8)
        everything = " ".join(str(post.arguments) for post in stage.fal.posts)
        for part in ("{'prompt': 'spin by Ada\\n", "'modify_region': 'the head'", "'mud of Ada, "):
            assert part in everything
        assert not [number for number in ids if number in everything]
        for job in await jobs(stage):
            told_again = f"{job['prompt']} {job['options']} {job['arguments']}"
            assert not re.search(r"<[@#:a/t]", told_again)


async def test_a_prompt_of_nothing_but_an_unknown_mention_is_empty(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        refused = answer(await ask(stage, f"<@{ID}>"))
        assert refused == "Please describe the video in `prompt`. Nothing was charged."
        assert await jobs(stage) == []
