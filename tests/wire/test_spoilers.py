"""What its member covered stays covered, whatever way it came in and wherever it goes out."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.discord import Message
from sandbox.discord.wire import Json
from sandbox.fal import Answer, FailJob, Failure, Fault
from sandbox.orders import VideoOrder
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    answer,
    ask,
    delivered,
    four_colours,
    held,
    jobs,
    let_go,
    playing,
    rendering,
    seen,
    told,
)
from tests.wire.refining import all_delivered, buttons, fill_in, found, press
from tests.wire.several import RED, card, holiday, pika
from tests.wire.test_too_large import padded

PLENTY = {"PIKA_QUOTA__VIDEOS_PER_DAY": "50"}
COVERED = replace(four_colours(), filename="SPOILER_end.jpg")
SWITCHED = replace(four_colours(320, 320), spoiler=True)


async def latest(stage: Stage, count: int) -> Message:
    """Wait for so many videos; return the last one's message."""
    await delivered(stage, count)
    await all_delivered(stage)
    number = max(int(str(job["id"])) for job in await jobs(stage))
    return next(m for m in seen(stage) if m.attachments and f"#{number} ·" in m.content)


def name_of(message: Message) -> str:
    (attachment,) = message.attachments
    return attachment.filename


async def test_a_spoiler_stays_one_in_whatever_is_posted_and_made_of_it(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, PLENTY) as stage:
        discord = stage.discord
        ada, ben, channel = (
            discord.members["Ada"],
            discord.members["Ben"],
            discord.channels["videos"],
        )
        posted = await discord.post(ben, channel, "the end", [COVERED])
        opened = await discord.invoke_menu(ada, posted, "Animate")
        await discord.submit_modal(opened, {"prompt": "it moves", "model": "Pika 2 Turbo"})
        first = await latest(stage, 1)
        assert name_of(first) == "SPOILER_pika-1.mp4"
        await press(stage, first, "Again")
        assert name_of(await latest(stage, 2)) == "SPOILER_pika-2.mp4"
        await fill_in(stage, first, "Edit", {"What happens in the video?": "it turns"})
        assert name_of(await latest(stage, 3)) == "SPOILER_pika-3.mp4"
        await press(stage, first, next(b for b in buttons(first) if b.startswith("HQ")))
        assert name_of(await latest(stage, 4)) == "SPOILER_pika-4.mp4"
        await fill_in(stage, first, "Continue", {"What happens next?": "it goes"})
        fifth = await latest(stage, 5)
        assert name_of(fifth) == "SPOILER_pika-5.mp4"

        film = (await press(stage, fifth, "Join")).response_message
        assert film is not None
        await found(stage, lambda: film if film.attachments else None)
        assert name_of(film) == "SPOILER_pika-5.mp4"
        shown = (await discord.invoke(ada, channel, "pika show", {"job": 1})).response_message
        assert shown is not None
        await found(stage, lambda: shown if shown.attachments else None)
        assert name_of(shown) == "SPOILER_pika-1.mp4"

        await ask(stage, "a fox")
        assert name_of(await latest(stage, 6)) == "pika-6.mp4"
        page = (await discord.invoke(ada, channel, "pika history")).response_message
        assert page is not None
        await found(stage, lambda: page if page.attachments else None)
        names = [attachment.filename for attachment in page.attachments]
        assert names == ["pika-6.jpg", *(f"SPOILER_pika-{number}.jpg" for number in (5, 4, 3))]


async def test_every_way_in_is_known_and_what_is_open_stays_open(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, PLENTY) as stage:
        discord = stage.discord
        ada, channel = discord.members["Ada"], discord.channels["videos"]
        await pika(stage, "image", image=SWITCHED, prompt="by the switch")
        assert name_of(await latest(stage, 1)).startswith("SPOILER_")
        # Open and covered, the same picture and words are two requests.
        await pika(stage, "image", image=replace(SWITCHED, spoiler=False), prompt="by the switch")
        assert name_of(await latest(stage, 2)) == "pika-2.mp4"
        covered = replace(holiday(tmp_path), spoiler=True)
        await pika(stage, "swap", video=covered, prompt="a dragon")
        assert name_of(await latest(stage, 3)).startswith("SPOILER_")
        await pika(stage, "scenes", image1=card(RED), image2=SWITCHED, prompt="both")
        assert name_of(await latest(stage, 4)).startswith("SPOILER_")
        named = f"{discord.bot.mention} it melts"
        await discord.post(ada, channel, named, [COVERED])
        assert name_of(await latest(stage, 5)).startswith("SPOILER_")

        app = discord.add_app("Gallery")
        item: Json = {"media": {"url": "attachment://end.jpg"}}
        box: Json = {"type": 17, "spoiler": True, "components": [{"type": 12, "items": [item]}]}
        file = replace(four_colours(), filename="end.jpg")
        linked = await discord.post(ada, channel, "||https://example.org/end.jpg||")
        discord.unfurl(linked, "https://example.org/end.jpg", file)
        for number, message in enumerate(
            [
                discord.forward(ada, await discord.post(ada, channel, "", [SWITCHED]), channel),
                discord.post_as_app(app, channel, files=[file], components=[box]),
                linked,
            ],
            6,
        ):
            opened = await discord.invoke_menu(ada, message, "Animate")
            await discord.submit_modal(opened, {"prompt": f"way {number}"})
            assert name_of(await latest(stage, number)) == f"SPOILER_pika-{number}.mp4"


