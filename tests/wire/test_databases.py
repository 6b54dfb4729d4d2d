"""Databases that are new, older, or put back beside an archive and messages that know more."""

import asyncio
import random
import shutil
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from sandbox import discord
from sandbox.bot_process import BotProcess
from sandbox.discord import Message, RestRequest
from sandbox.discord.permissions import Permission
from sandbox.fal import Answer, Fault
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    FAST,
    HELD_SECONDS,
    answer,
    ask,
    come_back,
    delivered,
    held,
    jobs,
    kept,
    ledger,
    let_go,
    logged,
    playing,
    quota,
    rendering,
    restart,
    rows_say,
    seen,
    told,
    videos,
)
from tests.wire.refining import all_delivered, one_video, press, said
from tests.wire.test_mentions import post

QUICK = {
    "PIKA_FAL__TIMEOUT_SECONDS": "1",
    "PIKA_FAL__START_TIMEOUT_SECONDS": "2",
    "PIKA_FAL__RUN_SECONDS": "2",
    "PIKA_QUOTA__VIDEOS_PER_DAY": "100",
}
ONE_AT_A_TIME = {"PIKA_FAL__CONCURRENCY": "1", "PIKA_QUOTA__VIDEOS_PER_DAY": "100"}
UNKNOWN = (
    "I don't know that video any more, so nothing was done; `/pika history` shows your videos."
)
MESSAGE = "/channels/{channel}/messages/{message}"


def copy_database(folder: Path, to: Path) -> None:
    to.mkdir()
    for file in folder.glob("pika.db*"):
        shutil.copy(file, to)


def put_back(folder: Path, copy: Path | None) -> None:
    """Replace the database of a bot that stands still; None: by none at all."""
    for file in folder.glob("pika.db*"):
        file.unlink()
    for file in copy.iterdir() if copy is not None else ():
        shutil.copy(file, folder)


async def with_database(stage: Stage, copy: Path | None) -> None:
    """Stop the bot, and start it on another database."""
    assert await stage.bot.stop() == 0
    put_back(stage.bot.folder, copy)
    await come_back(stage)


def sent(stage: Stage) -> list[str]:
    """Return the words of each paid request."""
    return [str(post.arguments["prompt"]) for post in stage.fal.posts]


def misplaced(stage: Stage, messages: Sequence[Message]) -> list[str]:
    """Return the messages whose video isn't the one that fal made of the words above it."""
    made = {
        result.data: str(result.request.arguments["prompt"])
        for result in stage.fal.results.values()
    }
    return [
        message.content
        for message in messages
        for file in message.attachments
        if message.content.split("`")[1] not in made[file.data]
    ]


