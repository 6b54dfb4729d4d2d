"""The bot knows before anything is taken whether its own token reaches the place."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sandbox.discord import Answer, Channel, ChannelKind, Fault, Invocation, Permission
from sandbox.fal import FailJob, policy_violation
from sandbox.fal import Fault as FalFault
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    answer,
    four_colours,
    held,
    jobs,
    let_go,
    logged,
    playing,
    rendering,
)

ONE = "/channels/{channel}/messages/{message}"
ALL = "/channels/{channel}/messages"
CANT = "I can't post videos here: please ask a moderator to allow me"


async def text(
    stage: Stage, channel: Channel, prompt: str = "a fox", who: str = "Ada"
) -> Invocation:
    member = stage.discord.members[who]
    return await stage.discord.invoke(member, channel, "pika text", {"prompt": prompt})


async def refused(stage: Stage, channel: Channel, who: str = "Ada") -> str:
    """Ask for a video; return the private sentence that says no."""
    return answer(await text(stage, channel, who=who))


async def video_in(stage: Stage, channel: Channel) -> None:
    """Ask for a video, and wait until it stands there with its mention."""
    asked = await text(stage, channel, f"fox {len(stage.fal.posts)}")
    message = asked.response_message
    assert message is not None

    def is_ready() -> bool:
        ada = stage.discord.members["Ada"]
        seen = stage.discord.visible(ada, channel)
        return any(m.reference is message and "is ready" in m.content for m in seen)

    await stage.discord.wait_for(is_ready)
    assert message.attachments


def deny(stage: Stage, channel: Channel, permission: Permission) -> None:
    stage.discord.set_overwrite(channel, stage.discord.roles["Pika"], deny=permission)


def allow(stage: Stage, channel: Channel, permission: Permission) -> None:
    stage.discord.set_overwrite(channel, stage.discord.roles["Pika"], allow=permission)


async def test_the_missing_permission_is_named_and_nothing_is_taken(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        forum = discord.add_channel("ideas", ChannelKind.FORUM)
        thread, post = discord.add_thread(forum, "an idea"), discord.add_channel("plain")
        lounge = discord.add_channel("lounge", ChannelKind.VOICE)
        hall = discord.add_channel("hall", ChannelKind.STAGE)
        for channel, parent, permission, name in (
            (lounge, lounge, Permission.NONE, "**Connect**."),
            (hall, hall, Permission.NONE, "**Connect**."),
            (post, post, Permission.SEND_MESSAGES, "**Send Messages**."),
            (post, post, Permission.ATTACH_FILES, "**Attach Files**."),
            (post, post, Permission.READ_MESSAGE_HISTORY, "**Read Message History**."),
            (thread, forum, Permission.SEND_MESSAGES_IN_THREADS, "**Send Messages in Threads**."),
        ):
            deny(stage, parent, permission)
            said = await refused(stage, channel)
            assert said.startswith(CANT)
            assert name in said
            assert said.endswith("Nothing was charged.")
        deny(stage, post, Permission.VIEW_CHANNEL)
        assert "**View Channel**" in await refused(stage, post)
        discord.time_out(discord.bot, 3600)
        said = await refused(stage, discord.channels["videos"])
        assert said.startswith("The moderators have timed me out, so I can't post videos; please")
        discord.time_out(discord.bot, 0)
        discord.lock(thread)
        deny(stage, forum, Permission.NONE)
        # Who manages threads can still use commands there.
        said = await refused(stage, thread, "Olive")
        assert said.startswith("This thread is locked, so I can't post videos here")
        assert await jobs(stage) == []
        assert not stage.fal.posts
        discord.unarchive(thread)
        for channel in (post, lounge, hall):
            allow(stage, channel, Permission.CONNECT)
        for channel in (post, thread, lounge, hall):
            await video_in(stage, channel)


async def test_a_private_thread_takes_the_bot_in_by_a_mention(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        ada, bot = discord.members["Ada"], discord.bot
        thread = discord.add_thread(discord.channels["videos"], "secret", ada, private=True)
        assert (await refused(stage, thread)).startswith("I'm not in this private thread")
        await discord.post(ada, thread, f"{bot.mention} come in")
        await discord.wait_for(lambda: len(discord.visible(ada, thread)) == 2)
        await video_in(stage, thread)
        discord.remove_from_thread(thread, bot)
        assert (await refused(stage, thread)).startswith("I'm not in this private thread")
        pika = discord.roles["Pika"]
        discord.set_role_permissions(pika, pika.permissions | Permission.MANAGE_THREADS)
        await video_in(stage, thread)
        assert len(stage.fal.posts) == 2


async def test_a_mention_takes_the_same_check(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        ada, lounge = discord.members["Ada"], discord.add_channel("lounge", ChannelKind.VOICE)
        videos = discord.channels["videos"]
        words = f"{discord.bot.mention} it dances"

        async def replied(channel: Channel, words: str) -> None:
            await discord.wait_for(
                lambda: any(words in one.content for one in discord.visible(ada, channel)), 60
            )

        deny(stage, videos, Permission.ATTACH_FILES)
        await discord.post(ada, videos, words, [four_colours()])
        await replied(videos, f"{CANT} **Attach Files**. Nothing was charged.")
        assert await jobs(stage) == []
        # Without Connect, the bot isn't told of what is said there.
        await discord.post(ada, lounge, words, [four_colours()])
        allow(stage, lounge, Permission.CONNECT)
        await discord.post(ada, lounge, words, [four_colours()])
        await replied(lounge, "your video is ready")
        assert len(stage.fal.posts) == 1


def shut(stage: Stage, channel: Channel) -> None:
    """Refuse the bot's own token everything in a channel, whatever its permissions say."""
    answered = Answer(403, {"code": 50001, "message": "Missing Access"})
    for method, path in (("PATCH", ONE), ("GET", ONE), ("POST", ALL)):
        stage.discord.arm(Fault(method, path, answered, 10_000, str(channel.id)))


