"""simcord, a simulation of Discord by others, judges the same flows as the sandbox.

It replaces discord.py's HTTP and gateway by its own model, so it says nothing of the wire, but it
was written by people who never saw this bot. What it judges is the names of the tests below. It
can't judge pictures: its attachments have no address that they could be fetched from.
"""

import asyncio
from contextlib import AsyncExitStack
from io import BytesIO
from typing import cast

import discord
import pytest
import simcord
from PIL import Image

from bot.application.videos.submit import SubmitVideo
from bot.ui.access.uses import Use
from bot.ui.controls.job_buttons import JOB_ACTIONS
from bot.ui.controls.persistent import Action
from sandbox.fal import FalServer
from tests.judge.simcord_harness import (
    GUILD,
    Expected,
    Program,
    judging,
    latest,
    private,
    said,
    set_up,
    working,
)


async def fails(*_: object) -> None:
    raise Expected


async def test_a_slash_command_ends_in_a_delivered_video(program: Program, fal: FalServer) -> None:
    async with program.started() as (bot, dispatcher), judging(bot) as env:
        scene = set_up(env)
        result = await scene.ada.slash(scene.channel, "pika text", prompt="a fox @everyone")
        assert said(result).startswith("⏳ **In line** · place 1\n> `a fox @everyone`")
        assert not result.ephemeral
        async with working(dispatcher):
            async with asyncio.timeout(20):
                while latest(scene) == said(result):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)  # simcord has no event to wait for
        assert said(result).startswith("> `a fox @everyone`")
        assert result.response is not None
        assert [file.filename for file in result.response.attachments] == ["pika-1.mp4"]
        assert latest(scene) == f"{scene.ada.mention} your video is ready."
        assert len(fal.posts) == 1


async def test_refusals_are_private_and_take_nothing(program: Program) -> None:
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        refused = await scene.ada.slash(scene.channel, "pika text", prompt="x", style="Baroque")
        assert private(refused).startswith("Please pick `style` from the list: ")
        await scene.ada.slash(scene.channel, "pika text", prompt="a fox")
        refused = await scene.ada.slash(scene.channel, "pika text", prompt="another fox")
        assert private(refused).startswith("You've used today's quota of 1 video here")
        refused = await scene.ada.slash(scene.channel, "pika cancel", job=99)
        assert private(refused).startswith("There is no video #99 here")


async def test_lists_help_and_quota_are_private(program: Program) -> None:
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        quota = private(await scene.ada.slash(scene.channel, "pika quota"))
        assert quota.startswith("You've used **0 of 1** videos here today")
        assert "/pika text" in private(await scene.ada.slash(scene.channel, "pika help"))
        await scene.ada.slash(scene.channel, "pika text", prompt="a fox")
        assert private(await scene.ada.slash(scene.channel, "pika jobs")).startswith(
            "**#1** in line"
        )
        canceled = await scene.ada.slash(scene.channel, "pika cancel", job=1)
        assert private(canceled) == "🚫 Video #1 is canceled; nothing was charged."
        quota = private(await scene.ada.slash(scene.channel, "pika quota"))
        assert quota.startswith("You've used **0 of 1** videos here today")


async def test_autocomplete(program: Program) -> None:
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        offered = await scene.ada.autocomplete(scene.channel, "pika text", "style", "no")
        assert [choice["name"] for choice in offered] == ["Noir"]
        await scene.ada.slash(scene.channel, "pika text", prompt="a fox")
        offered = await scene.ada.autocomplete(scene.channel, "pika cancel", "job", "")
        assert [choice["value"] for choice in offered] == [1]


async def test_the_apps_menu_opens_a_modal_or_says_why_not(program: Program) -> None:
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        plain = await scene.ada.send(scene.channel, "no picture")
        refused = await scene.ada.context_menu(scene.channel, "Animate", plain)
        assert private(refused).startswith("That message has no picture attached")
        posted = await scene.ada.send(
            scene.channel, "look", attachments=[("picture.png", _picture())]
        )
        opened_modal = await scene.ada.context_menu(scene.channel, "Animate", posted)
        assert opened_modal.modal is not None
        assert opened_modal.modal["title"] == "Animate this picture"


def _picture() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (200, 200), "teal").save(buffer, "PNG")
    return buffer.getvalue()


async def test_the_button_works_in_a_process_that_never_saw_its_message(program: Program) -> None:
    async with AsyncExitStack() as stack:
        async with program.started() as (bot, _):
            env = await stack.enter_async_context(judging(bot))
            scene = set_up(env)
            result = await scene.ada.slash(scene.channel, "pika text", prompt="a fox", seed=11)
        async with program.started() as (second, _):
            await env.restart_bot(second)
            assert result.response is not None
            details = await scene.ada.click(result.response.message, label="Details")
            assert "**seed** `11`" in private(details)


async def test_a_missing_permission_is_named(program: Program) -> None:
    async with program.started() as (bot, _), judging(bot) as env:
        guild = env.create_guild(id=GUILD)
        deny = discord.PermissionOverwrite(attach_files=False)
        channel = guild.create_text_channel("videos", overwrites={guild.default_role: deny})
        ada = guild.add_member(env.create_user("ada"))
        refused = await ada.slash(channel, "pika text", prompt="a fox")
        assert "allow me **Attach Files**" in private(refused)


