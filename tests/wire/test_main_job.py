"""A prompt or a picture in Discord becomes a video in the channel."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from PIL.ExifTags import IFD

from sandbox.fal import Timing
from sandbox.render import Renderer
from tests.films import decode, near, seconds
from tests.wire.playing import (
    COLOURS,
    TEXT,
    answer,
    ask,
    delivered,
    four_colours,
    jobs,
    ledger,
    playing,
    quota,
    restart,
    seen,
    told,
    videos,
)


@pytest.fixture
def renderer(smooth_renderer: Renderer) -> Renderer:
    return smooth_renderer


async def test_a_prompt_becomes_a_video(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada = stage.discord.members["Ada"]
        await ask(stage, "a fox in the snow", style="noir", aspect_ratio="1:1", seed=7)
        (message,) = await delivered(stage)
        (video,) = message.attachments
        assert (video.filename, video.content_type) == ("pika-1.mp4", "video/mp4")
        assert video.description == "A 5-second video: a fox in the snow"
        assert seconds(video.data) == 5
        width, height = decode(video.data)[0].size
        assert width == height
        assert message.content.startswith("> `a fox in the snow`")
        assert f"<@{ada.id}> · Pika 2.2 · 1:1 · 720p · 5 s · $0.20 · #1 · seed 7" in message.content
        assert not message.pinged
        reply = seen(stage)[-1]
        assert (reply.reference, reply.pinged) == (message, frozenset({ada.id}))
        assert reply.content == f"<@{ada.id}> your video is ready."
        (post,) = stage.fal.posts
        assert post.endpoint == TEXT
        assert post.arguments["seed"] == 7
        assert post.arguments["duration"] == 5
        prompt = str(post.arguments["prompt"]).split("\n")
        assert prompt[0].startswith("Black and white film noir")
        assert prompt[1] == "a fox in the snow"
        # The answer, at most one edit for each of waiting, starting and rendering, and the video.
        assert message.edits <= 4
        first, *_, image = (await quota(stage)).split("\n")[:5]
        assert first == (
            "You've used **1 of 5** videos here today, 4 left; the count starts anew"
            f" <t:{_next_midnight(await jobs(stage))}:R>."
        )
        assert image == (
            "- `/pika image`: 1 video, $0.20 with Pika 2.2; up to 2 videos, about $0.90"
        )
        (reserved, settled) = await ledger(stage)
        assert (reserved["kind"], reserved["videos"], reserved["held"]) == ("reserve", 1, 200_000)
        assert (settled["kind"], settled["held"], settled["spent"]) == ("settle", -200_000, 200_000)


def _next_midnight(rows: list[dict[str, str | int | None]]) -> int:
    created = rows[0]["created_at"]
    assert isinstance(created, int)
    return (created // 86_400_000 + 1) * 86_400


async def test_a_picture_becomes_a_video_and_loses_its_gps(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        options = {"image": four_colours(), "prompt": "leaves drift past"}
        await stage.discord.invoke(ada, channel, "pika image", options)
        (message,) = await delivered(stage)
        (upload,) = stage.fal.uploads.values()
        sent = Image.open(BytesIO(upload.data))
        assert not sent.getexif().get_ifd(IFD.GPSInfo)
        assert "exif" not in sent.info
        assert upload.lifecycle is not None
        assert "86400" in upload.lifecycle
        (post,) = stage.fal.posts
        assert post.arguments["image_url"] in stage.fal.uploads
        frame = decode(message.attachments[0].data)[0]
        width, height = frame.size
        assert abs(width / height - 4 / 3) < 0.02
        for number, colour in enumerate(COLOURS):
            column, row = number % 2, number // 2
            assert near(frame, (width * (1 + 2 * column) // 4, height * (1 + 2 * row) // 4), colour)


async def test_the_apps_menu_animates_a_posted_picture(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, ben = stage.discord.members["Ada"], stage.discord.members["Ben"]
        posted = await stage.discord.post(
            ben, stage.discord.channels["videos"], "look", [four_colours()]
        )
        opened = await stage.discord.invoke_menu(ada, posted, "Animate")
        await stage.discord.submit_modal(opened, {"What happens in the video?": "it melts"})
        await told(stage, "your video is ready")
        assert "> `it melts`" in videos(stage)[-1].content
        plain = await stage.discord.post(ben, stage.discord.channels["videos"], "no picture")
        refused = await stage.discord.invoke_menu(ada, plain, "Animate")
        assert answer(refused) == (
            "That message has no picture attached; please pick one that has. Nothing was charged."
        )


async def test_details_shows_what_was_sent_to_whoever_asks(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        await ask(stage, "a fox `in` the snow", seed=11)
        (message,) = await delivered(stage)
        details = answer(
            await stage.discord.click(stage.discord.members["Ben"], message, "Details")
        )
        assert "**seed** `11`" in details
        assert "`a fox \u02cbin\u02cb the snow`" in details
        # The button works in a new process, for it holds its state itself.
        await restart(stage)
        again = await stage.discord.click(stage.discord.members["Ben"], message, "Details")
        assert "**seed** `11`" in answer(again)


async def test_a_waiting_job_shows_its_place_and_can_be_canceled(
    tmp_path: Path, renderer: Renderer
) -> None:
    timing = Timing(run_seconds=30)
    async with playing(tmp_path, renderer, {"PIKA_FAL__CONCURRENCY": "1"}, timing=timing) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        await ask(stage, "first")
        await told(stage, "**Rendering** · started <t:")
        await ask(stage, "second")
        await ask(stage, "third")
        await told(stage, "⏳ **In line** · place 2")
        listed = answer(await stage.discord.invoke(ada, channel, "pika jobs"))
        assert [line.split(" · ")[0] for line in listed.split("\n")] == [
            "**#3** in line, place 2, your turn unknown yet",
            "**#2** in line, place 1, your turn unknown yet",
            listed.split("\n")[2].split(" · ")[0],
        ]
        assert listed.split("\n")[2].startswith("**#1** rendering, started <t:")
        offered = await stage.discord.autocomplete(ada, channel, "pika cancel", {}, focused="job")
        assert [choice["value"] for choice in offered] == [3, 2, 1]
        canceled = await stage.discord.invoke(ada, channel, "pika cancel", {"job": 2})
        assert answer(canceled) == "🚫 Video #2 is canceled; nothing was charged."
        await told(stage, "🚫 **Canceled** · nothing was charged.")
        others = await stage.discord.invoke(
            stage.discord.members["Ben"], channel, "pika cancel", {"job": 3}
        )
        assert "isn't yours" in answer(others)
        running = await stage.discord.invoke(ada, channel, "pika cancel", {"job": 1})
        assert "already rendering" in answer(running)
        assert "2 of 5" in await quota(stage)
        assert len(stage.fal.posts) == 1
