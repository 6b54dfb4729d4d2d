"""Shots that continue one another, and the film that they make."""

# Pillow's annotations are incomplete.
# pyright: reportUnknownMemberType=false

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from sandbox.discord import Message
from sandbox.discord.permissions import Permission
from sandbox.fal import Timing
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.adapters.media.noisy_films import contents
from tests.films import decode
from tests.wire.playing import answer, delivered, jobs, kept, ledger, playing, quota, told
from tests.wire.refining import (
    buttons,
    die_and_come_back,
    fill_in,
    found,
    one_video,
    press,
    said,
)


@pytest.fixture
def renderer(smooth_renderer: Renderer) -> Renderer:
    return smooth_renderer


IMAGE = "fal-ai/pika/v2.2/image-to-video"
CODEC_ERROR = 12.0
"""Of 255, in the mean: two encodings and a JPEG of pictures with a short side of 96 pixels."""


def film(message: Message) -> list[Image.Image]:
    return decode(message.attachments[0].data)


def differ(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures, without the sandbox's label and caption."""
    assert one.size == other.size
    middle = (0, one.height // 5, one.width * 3 // 5, one.height * 3 // 5)
    difference = ImageChops.difference(one.crop(middle), other.crop(middle))
    return max(ImageStat.Stat(difference).mean)


async def shot(stage: Stage, message: Message, words: str, number: int) -> Message:
    """Continue a video, and wait for the next."""
    before = {one.id for one in await delivered(stage, number - 1)}
    await fill_in(stage, message, "Continue", {"What happens next?": words})
    after = await delivered(stage, number)
    return next(one for one in after if one.id not in before)


async def joined(stage: Stage, message: Message, who: str = "Ada") -> Message:
    asked = await press(stage, message, "Join", who)
    film = asked.response_message
    assert film is not None
    assert not film.ephemeral
    return await found(stage, lambda: film if film.attachments else None)


@pytest.mark.parametrize("killed", [False, True])
async def test_each_shot_begins_with_the_last_picture_and_they_make_one_film(
    tmp_path: Path, renderer: Renderer, killed: bool
) -> None:
    async with playing(tmp_path, renderer, surprised=killed) as stage:
        first = await one_video(stage, "a fox sits", style="Anime")
        assert "Join" not in buttons(first)
        if killed:
            await die_and_come_back(stage)
        second = await shot(stage, first, "it gets up", 2)
        third = await shot(stage, second, "it runs", 3)
        assert [post.endpoint for post in stage.fal.posts[1:]] == [IMAGE, IMAGE]
        relations = [(job["parent_id"], job["relation"]) for job in await jobs(stage)]
        assert relations == [(2, "continue"), (1, "continue"), (None, None)]
        # The look goes on with the story.
        styles = [str(post.arguments["prompt"]).split("\n")[0] for post in stage.fal.posts]
        assert len(set(styles)) == 1
        assert "Join" in buttons(second)

        if killed:
            await die_and_come_back(stage)
        books = await ledger(stage)
        message = await joined(stage, third, "Ben")
        assert message.content == (
            "🎞️ **A film of 3 shots** · #1 → #2 → #3 · 15 s\n> `a fox sits → it gets up → it runs`"
        )
        attachment = message.attachments[0]
        assert attachment.description == "A 15-second video: a fox sits → it gets up → it runs"
        assert await ledger(stage) == books
        async with asyncio.timeout(60):
            while list((tmp_path / "archive" / "films").iterdir()):  # noqa: ASYNC110 - a folder tells nobody
                await asyncio.sleep(0.02)

        times = contents(attachment.data).times
        steps = {round(after - before, 4) for before, after in pairwise(times)}
        assert (len(times), times[0], steps) == (360, 0.0, {round(1 / 24, 4)})
        frames, shots = film(message), [film(one) for one in (first, second, third)]
        for number, pictures in enumerate(shots):
            # Copied, not encoded anew.
            ours = frames[120 * number : 120 * (number + 1)]
            assert all(differ(a, b) == 0 for a, b in zip(ours, pictures, strict=True))
        for one, following in pairwise(shots):
            assert differ(one[-1], following[0]) < CODEC_ERROR
            # It would notice another picture.
            assert differ(one[0], following[0]) > differ(one[-1], following[0])


async def test_shots_of_other_sizes_are_joined_too(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        first = await one_video(stage, "a fox sits")
        second = await shot(stage, first, "it gets up", 2)
        await press(stage, second, "HQ +$0.25")
        best = next(m for m in await delivered(stage, 3) if m.id not in {first.id, second.id})
        assert (await jobs(stage))[0]["resolution"] == "1080p"
        message = await joined(stage, best)
        assert "#1 → #3" in message.content
        times = contents(message.attachments[0].data).times
        assert times == pytest.approx([number / 24 for number in range(240)], abs=0.002)
        frames, large = film(message), film(best)
        assert {frame.size for frame in frames} == {large[0].size}
        assert max(differ(a, b) for a, b in zip(frames[120:], large, strict=True)) < CODEC_ERROR
        again = await told(stage, "A film of 2 shots")
        assert again is message


async def test_a_chain_that_cannot_be_joined_says_why(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        first = await one_video(stage, "a fox sits")
        second = await shot(stage, first, "it gets up", 2)

        async def join(number: int) -> str:
            asked = await stage.discord.invoke(ada, channel, "pika join", {"job": number})
            return await said(stage, asked)

        assert "Video #1 continues no other" in await join(1)
        assert await join(99) == "There is no video #99 here that you may see."
        offered = await stage.discord.autocomplete(ada, channel, "pika join", {}, focused="job")
        assert [choice["value"] for choice in offered] == [2]
        (await kept(stage)).write_bytes(b"no film")
        asked = await press(stage, second, "Join")
        await stage.discord.wait_for(
            lambda: asked.response_message and "I couldn't join" in asked.response_message.content
        )
        (await kept(stage)).unlink()
        assert "There is no file of video #1" in await join(2)
        refused = await press(stage, first, "Continue")
        assert await said(stage, refused) == (
            "The file of video #1 is no longer kept, so I can't continue it; please make the video"
            " again. Nothing was charged."
        )


async def test_presses_at_once_are_one_request_each(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, timing=Timing(run_seconds=1)) as stage:
        first = await one_video(stage)
        ben = [await press(stage, first, "Continue", "Ben") for _ in range(2)]
        words = {"What happens next?": "it runs"}
        sent = await asyncio.gather(*(stage.discord.submit_modal(one, words) for one in ben))
        await delivered(stage, 2)
        # The same words, the same picture, a moment ago: one of them made it.
        await stage.discord.wait_for(lambda: [one for one in sent if one.followups])
        (refused,) = (one for one in sent if one.followups)
        assert "it is [video #2](" in await said(stage, refused)
        assert len(stage.fal.posts) == 2
        assert "1 of 5" in await quota(stage, "Ben")


async def test_a_shot_of_a_channel_that_the_member_cannot_see(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        first = await one_video(stage)
        second = await shot(stage, first, "it runs", 2)
        hide(stage, "Ben")
        general = stage.discord.channels["general"]
        people = {name: stage.discord.members[name] for name in ("Ada", "Ben", "Mo")}
        for command in ("pika show", "pika join"):
            asked = await stage.discord.invoke(people["Ben"], general, command, {"job": 2})
            assert "Video #2 isn't yours" in answer(asked) or "that you may see" in answer(asked)
        for who in ("Ada", "Mo"):
            asked = await stage.discord.invoke(people[who], general, "pika show", {"job": 2})
            message = asked.response_message
            assert message is not None
            await stage.discord.wait_for(lambda m=message: m.attachments)
            assert buttons(message) == buttons(second)
        # Its buttons work there, too, but not for those who don't see where it was made.
        shown = stage.discord.visible(people["Ben"], general)
        message = next(one for one in shown if one.attachments)
        for button in ("Again", "Details", "Continue"):
            refused = await said(stage, await press(stage, message, button, "Ben"))
            assert refused.startswith(
                "Video #2 isn't yours, and it was made in a channel that you can't see;"
            )
        joined = await press(stage, message, "Join", "Ben")
        assert "that you may see" in await said(stage, joined)
        assert len(stage.fal.posts) == 2
        await press(stage, message, "Again", "Ada")
        await delivered_in_general(stage)


def hide(stage: Stage, who: str) -> None:
    """Hide the channel of the videos from a member."""
    channel, member = stage.discord.channels["videos"], stage.discord.members[who]
    stage.discord.set_overwrite(channel, member, deny=Permission.VIEW_CHANNEL)


async def delivered_in_general(stage: Stage) -> None:
    general, ben = stage.discord.channels["general"], stage.discord.members["Ben"]
    await stage.discord.wait_for(
        lambda: any(
            "your video is ready" in one.content for one in stage.discord.visible(ben, general)
        ),
        30,
    )
