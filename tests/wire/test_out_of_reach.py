"""A video whose place is gone still reaches its member, or is kept for them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.discord import Answer, Channel, Fault, Member, Permission
from sandbox.fal import FailJob, policy_violation
from sandbox.fal import Fault as FalFault
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    answer,
    ask,
    come_back,
    delivered,
    held,
    jobs,
    ledger,
    let_go,
    logged,
    playing,
    rendering,
    rows_say,
    told,
)
from tests.wire.refining import all_delivered, press

EDIT = "/channels/{channel}/messages/{message}"


def gone(stage: Stage, channel: Channel) -> None:
    stage.discord.delete_channel(channel)


def hidden(stage: Stage, channel: Channel) -> None:
    bot = stage.discord.roles["Pika"]
    stage.discord.set_overwrite(channel, bot, deny=Permission.VIEW_CHANNEL)


def locked(stage: Stage, channel: Channel) -> None:
    stage.discord.archive(channel, locked=True)


async def ask_in(stage: Stage, channel: Channel, who: str = "Ada") -> Member:
    member = stage.discord.members[who]
    await stage.discord.invoke(member, channel, "pika text", {"prompt": "a fox"})
    return member


@pytest.mark.parametrize("change", [gone, hidden, locked])
async def test_a_channel_out_of_reach_makes_it_a_direct_message(
    tmp_path: Path, renderer: Renderer, change: Callable[[Stage, Channel], None]
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        videos = stage.discord.channels["videos"]
        channel = stage.discord.add_thread(videos, "foxes") if change is locked else videos
        ada = await ask_in(stage, channel)
        await rendering(stage)
        change(stage, channel)
        # So long, the command's own token edits its answer.
        stage.discord.advance(16 * 60)
        let_go(stage)
        await stage.discord.wait_for(lambda: stage.discord.direct_messages(ada))
        (message,) = stage.discord.direct_messages(ada)
        assert message.attachments[0].filename == "pika-1.mp4"
        assert message.content.startswith(
            f"I couldn't post this in <#{channel.id}>. Your video #1:"
        )
        (job,) = await jobs(stage)
        assert (job["status"], job["delivered_as"]) == ("delivered", "direct")
        assert sum(int(row["spent"] or 0) for row in await ledger(stage)) == 200_000


@pytest.mark.parametrize("fails", [False, True])
async def test_once_a_place_is_back_its_message_says_how_it_ended(
    tmp_path: Path, renderer: Renderer, fails: bool
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        discord, channel = stage.discord, stage.discord.channels["videos"]
        if fails:
            stage.fal.arm(FalFault("submit", FailJob(policy_violation("prompt"))))
        ada = await ask_in(stage, channel)
        message = await told(stage, "**Rendering**")
        hidden(stage, channel)
        # So long, the command's own token edits its answer.
        discord.advance(16 * 60)
        let_go(stage)
        await discord.wait_for(lambda: discord.direct_messages(ada))
        # Still away at the next start: one look in vain, and nothing is said twice.
        assert await stage.bot.stop() == 0
        await come_back(stage)
        await logged(stage, "job 1: its end isn't in its message yet")
        assert "**Rendering**" in message.content
        discord.set_overwrite(channel, discord.roles["Pika"])
        assert await stage.bot.stop() == 0
        await come_back(stage)
        end = (
            "❌ **No video**" if fails else "📦 **Finished and charged** · I couldn't post it here"
        )
        await discord.wait_for(lambda: message.content.startswith(end))
        assert fails or "so I sent it to you directly" in message.content
        assert len(discord.direct_messages(ada)) == 1
        await rows_say(stage, lambda rows: not rows[0]["end_missed"])


async def test_a_deleted_video_leaves_its_message_once_the_place_is_back(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord, channel = stage.discord, stage.discord.channels["videos"]
        ada = await ask_in(stage, channel)
        (message,) = await delivered(stage)
        await all_delivered(stage)
        general = discord.channels["general"]
        shown = (await discord.invoke(ada, general, "pika show", {"job": 1})).response_message
        assert shown is not None
        await discord.wait_for(lambda: shown.attachments)
        hidden(stage, channel)
        discord.advance(16 * 60)
        question = (await press(stage, shown, "Delete")).response_message
        assert question is not None
        await press(stage, question, "Delete for good")
        await discord.wait_for(lambda: "deleted** by its maker" in shown.content)
        assert message.attachments
        discord.set_overwrite(channel, discord.roles["Pika"])
        assert await stage.bot.stop() == 0
        await come_back(stage)
        await discord.wait_for(lambda: "deleted** by its maker" in message.content)
        assert not message.attachments


async def test_a_member_out_of_reach_finds_the_video_with_show(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        ada = await ask_in(stage, stage.discord.channels["videos"])
        await rendering(stage)
        ada.takes_direct_messages = False
        stage.discord.delete_channel(stage.discord.channels["videos"])
        let_go(stage)
        general = stage.discord.channels["general"]

        async def listed() -> str:
            return answer(await stage.discord.invoke(ada, general, "pika jobs"))

        await stage.discord.wait_for(
            lambda: any(r.error_code == 50007 for r in stage.discord.requests), 30
        )
        while "I couldn't post it: `/pika show` tries again" not in (said := await listed()):
            assert "#1" in said
        (job,) = await jobs(stage)
        assert (job["status"], job["delivered_as"]) == ("delivered", "kept")
        shown = await stage.discord.invoke(ada, general, "pika show", {"job": 1})
        message = shown.response_message
        assert message is not None
        await stage.discord.wait_for(lambda: message.attachments)
        assert message.attachments[0].filename == "pika-1.mp4"
        assert "a fox" in message.content
        ben = stage.discord.members["Ben"]
        refused = await stage.discord.invoke(ben, general, "pika show", {"job": 1})
        assert answer(refused).startswith("Video #1 isn't yours")


async def test_a_failure_is_told_in_private_when_its_channel_is_gone(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        stage.fal.arm(FalFault("submit", FailJob(policy_violation("prompt"))))
        ada = await ask_in(stage, stage.discord.channels["videos"])
        await rendering(stage)
        stage.discord.delete_channel(stage.discord.channels["videos"])
        let_go(stage)
        await stage.discord.wait_for(lambda: stage.discord.direct_messages(ada))
        (message,) = stage.discord.direct_messages(ada)
        assert "its content check said no" in message.content


async def test_a_message_that_cannot_be_edited_any_more_is_followed_by_another(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        await ask(stage)
        old = await told(stage, "**Rendering**")
        refusal = Answer(403, {"message": "Cannot edit this message", "code": 50005})
        stage.discord.arm(Fault("PATCH", EDIT, refusal, times=100))
        let_go(stage)
        reply = await told(stage, "your video is ready")
        assert reply.reference is not None
        assert reply.reference is not old
        assert reply.reference.attachments
        (job,) = await jobs(stage)
        assert (job["delivered_as"], job["message_id"]) == ("posted", reply.reference.id)