NOTE = "-# I can't post here any more: if this stays as it is"


async def before_the_first_word(stage: Stage, channel: Channel) -> Invocation:
    shut(stage, channel)
    return await text(stage, channel)


async def while_it_renders(stage: Stage, channel: Channel) -> Invocation:
    asked = await text(stage, channel)
    await rendering(stage)
    shut(stage, channel)
    return asked


@pytest.mark.parametrize("moment", [before_the_first_word, while_it_renders])
@pytest.mark.parametrize("fails", [False, True])
async def test_where_it_shows_too_late_the_command_s_own_token_tells_the_truth(
    tmp_path: Path,
    renderer: Renderer,
    moment: Callable[[Stage, Channel], Awaitable[Invocation]],
    *,
    fails: bool,
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        if fails:
            stage.fal.arm(FalFault("submit", FailJob(policy_violation("prompt"))))
        asked = await moment(stage, stage.discord.channels["videos"])
        message = asked.response_message
        assert message is not None
        await rendering(stage)
        if moment is before_the_first_word:
            await stage.discord.wait_for(lambda: NOTE in message.content)
        let_go(stage)
        if fails:
            await stage.discord.wait_for(lambda: "content check said no" in message.content)
        else:
            await stage.discord.wait_for(lambda: message.attachments)
            await logged(stage, "stored -> delivered (edited)")
        assert NOTE not in message.content
        assert stage.discord.direct_messages(stage.discord.members["Ada"]) == []
        assert len(stage.fal.posts) == 1


async def test_once_its_token_is_used_up_nothing_untrue_is_left(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        asked = await before_the_first_word(stage, stage.discord.channels["videos"])
        message, ada = asked.response_message, stage.discord.members["Ada"]
        assert message is not None
        await rendering(stage)
        await stage.discord.wait_for(lambda: NOTE in message.content)
        stage.discord.advance(16 * 60)
        let_go(stage)
        await stage.discord.wait_for(lambda: stage.discord.direct_messages(ada))
        await logged(stage, "stored -> delivered (direct)")
        assert NOTE in message.content
        for untrue in ("charged", "please ask again"):
            assert untrue not in message.content
