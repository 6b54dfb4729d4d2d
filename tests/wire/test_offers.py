"""A dear video is made once its member has agreed to the price: one press, one video."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.discord import Delay, Drop, Fault, File, Message
from sandbox.discord.forms import OptionValue
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    answer,
    ask,
    come_back,
    delivered,
    jobs,
    ledger,
    playing,
    quota,
    restart,
    seen,
)
from tests.wire.several import RED, card, pika, taken_back
from tests.wire.test_discord_matrix import CALLBACK

AGREE, DECLINE = "Make it for about $0.90", "Don't"
DEAR: dict[str, OptionValue] = {"resolution": "1080p", "duration": 10}
NO_LONGER = "That offer is no longer open; please ask for the video again. Nothing was charged."


async def offer(stage: Stage, prompt: str = "a fox in the snow") -> Message:
    """Ask for a dear video; return the offer, of which nothing has come yet."""
    asked = await pika(stage, "text", prompt=prompt, **DEAR)
    message = asked.response_message
    assert message is not None
    assert message.ephemeral
    assert "This video costs the server's owner about $0.90" in message.content
    assert [m for m in seen(stage) if not m.ephemeral] == []
    return message


async def press(stage: Stage, message: Message, button: str = AGREE, who: str = "Ada") -> str:
    """Press a button; return what only the member reads of it."""
    pressed = await stage.discord.click(stage.discord.members[who], message, button)
    return answer(pressed)


async def nothing_made(stage: Stage) -> None:
    assert await jobs(stage) == []
    assert await ledger(stage) == []
    assert not stage.fal.posts
    assert "0 of 5" in await quota(stage)


async def test_nothing_is_charged_before_its_member_agrees(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await offer(stage)
        assert "counts as 2 of the 5 videos that you have left today" in message.content
        assert "Nothing is charged until you agree; the offer ends <t:" in message.content
        await nothing_made(stage)
        agreed = await stage.discord.click(stage.discord.members["Ada"], message, AGREE)
        assert (message.content, message.components) == ("✅ Agreed.", [])
        (video,) = await delivered(stage)
        assert video in agreed.followups
        assert "1080p · 10 s · about $0.90 · counts as 2 · #1" in video.content
        (post,) = stage.fal.posts
        assert (post.arguments["resolution"], post.arguments["duration"]) == ("1080p", 10)
        assert "2 of 5" in await quota(stage)
        assert sum(int(row["spent"] or 0) for row in await ledger(stage)) == 900_000


async def test_what_is_cheap_is_made_without_a_question(tmp_path: Path, renderer: Renderer) -> None:
    settings = {"PIKA_QUOTA__CONFIRM_USD": "0.90"}
    async with playing(tmp_path, renderer, settings) as stage:
        await pika(stage, "text", prompt="a fox", **DEAR)
        await delivered(stage)


async def test_two_presses_are_one_video(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message, ada = await offer(stage), stage.discord.members["Ada"]
        presses = await asyncio.gather(
            *(stage.discord.click(ada, message, AGREE) for _ in range(5))
        )
        await delivered(stage)
        private = [one.response_message for one in presses]
        assert sum(one is message for one in private) == 1
        others = [one.content for one in private if one is not None and one is not message]
        assert others == [NO_LONGER] * 4
        assert len(await jobs(stage)) == len(stage.fal.posts) == 1
        assert "2 of 5" in await quota(stage)


async def test_who_declines_gets_nothing_and_pays_nothing(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await offer(stage)
        stage.discord.arm(Fault(*CALLBACK, Delay(2)))
        declining = asyncio.create_task(press(stage, message, DECLINE))
        await no_offers(stage)
        # The buttons still stand while the bot's answer is on its way.
        assert await press(stage, message) == NO_LONGER
        assert await declining == "👍 Not made. Nothing was charged."
        assert message.components == []
        with pytest.raises(ValueError, match="no button"):
            await press(stage, message)
        await nothing_made(stage)


async def test_an_offer_is_for_whom_it_was_made(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await offer(stage)
        with pytest.raises(ValueError, match="doesn't see"):
            await press(stage, message, who="Ben")
        # Ids are easy to guess: what counts is the row.
        change(stage, "UPDATE offers SET member_id = member_id + 1")
        assert (await press(stage, message)).startswith("That offer is for whoever asked for")
        await nothing_made(stage)


async def test_an_old_offer_is_no_longer_open(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await offer(stage)
        # As if fifteen minutes had passed: the bot's clock is this machine's.
        change(stage, "UPDATE offers SET at = at - 900001")
        stage.discord.advance(901)
        assert await press(stage, message) == NO_LONGER
        await nothing_made(stage)


async def test_an_offer_outlives_the_process_that_made_it(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await offer(stage)
        await stage.bot.kill()
        await come_back(stage)
        await press(stage, message)
        await delivered(stage)
        assert len(stage.fal.posts) == 1


async def test_at_another_price_it_is_not_made(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await offer(stage)
        catalogue = tmp_path / "models.toml"
        shipped = (Path(__file__).parents[2] / "models.toml").read_text()
        catalogue.write_text(shipped.replace('usd = "0.90"', 'usd = "0.95"'))
        stage.bot.environment["PIKA_MODELS__PATH"] = str(catalogue)
        await restart(stage)
        assert await press(stage, message) == (
            "The price has changed to about $0.95 by now; please ask again. Nothing was charged."
        )
        await nothing_made(stage)


async def test_who_has_used_up_the_quota_in_between_is_refused(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = {"PIKA_QUOTA__VIDEOS_PER_DAY": "2"}
    async with playing(tmp_path, renderer, settings) as stage:
        message = await offer(stage)
        await ask(stage, "something else")
        await delivered(stage)
        refused = await press(stage, message)
        assert refused.startswith("This one counts as 2 videos, and you have 1 left today; please")
        assert len(await jobs(stage)) == 1


async def test_a_picture_that_cannot_be_taken_takes_the_answer_back(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        broken = File("broken.png", card(RED).data[:200], "image/png")
        asked = await pika(stage, "image", image=broken, prompt="it glows", **DEAR)
        assert asked.response_message is not None
        ada = stage.discord.members["Ada"]
        agreed = await stage.discord.click(ada, asked.response_message, AGREE)
        assert (await taken_back(stage, agreed)).endswith("Nothing was charged.")
        assert asked.response_message.content == "✅ Agreed."
        await nothing_made(stage)


async def test_an_answer_that_discord_never_confirmed_is_an_answer(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        message, ada = await offer(stage), stage.discord.members["Ada"]
        stage.discord.arm(Fault(*CALLBACK, Drop.AFTER))
        await stage.discord.click(ada, message, AGREE)
        assert message.content == "✅ Agreed."
        await delivered(stage)
        assert len(stage.fal.posts) == 1


async def test_an_answer_that_discord_never_got_makes_nothing(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, surprised=True) as stage:
        message, ada = await offer(stage), stage.discord.members["Ada"]
        stage.discord.arm(Fault(*CALLBACK, Drop.BEFORE))
        pressed = await stage.discord.click(ada, message, AGREE)
        assert "something went wrong on my side" in answer(pressed)
        await nothing_made(stage)


async def no_offers(stage: Stage) -> None:
    """Wait until no offer is open."""
    async with asyncio.timeout(60):
        with closing(sqlite3.connect(stage.bot.folder / "pika.db")) as db:
            while db.execute("SELECT 1 FROM offers").fetchone():  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.02)


def change(stage: Stage, statement: str) -> None:
    """Change the offers' rows beside the running bot."""
    with closing(sqlite3.connect(stage.bot.folder / "pika.db")) as db, db:
        assert db.execute(statement).rowcount == 1
