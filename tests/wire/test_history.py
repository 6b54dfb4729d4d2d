"""A member's own videos, page by page, with posters."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from sandbox.discord import Invocation, Message
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import ask, delivered, kept, playing, told
from tests.wire.refining import all_delivered, buttons, die_and_come_back, found, press

PLENTY = {"PIKA_QUOTA__VIDEOS_PER_DAY": "20"}


async def history(stage: Stage, who: str = "Ada") -> Message:
    member, channel = stage.discord.members[who], stage.discord.channels["videos"]
    return await page(stage, await stage.discord.invoke(member, channel, "pika history"))


async def make(stage: Stage, *numbers: int) -> None:
    """Let Ada make videos, those of these numbers."""
    for number in numbers:
        await ask(stage, f"fox {number}")
        await told(stage, f" · #{number}")
    await delivered(stage, max(numbers))
    await all_delivered(stage)


async def page(stage: Stage, asked: Invocation) -> Message:
    message = asked.response_message
    assert message is not None
    assert message.ephemeral
    return await found(stage, lambda: message if message.content else None)


async def turned(stage: Stage, message: Message, button: str) -> None:
    before = message.content
    await press(stage, message, button)
    await stage.discord.wait_for(lambda: message.content != before)


def numbers(message: Message) -> list[int]:
    lines = message.content.split("\n")[1:]
    return [int(line.removeprefix("**#").partition("**")[0]) for line in lines]


@pytest.mark.parametrize("killed", [False, True])
async def test_the_history_is_paged_with_posters(
    tmp_path: Path, renderer: Renderer, killed: bool
) -> None:
    async with playing(tmp_path, renderer, PLENTY, surprised=killed) as stage:
        assert "no finished videos here yet" in (await history(stage)).content
        await ask(stage, "not hers", who="Ben")
        await told(stage, " · #1")
        await make(stage, *range(2, 8))
        first = await history(stage)
        assert numbers(first) == [7, 6, 5, 4]
        names = [file.filename for file in first.attachments]
        assert names == ["pika-7.jpg", "pika-6.jpg", "pika-5.jpg", "pika-4.jpg"]
        for number, file in zip(numbers(first), first.attachments, strict=True):
            assert file.description == f"#{number}. A 5-second video: fox {number}"
            with Image.open(BytesIO(file.data)) as poster:
                assert (poster.format, poster.size) == ("JPEG", (170, 96))
        assert buttons(first) == ["Show #7", "Show #6", "Show #5", "Show #4", "Older ▶"]
        if killed:
            await die_and_come_back(stage)
        await turned(stage, first, "Older ▶")
        assert numbers(first) == [3, 2]
        assert [file.filename for file in first.attachments] == ["pika-3.jpg", "pika-2.jpg"]
        assert buttons(first) == ["Show #3", "Show #2", "◀ Newer"]
        await turned(stage, first, "◀ Newer")
        assert numbers(first) == [7, 6, 5, 4]
        assert buttons(first)[-1] == "Older ▶"

        shown = (await press(stage, first, "Show #4")).response_message
        assert shown is not None
        assert not shown.ephemeral
        await stage.discord.wait_for(lambda: shown.attachments)
        assert "fox 4" in shown.content
        assert buttons(shown) == ["Again", "Edit", "HQ +$0.25", "Continue", "Details", "Delete"]


async def test_what_is_no_longer_kept_is_said(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, PLENTY) as stage:
        await make(stage, 1, 2, 3)
        (await kept(stage, 1)).unlink()
        (await kept(stage, 2)).write_bytes(b"damaged")
        message = await history(stage)
        lines = message.content.split("\n")[1:]
        assert [line.endswith("its file is no longer kept") for line in lines] == [
            False,
            False,
            True,
        ]
        assert [file.filename for file in message.attachments] == ["pika-3.jpg"]
        assert buttons(message) == ["Show #3", "Show #2"]
        # What is made once is kept beside the video.
        video = await kept(stage, 3)
        assert video.with_name(f"{video.stem}-poster.jpg").is_file()


async def test_the_page_before_which_everything_was_deleted(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, PLENTY) as stage:
        await make(stage, *range(1, 6))
        message = await history(stage)
        oldest = next(one for one in await delivered(stage, 5) if "fox 1" in one.content)
        question = (await press(stage, oldest, "Delete")).response_message
        assert question is not None
        await press(stage, question, "Delete for good")
        await stage.discord.wait_for(lambda: "was deleted" in oldest.content)
        await press(stage, message, "Older ▶")
        await stage.discord.wait_for(lambda: "Older ▶" not in buttons(message))
        assert numbers(message) == [5, 4, 3, 2]