async def test_what_was_sent_after_a_copy_isnt_sent_again(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = QUICK | {"PIKA_FAL__CONCURRENCY": "2"}
    async with playing(tmp_path, renderer, settings, held()) as stage:
        for name in ("one", "two", "three", "four"):
            await ask(stage, f"fox {name}")
        await rendering(stage, 2)
        await told(stage, "place 2")
        assert await stage.bot.stop() == 0
        copy_database(tmp_path, tmp_path / "copy")
        await come_back(stage)
        let_go(stage)
        await delivered(stage, 4)
        await all_delivered(stage)
        await with_database(stage, tmp_path / "copy")
        await logged(stage, "this database is older than what fal or Discord knows")
        await all_delivered(stage)
        assert len(sent(stage)) == 4
        assert misplaced(stage, videos(stage)) == []
        assert sum(int(row["spent"] or 0) for row in await ledger(stage)) == 800_000
        # It is known from now on, and once: the next start opens the line at once.
        await logged(stage, "the line goes on")
        await restart(stage)
        await ask(stage, "fox five")
        await delivered(stage, 5)
        assert stage.bot.log().count("this database is older") == 1


async def test_a_message_alone_proves_that_a_database_is_older(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = QUICK | {"PIKA_FAL__CONCURRENCY": "1", "PIKA_FAL__EVENTS": "false"}
    async with playing(tmp_path, renderer, settings, held()) as stage:
        stage.fal.habits.listing_lag_seconds = None
        for name in ("one", "two", "three"):
            await ask(stage, f"fox {name}")
        await told(stage, "place 2")
        assert await stage.bot.stop() == 0
        copy_database(tmp_path, tmp_path / "copy")
        await come_back(stage)
        third = await told(stage, "> `fox three`")
        # At once after a start it isn't known yet whether it was sent.
        while "🚫" not in await said(stage, await press(stage, third, "Cancel")):
            pass
        let_go(stage)
        await delivered(stage, 2)
        await all_ended(stage)
        assert await stage.bot.stop() == 0
        put_back(tmp_path, tmp_path / "copy")
        await come_back(stage)
        await logged(stage, "its message shows delivered: its row is older")
        second = next(one for one in videos(stage) if "fox two" in one.content)
        refused = await stage.discord.invoke(
            stage.discord.members["Ada"],
            stage.discord.channels["videos"],
            "pika cancel",
            {"job": 2},
        )
        assert "still finding out whether video #2 was sent to fal" in answer(refused)
        await all_ended(stage)
        await logged(stage, "job 2: its message shows delivered, but fal lists no request")
        rows = {row["id"]: (row["status"], row["failure"]) for row in await jobs(stage)}
        # What its member had canceled isn't made after all.
        assert rows[2] == ("failed", "outcome_unknown")
        assert rows[3] == ("canceled", None)
        assert len(sent(stage)) == 2
        assert "❌ **No video**" in second.content


async def all_ended(stage: Stage) -> None:
    ends = {"delivered", "failed", "canceled"}
    await rows_say(stage, lambda rows: {row["status"] for row in rows} <= ends)


async def test_what_nobody_can_be_asked_about_waits_and_new_ones_go_on(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = QUICK | {"PIKA_FAL__CONCURRENCY": "1", "PIKA_FAL__RUN_SECONDS": "300"}
    async with playing(tmp_path, renderer, settings, held()) as stage:
        await ask(stage, "fox one")
        await rendering(stage)
        await ask(stage, "fox two")
        await told(stage, "> `fox two`")
        stage.fal.arm(Fault("listing", Answer(500), times=1000))
        away = discord.Answer(500, {"message": "500", "code": 0})
        stage.discord.arm(discord.Fault("GET", MESSAGE, away, times=1000))
        await restart(stage)
        let_go(stage)
        # Nobody knows either whether the first was deleted since.
        await ask(stage, "fox three")
        (new,) = await delivered(stage, 1)
        assert "fox three" in new.content
        assert not any("fox two" in words for words in sent(stage))
        stage.discord.disarm()
        await delivered(stage, 3)
        assert len(sent(stage)) == 3
        assert "this database is older" not in stage.bot.log()


async def test_a_new_database_takes_nobody_elses_video_and_obeys_no_old_button(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, QUICK) as stage:
        old = await one_video(stage, "the old fox")
        before = {path.name for path in (tmp_path / "archive" / "videos").iterdir()}
        hidden = stage.discord.add_channel("hidden")
        eve, ben = stage.discord.add_member("Eve"), stage.discord.members["Ben"]
        await with_database(stage, None)
        stage.discord.set_overwrite(hidden, eve, deny=Permission.VIEW_CHANNEL)
        await stage.discord.invoke(ben, hidden, "pika text", {"prompt": "a secret hen"})
        await all_delivered(stage)
        (row,) = await jobs(stage)
        assert (row["id"], row["status"]) == (1, "delivered")
        assert (await kept(stage)).name not in before
        posted = [m for m in stage.discord.visible(ben, hidden) if m.attachments]
        assert misplaced(stage, [*posted, old]) == []
        for button in ("Details", "Again", "HQ +$0.25", "Edit", "Continue", "Delete"):
            for who in ("Eve", "Ada"):
                assert await said(stage, await press(stage, old, button, who)) == UNKNOWN
        await post(stage, "it runs", who="Eve", reply_to=old)
        await told(stage, UNKNOWN, "Eve")
        assert len(sent(stage)) == 2
        assert "secret" not in " ".join(m.content for m in seen(stage, "Eve"))


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_database_is_put_in_its_place(
    tmp_path: Path, renderer: Renderer, seed: int
) -> None:
    """Play at random: new databases, copies, backups, older ones, with jobs and presses between."""
    chance = random.Random(seed)
    settings = QUICK | {"PIKA_FAL__CONCURRENCY": "2"}
    copies: list[Path] = []
    asked = 0
    async with playing(tmp_path, renderer, settings) as stage:
        old: list[Message] = []
        for turn in range(3):
            stage.fal.timing = held()
            for _ in range(chance.randint(1, 3)):
                asked += 1
                await ask(stage, f"fox {asked}x", who=chance.choice(("Ada", "Ben")))
            if chance.random() < 0.5:
                copies.append(tmp_path / f"backup-{turn}")
                copies[-1].mkdir()
                await stage.bot.command("backup", str(copies[-1] / "pika.db"))
            assert await stage.bot.stop() == 0
            copies.append(tmp_path / f"copy-{turn}")
            copy_database(tmp_path, copies[-1])
            await come_back(stage)
            let_go(stage)
            await all_ended(stage)
            old += [one for one in videos(stage) if one not in old]
            await with_database(stage, chance.choice([None, *copies]))
            await all_ended(stage)
            await presses_are_of_their_own(stage, chance.sample(old, min(3, len(old))))
            words = sent(stage)
            assert len(words) == len(set(words)), words
            assert misplaced(stage, seen(stage)) == []
        assert await stage.bot.command("ledger", "verify")


async def presses_are_of_their_own(stage: Stage, messages: Sequence[Message]) -> None:
    """Press *Details* under old videos: each says its own words, or knows nothing any more."""
    for message in messages:
        text = await said(stage, await press(stage, message, "Details", "Ben"))
        own = message.content.split("`")[1]
        assert text == UNKNOWN or f"`{own}" in text, (message.content, text)


@pytest.mark.parametrize("by_backup", [True, False], ids=["backup", "cp"])
async def test_what_was_deleted_since_a_copy_isnt_posted_again(
    tmp_path: Path, renderer: Renderer, *, by_backup: bool
) -> None:
    async with playing(tmp_path, renderer, QUICK, held()) as stage:
        await ask(stage, "a secret fox")
        await rendering(stage)
        await told(stage, "Rendering")
        if by_backup:
            (tmp_path / "copy").mkdir()
            await stage.bot.command("backup", str(tmp_path / "copy" / "pika.db"))
        assert await stage.bot.stop() == 0
        if not by_backup:
            copy_database(tmp_path, tmp_path / "copy")
        await come_back(stage)
        let_go(stage)
        (message,) = await delivered(stage)
        await all_delivered(stage)
        question = (await press(stage, message, "Delete")).response_message
        assert question is not None
        await press(stage, question, "Delete for good")
        await stage.discord.wait_for(
            lambda: "was deleted" in message.content and "was deleted" in question.content
        )
        shown = [one.content for one in seen(stage)]
        assert await stage.bot.stop() == 0
        put_back(tmp_path, tmp_path / "copy")
        # Longer than Discord remembers what it was sent.
        stage.discord.advance(900)
        await come_back(stage)
        await all_ended(stage)
        await logged(stage, "its message says that its maker deleted its video")
        (row,) = await jobs(stage)
        assert (row["status"], row["deleted_by"]) == ("delivered", "maker")
        await rows_say(stage, lambda rows: bool(rows[0]["erased_at"]))
        assert [one.content for one in seen(stage)] == shown
        assert videos(stage) == []
        assert [*(tmp_path / "archive" / "videos").iterdir()] == []
        assert "1 videos counted" in await stage.bot.command("ledger", "verify")


async def test_a_process_on_a_copy_asks_each_message_again_before_it_pays(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, ONE_AT_A_TIME, held()) as stage:
        second = await copied_with_three(stage, tmp_path / "second")
        bot = second.bot
        await bot.start()
        try:
            await verified(second)
            # It waits for its place at fal; then this machine sleeps.
            bot.process.send_signal(signal.SIGSTOP)
            let_go(stage)
            await delivered(stage, 3)
            bot.process.send_signal(signal.SIGCONT)
            # Its message tells right before the POST, or fal's listing before that.
            await logged(second, "its row is older")
            await logged(second, "job 3: stored -> delivered")
        finally:
            bot.process.send_signal(signal.SIGCONT)
            assert await bot.stop() == 0
        assert len(sent(stage)) == 3


async def test_a_process_on_a_copy_takes_no_video_out_of_its_message(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, ONE_AT_A_TIME, held()) as stage:
        second = await copied_with_three(stage, tmp_path / "second")
        assert await stage.bot.stop() == 0
        await second.bot.start()
        try:
            await verified(second)
            # While the other one goes on, its first video is still being made.
            stage.fal.timing.run_seconds = 0
            stage.bot.environment["PIKA_FAL__CONCURRENCY"] = "3"
            stage.discord.advance(6)
            await stage.bot.start()
            shown = await delivered(stage, 2)
            second.bot.process.send_signal(signal.SIGSTOP)
            await quota(stage)
            second.bot.process.send_signal(signal.SIGCONT)
            # It finds out that it isn't alone, and that concerns all who wait for it.
            await logged(second, "Another process runs with")
            await logged(second, "job 3: its message shows delivered: its row is older")
            await logged(second, "job 2: stored -> delivered")
            assert [len(message.attachments) for message in shown] == [1, 1]
        finally:
            second.bot.process.send_signal(signal.SIGCONT)
            assert await second.bot.stop() == 0
        assert "Traceback" not in second.bot.log()
        let_go(stage)
        await delivered(stage, 3)
        await all_delivered(stage)
        assert len(sent(stage)) == 3


async def copied_with_three(stage: Stage, folder: Path) -> Stage:
    """Return a second bot, not started yet, on a copy of the first one's database.

    In it one job is at fal, and two wait in line.
    """
    for name in ("one", "two", "three"):
        await ask(stage, f"fox {name}")
    await rendering(stage)
    await told(stage, "place 2")
    await rows_say(stage, lambda rows: rows[-1]["status"] in {"submitted", "running"})
    await asyncio.to_thread(folder.mkdir)
    # File by file, a copy beside a bot that writes would be torn.
    with (
        closing(sqlite3.connect(stage.bot.folder / "pika.db")) as database,
        closing(sqlite3.connect(folder / "pika.db")) as copy,
    ):
        database.backup(copy)
    # With another archive than its database knows it would pay for nothing anyway.
    (folder / "archive").mkdir()
    shutil.copy(stage.bot.folder / "archive" / ".pika-archive", folder / "archive")
    stage.discord.advance(6)
    bot = BotProcess(folder, stage.discord, stage.fal, FAST | ONE_AT_A_TIME)
    await asyncio.to_thread(bot.log_path.touch)
    return Stage(stage.discord, stage.fal, bot)


async def verified(stage: Stage) -> None:
    """Wait until a bot has read the messages of the two jobs that wait in its line."""
    before = len(stage.discord.requests)
    await logged(stage, "connected to Discord")
    await stage.discord.wait_for(
        lambda: len([r for r in stage.discord.requests[before:] if is_read(r)]) >= 2
    )


def is_read(request: RestRequest) -> bool:
    return (request.method, request.template) == ("GET", MESSAGE)


async def test_a_message_that_is_gone_proves_nothing(tmp_path: Path, renderer: Renderer) -> None:
    settings = QUICK | {"PIKA_FAL__CONCURRENCY": "1", "PIKA_FAL__RUN_SECONDS": "8"}
    async with playing(tmp_path, renderer, settings, held()) as stage:
        await ask(stage, "fox one")
        await rendering(stage)
        await ask(stage, "fox two")
        message = await told(stage, "> `fox two`")
        assert await stage.bot.stop() == 0
        copy_database(tmp_path, tmp_path / "copy")
        await come_back(stage)
        let_go(stage)
        stage.fal.timing.run_seconds = HELD_SECONDS
        await rendering(stage, 2)
        await stage.discord.wait_for(lambda: "Rendering" in message.content)
        assert await stage.bot.stop() == 0
        put_back(tmp_path, tmp_path / "copy")
        message.deleted = True
        await come_back(stage)
        await logged(stage, "job 2: its message can't be read")
        let_go(stage)
        await logged(stage, "fal has its request, but its row is older")
        await all_ended(stage)
        assert len(sent(stage)) == 2