@pytest.mark.parametrize("small", [True, False])
async def test_it_is_covered_in_a_smaller_copy_and_in_direct_messages(
    tmp_path: Path, renderer: Renderer, small: bool
) -> None:
    film = padded(await renderer.render(VideoOrder("fox", 1, 720, 5)))
    async with playing(tmp_path, renderer, timing=held()) as stage:
        if small:
            stage.fal.arm(Fault("file", Answer(200, film, {"Content-Type": "video/mp4"})))
        await pika(stage, "image", image=SWITCHED, prompt="it moves")
        await rendering(stage)
        if small:
            let_go(stage)
            message = await latest(stage, 1)
            assert "A smaller copy" in message.content
        else:
            ada = stage.discord.members["Ada"]
            stage.discord.delete_channel(stage.discord.channels["videos"])
            let_go(stage)
            await stage.discord.wait_for(lambda: stage.discord.direct_messages(ada))
            (message,) = stage.discord.direct_messages(ada)
        assert name_of(message) == "SPOILER_pika-1.mp4"


async def test_covered_words_are_quoted_covered_and_sent_without_bars(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, PLENTY) as stage:
        discord = stage.discord
        ada, channel = discord.members["Ada"], discord.channels["videos"]
        await ask(stage, "the ||butler|| did it")
        message = await latest(stage, 1)
        assert message.content.startswith("> ||`the butler did it`||\n")
        assert name_of(message) == "SPOILER_pika-1.mp4"
        assert message.attachments[0].description == "A 5-second video"
        (post,) = stage.fal.posts
        assert str(post.arguments["prompt"]).split("\n")[0] == "the butler did it"
        for button in ("Details", "Edit"):
            pressed = await press(stage, message, button)
            if button == "Edit":
                await discord.submit_modal(pressed, {"Model": "Pika 2 Turbo"})
                continue
            details = answer(pressed)
            assert "**prompt** ||`the butler did it`||" in details
            # The owner's words are open, but among those to leave out may be the member's.
            assert "**negative_prompt** ||`" in details
            assert details.count("||") == 4
            assert "**resolution** `" in details
        # Left as they were, the words are still covered.
        assert (await latest(stage, 2)).content.startswith("> ||`the butler did it`||\n")
        for command in ("pika jobs", "pika history"):
            asked = await discord.invoke(ada, channel, command)
            page = asked.response_message
            assert page is not None
            await found(stage, lambda page=page: page if page.content else None)
            assert page.content.count("||`the butler did it`||") == 2
        await fill_in(stage, message, "Continue", {"What happens next?": "he runs"})
        third = await latest(stage, 3)
        assert third.content.startswith("> `he runs`\n")
        assert name_of(third) == "SPOILER_pika-3.mp4"
        for number, words in enumerate(["||||butler|| did", "a ||b|| c || d"], 4):
            await ask(stage, words)
            quote, _, rest = (await latest(stage, number)).content.partition("\n")
            assert re.fullmatch(r"> \|\|`[a-z ]+`\|\|", quote)
            assert "||" not in rest
        await press(stage, third, "Join")
        film = await told(stage, "A film of 2 shots")
        assert "> ||`the butler did it → he runs`||" in film.content


async def test_fals_words_are_covered_where_its_members_are(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        said = "The prompt 'the butler did it' ||can't|| be used"
        failure = Failure(
            422, {"detail": [{"loc": ["body", "prompt"], "msg": said, "type": "bad_words"}]}, ""
        )
        stage.fal.arm(Fault("submit", FailJob(failure)))
        await ask(stage, "the ||butler|| did it")
        message = await told(stage, "No video")
        covered = re.sub(r"\|\|.+?\|\|", "…", message.content)
        assert "it says …" in covered
        assert "butler" not in covered
        assert "can't be used" not in covered
