"""A file or words that Discord refuses: said as what it is, with what was paid and where it is."""

from pathlib import Path

import pytest

from sandbox.discord import Answer, Fault, Message
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    ask,
    come_back,
    delivered,
    held,
    ledger,
    let_go,
    logged,
    playing,
    rows_say,
    seen,
    told,
    videos,
)
from tests.wire.refining import fill_in, one_video, press, said

ONE = "/channels/{channel}/messages/{message}"
ALL = "/channels/{channel}/messages"
BY_TOKEN = "/webhooks/{application}/{token}/messages/{message}"
OF_FILES = (20009, 50046, 50110, 50123, 50146, 400001)
REFUSED = "📦 **Finished and charged** · Discord refused the file of this video here"


def refusal(code: int, status: int = 400) -> Answer:
    return Answer(status, {"code": code, "message": "no"})


async def at_fal(stage: Stage, prompt: str = "a fox") -> Message:
    """Ask for a video; return its message once it renders."""
    asked = await ask(stage, prompt)
    await told(stage, "**Rendering**")
    assert asked.response_message is not None
    return asked.response_message


async def ended(stage: Stage) -> dict[str, str | int | None]:
    """Return the job's row once it has ended."""
    return (await rows_say(stage, lambda rows: rows[0]["status"] == "delivered"))[0]


@pytest.mark.parametrize("code", OF_FILES)
async def test_a_file_that_is_refused_in_the_channel_comes_directly(
    tmp_path: Path, renderer: Renderer, code: int
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        message = await at_fal(stage)
        stage.discord.arm(Fault("PATCH", ONE, refusal(code), match=str(channel.id)))
        let_go(stage)
        reply = await told(
            stage, "your video #1 is finished, but Discord refused its file; see above."
        )
        assert reply.reference is message
        assert message.content.startswith(f"{REFUSED}, so I sent it to you directly.\n")
        assert "$0.20" in message.content
        assert not message.attachments
        (direct,) = stage.discord.direct_messages(ada)
        assert direct.attachments[0].filename == "pika-1.mp4"
        assert direct.content.startswith(f"I couldn't post this in <#{channel.id}>. Your video #1:")
        assert (await ended(stage))["delivered_as"] == "direct"
        assert sum(int(row["spent"] or 0) for row in await ledger(stage)) == 200_000


async def test_where_it_is_refused_directly_too_it_is_kept(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        message = await at_fal(stage)
        # The first in the channel, then the first anywhere: the direct one.
        stage.discord.arm(Fault("PATCH", ONE, refusal(20009), match=str(channel.id)))
        stage.discord.arm(Fault("POST", ALL, refusal(20009)))
        let_go(stage)
        await told(stage, "your video #1 is finished, but Discord refused its file; see above.")
        assert message.content.startswith(f"{REFUSED}, and I couldn't send it to you directly;")
        assert (
            "please try `/pika show` with `1` in another channel. The bot's owner keeps it as `"
            in message.content
        )
        assert "post here" not in message.content
        assert stage.discord.direct_messages(ada) == []
        assert (await ended(stage))["delivered_as"] == "kept"
        assert not [one for one in seen(stage) if "**Rendering**" in one.content]


@pytest.mark.parametrize("code", [50035, 200000, 240000])
async def test_words_that_are_refused_are_left_out(
    tmp_path: Path, renderer: Renderer, code: int
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        channel = stage.discord.channels["videos"]
        message = await at_fal(stage, "a rude fox")
        for method, path in (("PATCH", ONE), ("POST", ALL)):
            stage.discord.arm(Fault(method, path, refusal(code), match=str(channel.id)))
        let_go(stage)
        await delivered(stage)
        assert videos(stage) == [message]
        assert "> `(Discord refused the words of this video here)`" in message.content
        assert "rude" not in f"{message.content} {message.attachments[0].description}"


@pytest.mark.parametrize("code", [20016, 40004, 130000])
async def test_what_is_refused_for_now_is_tried_again(
    tmp_path: Path, renderer: Renderer, code: int
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        message = await at_fal(stage)
        stage.discord.arm(Fault("PATCH", ONE, refusal(code, 403)))
        let_go(stage)
        assert await delivered(stage) == [message]


async def test_what_is_shown_again_may_be_refused_too(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await one_video(stage)
        await fill_in(stage, message, "Continue", {"What happens next?": "it sleeps"})
        last = (await delivered(stage, 2))[-1]
        ada, general = stage.discord.members["Ada"], stage.discord.channels["general"]

        async def shown() -> str:
            asked = await stage.discord.invoke(ada, general, "pika show", {"job": 1})
            answered = asked.response_message
            assert answered is not None
            await stage.discord.wait_for(lambda: not answered.loading)
            assert not answered.attachments
            return answered.content

        refused = (
            "Discord refuses this file here. Nothing is lost: please try it in another channel."
        )
        stage.discord.arm(Fault("PATCH", BY_TOKEN, refusal(20009)))
        assert (await shown()).startswith(refused)
        stage.discord.arm(Fault("PATCH", BY_TOKEN, refusal(50013, 403)))
        assert await shown() == "Discord doesn't take it here right now; please try again."
        stage.discord.arm(Fault("PATCH", BY_TOKEN, refusal(20009)))
        joined = (await press(stage, last, "Join")).response_message
        assert joined is not None
        of_film = "Nothing is lost: `/pika show` posts each of its shots."
        await stage.discord.wait_for(lambda: joined.content.endswith(of_film))
        # The posters of a page.
        stage.discord.arm(Fault("PATCH", BY_TOKEN, refusal(20009)))
        page = await said(stage, await stage.discord.invoke(ada, general, "pika history"))
        assert "**Your finished videos**" in page


async def test_after_a_crash_it_is_sent_directly_only_once(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = {"PIKA_FAL__RETRY_LONGEST_SECONDS": "0.5"}
    async with playing(tmp_path, renderer, settings, held()) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        message = await at_fal(stage)
        stage.discord.arm(Fault("PATCH", ONE, refusal(20009), match=str(channel.id)))
        stage.discord.arm(Fault("PATCH", ONE, refusal(0, 503), 1000, match=str(channel.id)))
        let_go(stage)
        await stage.discord.wait_for(lambda: stage.discord.direct_messages(ada))
        await logged(stage, "trying again in 0.5 s: Discord: HTTP 503")
        await stage.bot.kill()
        stage.discord.disarm()
        # Longer than Discord recognizes a repeated message.
        stage.discord.advance(10 * 60)
        await come_back(stage)
        await told(stage, "your video #1 is finished, but Discord refused its file; see above.")
        assert message.content.startswith(f"{REFUSED}, so I sent it to you directly.\n")
        assert len(stage.discord.direct_messages(ada)) == 1
        assert (await ended(stage))["delivered_as"] == "direct"