async def test_an_unexpected_error_is_answered_with_a_reference(program: Program) -> None:
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)

        command = bot.tree.get_command("pika")
        assert isinstance(command, discord.app_commands.Group)
        quota = command.get_command("quota")
        assert isinstance(quota, discord.app_commands.Command)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(quota, "_callback", fails)
            answered = await scene.ada.slash(scene.channel, "pika quota")
        assert "tell the bot's owner this reference: `" in private(answered)


async def test_an_unexpected_error_of_a_button_is_answered_too(program: Program) -> None:
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        result = await scene.ada.slash(scene.channel, "pika text", prompt="a fox")
        assert result.response is not None
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(JOB_ACTIONS, "details", Action(Use.SHOWS, fails))
            answered = await scene.ada.click(result.response.message, label="Details")
        assert "tell the bot's owner this reference: `" in private(answered)


async def test_an_unexpected_error_of_a_modal_is_answered_too(program: Program) -> None:
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        posted = await scene.ada.send(scene.channel, attachments=[("picture.png", _picture())])
        shown = await scene.ada.context_menu(scene.channel, "Animate", posted)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SubmitVideo, "check", fails)
            answered = await scene.ada.submit_modal(shown, _filled(shown, "it melts"))
        assert "tell the bot's owner this reference: `" in private(answered)


def _filled(shown: simcord.InteractionResult, words: str) -> dict[str, str | list[str]]:
    """Return the modal with these words, and whatever else as it begins."""
    modal = cast("dict[str, list[dict[str, dict[str, object]]]]", shown.modal)
    filled: dict[str, str | list[str]] = {}
    for field in (one["component"] for one in modal["components"]):
        options = cast("list[dict[str, object]]", field.get("options", []))
        begun = [str(option["value"]) for option in options if option.get("default")]
        filled[str(field["custom_id"])] = begun or words
    return filled


async def test_a_hundred_status_messages_leave_nothing_in_memory(program: Program) -> None:
    """discord.py forgets a button's class when a view with it ends, and keeps static views. By
    itself it also keeps the last thousand messages."""
    program.settings["PIKA_QUOTA__VIDEOS_PER_DAY"] = "100"
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        results = [
            await scene.ada.slash(scene.channel, "pika text", prompt=f"fox {n}") for n in range(100)
        ]
        assert not bot.persistent_views
        assert not bot.cached_messages
        assert results[0].response is not None
        details = await scene.ada.click(results[0].response.message, label="Details")
        assert "**Video #1**" in private(details)


async def test_the_same_request_is_one_video_and_its_button_minds_the_quota(
    program: Program,
) -> None:
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        await scene.ada.slash(scene.channel, "pika text", prompt="a fox")
        while "#1" not in latest(scene):  # noqa: ASYNC110 - simcord has no event to wait for
            await asyncio.sleep(0)
        again = await scene.ada.slash(scene.channel, "pika text", prompt="a fox")
        assert "it is [video #1](" in private(again)
        assert again.response is not None
        another = await scene.ada.click(again.response.message, label="Make another")
        assert private(another).startswith("You've used today's quota of 1 video here")


async def test_cancel_by_button_is_for_its_member(program: Program) -> None:
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        asked = await scene.ada.slash(scene.channel, "pika text", prompt="a fox")
        assert asked.response is not None
        message = asked.response.message
        canceled = await scene.ada.click(message, label="Cancel")
        assert "video #1" in private(canceled).casefold()


async def test_mentions_are_answered_in_public(program: Program) -> None:
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        assert bot.user is not None
        await scene.ada.send(scene.channel, "hello everybody")
        assert latest(scene) == "hello everybody"
        await scene.ada.send(scene.channel, f"<@{bot.user.id}> a fox")
        assert latest(scene).startswith("I see no picture there.")
        posted = await scene.ada.send(scene.channel, attachments=[("picture.png", _picture())])
        await scene.ada.send(scene.channel, f"<@{bot.user.id}> it melts", reply_to=posted)
        assert latest(scene).startswith("Discord doesn't show me the pictures of a message")


async def test_a_mention_in_a_reply_to_a_video_makes_a_variation(program: Program) -> None:
    program.settings["PIKA_QUOTA__VIDEOS_PER_DAY"] = "2"
    async with program.started() as (bot, _), judging(bot) as env:
        scene = set_up(env)
        assert bot.user is not None
        asked = await scene.ada.slash(scene.channel, "pika text", prompt="a fox", duration=10)
        assert asked.response is not None
        message = asked.response.message
        await scene.ada.send(scene.channel, f"<@{bot.user.id}> a wolf", reply_to=message)
        while "#2" not in latest(scene):  # noqa: ASYNC110 - simcord has no event to wait for
            await asyncio.sleep(0)
        assert latest(scene).startswith("⏳ **In line** · place 2\n> `a wolf`")
        assert " · 10 s · " in latest(scene)
