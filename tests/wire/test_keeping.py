"""What is paid can be kept, or the line stands still; files are asked for while fal keeps them."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sandbox import discord
from sandbox.discord import Invocation
from sandbox.fal import Action, Answer, Fault, Flood, Truncate, redirect
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    answer,
    ask,
    come_back,
    delivered,
    four_colours,
    held,
    jobs,
    let_go,
    logged,
    owner_reads,
    playing,
    quota,
    restart,
    seen,
    told,
    videos,
)

OFTEN = {"PIKA_FAL__RETRY_FIRST_SECONDS": "0.1", "PIKA_FAL__RETRY_LONGEST_SECONDS": "0.2"}
EDIT = "/channels/{channel}/messages/{message}"
MADE = "📥 **Made** · the bot can't keep videos right now; I keep trying."
PAUSED = "⏸️ **Paused** · the bot can't keep videos right now; your place is kept."
OVER = "✅ Finished videos are kept again: the line goes on."
NOT_YET = "not fetched yet"
WEEK_MS = 7 * 86_400_000
LONG = 100_000
GIF = Answer(200, b"GIF89a" + bytes(5_000_000), {"Content-Type": "image/gif"})


async def listed(stage: Stage, who: str = "Ada") -> str:
    member, channel = stage.discord.members[who], stage.discord.channels["videos"]
    invocation: Invocation = await stage.discord.invoke(member, channel, "pika jobs")
    return answer(invocation)


def owner_messages(stage: Stage) -> list[str]:
    return [m.content for m in stage.discord.direct_messages(stage.discord.members["Olive"])]


def files_asked_for(stage: Stage) -> int:
    return sum(count for call, count in stage.fal.calls.items() if call.startswith("GET /files/"))


async def tried(stage: Stage, times: int) -> None:
    """Wait until files were fetched in vain so many times."""
    async with asyncio.timeout(60):
        while stage.bot.log().count(NOT_YET) < times:  # noqa: ASYNC110 - as in `logged`
            await asyncio.sleep(0.02)


async def test_an_archive_that_cannot_be_written_holds_the_line_until_it_can(
    tmp_path: Path, renderer: Renderer
) -> None:
    (tmp_path / "archive").write_text("a file in place of the folder")
    async with playing(tmp_path, renderer, OFTEN) as stage:
        # The start tries the writing: nothing is paid.
        await owner_reads(stage, "⚠️ Finished videos can't be kept. archive: ")
        await ask(stage)
        await told(stage, PAUSED)
        assert "paused: the bot can't keep videos right now" in await listed(stage)
        assert not stage.fal.posts
        channel, options = (
            stage.discord.channels["videos"],
            {"image": four_colours(), "prompt": "it moves"},
        )
        await stage.discord.invoke(stage.discord.members["Ben"], channel, "pika image", options)
        refused = await told(stage, "I can't keep pictures and videos right now", who="Ben")
        assert refused.content.endswith("please try again later. Nothing was charged.")
        (tmp_path / "archive").unlink()
        await delivered(stage)
        await owner_reads(stage, OVER)
        # It can't be written once a video is at fal: that one is paid, and no other.
        stage.fal.timing.run_seconds = held().run_seconds
        await ask(stage, "number 1")
        await told(stage, "**Rendering**")
        stage.bot.block_archive()
        let_go(stage)
        await told(stage, MADE)
        assert "made, but the bot can't keep videos right now" in await listed(stage)
        for number in range(2, 5):
            await ask(stage, f"number {number}")
        await told(stage, PAUSED)
        assert len(stage.fal.posts) == 2
        # A restart pays for nothing either, and repeats no message.
        await restart(stage)
        await ask(stage, "of Ben", who="Ben")
        await stage.discord.wait_for(lambda: str(seen(stage)).count(PAUSED) == 4)
        assert len(stage.fal.posts) == 2
        stage.bot.unblock_archive()
        await delivered(stage, 6)
        assert len(stage.fal.posts) == 6
        # What comes back within an hour is told once more, and its end when that hour is over.
        await owner_reads(stage, "It came once more since my last message about it.")
        assert len(owner_messages(stage)) == 3


async def test_a_kept_video_whose_archive_is_away_is_delivered_once_it_is_back(
    tmp_path: Path, renderer: Renderer
) -> None:
    # Discord takes no edit for so long that the video is kept, and then its folder is away.
    away = discord.Answer(503, {"message": "Service Unavailable", "code": 0})
    async with playing(tmp_path, renderer, OFTEN, held()) as stage:
        await ask(stage)
        await told(stage, "**Rendering**")
        stage.discord.arm(discord.Fault("PATCH", EDIT, away, times=LONG))
        let_go(stage)
        await logged(stage, "trying again in 0.5 s: Discord: HTTP 503")
        stage.bot.block_archive()
        stage.discord.disarm()
        await logged(stage, "job 1 (stored): archive: Not a directory")
        assert not videos(stage)
        stage.bot.unblock_archive()
        await delivered(stage)
        (job,) = await jobs(stage)
        assert (job["status"], job["errors"]) == ("delivered", 0)


async def test_a_host_that_is_not_allowed_costs_no_more_than_was_at_fal(
    tmp_path: Path, renderer: Renderer
) -> None:
    hosts = {"PIKA_FAL__MEDIA_HOSTS": '["*.fal.media"]'}
    async with playing(tmp_path, renderer, OFTEN | hosts) as stage:
        for number in range(5):
            await ask(stage, f"number {number}")
        await told(stage, MADE)
        await told(stage, PAUSED)
        await owner_reads(stage, "if it is fal's, add it to `fal.media_hosts` and restart the bot")
        assert len(stage.fal.posts) <= 2
        before = stage.bot.log().count(NOT_YET)
        await restart(stage)
        await tried(stage, before + 4)
        assert len(stage.fal.posts) <= 2
        assert len(owner_messages(stage)) == 1
        # With this, the waiting videos are kept, and the others are made.
        stage.bot.environment["PIKA_FAL__MEDIA_HOSTS"] = f'["{stage.fal.base_url}"]'
        await restart(stage)
        await delivered(stage, 5)
        await owner_reads(stage, OVER)
        assert "✓ " in await stage.bot.command("ledger", "verify")


async def test_a_name_that_leads_nowhere_holds_the_line_at_the_third_try(
    tmp_path: Path, renderer: Renderer
) -> None:
    nowhere = "http://media.invalid"
    hosts = {"PIKA_FAL__MEDIA_HOSTS": f'["{nowhere}"]', "PIKA_FAL__CONCURRENCY": "1"}
    async with playing(tmp_path, renderer, OFTEN | hosts) as stage:
        stage.fal.habits.media_url = nowhere
        for number in range(5):
            await ask(stage, f"number {number}")
        await owner_reads(stage, "the name of fal's media host can't be resolved here")
        await told(stage, PAUSED)
        await told(stage, "📥 **Made** · fetching it takes longer than usual; I keep trying.")
        assert len(stage.fal.posts) <= 3


async def test_a_refusal_of_the_media_host_proves_nothing_and_holds_nobody_up(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, OFTEN) as stage:
        stage.fal.arm(Fault("file", Answer(403), times=LONG, match="first"))
        await ask(stage, "the first")
        await told(stage, "📥 **Made** · fal doesn't give me its file right now; I keep asking.")
        await ask(stage, "another")
        await delivered(stage, 1)
        await tried(stage, 20)
        assert [job["status"] for job in await jobs(stage)] == ["delivered", "succeeded"]
        # A drain doesn't wait for what may take days, and loses nothing.
        said = await stage.bot.command("drain")
        assert "but for 1, fetched when the bot is back" in said
        await stage.bot.process.wait()
        # Only time proves that a file is gone.
        with closing(sqlite3.connect(tmp_path / "pika.db")) as database, database:
            database.execute("UPDATE jobs SET status_at = status_at - ? WHERE id = 1", [WEEK_MS])
        await come_back(stage)
        await told(stage, "❌ **No video** · fal made it, then lost the file.")
        assert "1 of 5" in await quota(stage)
        stage.fal.disarm()
        said = await stage.bot.command("jobs", "reconcile", "1")
        assert said.startswith("fal has made job 1; its file is asked for again, ")
        await delivered(stage, 2)
        assert len(stage.fal.posts) == 2
        assert "1 of 5" in await quota(stage)
        verified = await stage.bot.command("ledger", "verify")
        assert "1 videos counted, $0.00 held, $0.40 spent" in verified


@pytest.mark.parametrize(
    "action", [GIF, Flood(8_000_000), Truncate(3000)], ids=["a GIF", "too large", "not whole"]
)
async def test_what_is_no_video_is_fetched_a_few_times_and_then_rarely(
    tmp_path: Path, renderer: Renderer, action: Action
) -> None:
    limit = {"PIKA_VIDEOS__LARGEST_BYTES": "4000000"}
    async with playing(tmp_path, renderer, OFTEN | limit) as stage:
        stage.fal.arm(Fault("file", action, times=LONG, match="first"))
        await ask(stage, "the first")
        await told(stage, "📥 **Made** · fal's file isn't a usable video yet; I keep asking.")
        await logged(stage, "job 1: fal's file is no usable video")
        asked = files_asked_for(stage)
        assert asked <= 4
        await ask(stage, "another")
        await delivered(stage, 1)
        assert files_asked_for(stage) == asked + 1
        assert "made, but fal's file isn't a usable video yet" in await listed(stage)
        stage.fal.disarm()
        await stage.bot.command("jobs", "reconcile", "1")
        await delivered(stage, 2)
        assert stage.bot.log().count("ERROR") == 1
        assert not owner_messages(stage)


@pytest.mark.parametrize(
    "action",
    [
        redirect("https://login.corp.example/"),
        Answer(403, "<html>blocked", {"Content-Type": "text/html"}),
        Answer(200, "<html>Sign in to the WiFi</html>", {"Content-Type": "text/html"}),
    ],
    ids=["redirect", "403", "page"],
)
async def test_files_of_which_none_can_be_had_hold_the_line_at_the_third_video(
    tmp_path: Path, renderer: Renderer, action: Action
) -> None:
    settings = OFTEN | {"PIKA_QUOTA__VIDEOS_PER_DAY": "20", "PIKA_FAL__UNUSABLE_SECONDS": "0.5"}
    async with playing(tmp_path, renderer, settings) as stage:
        stage.fal.arm(Fault("file", action, times=LONG))
        for number in range(8):
            await ask(stage, f"number {number}")
        await owner_reads(stage, "the files of several videos in a row can't be had")
        await told(stage, PAUSED)
        # Two at a time are at fal.
        assert 3 <= len(stage.fal.posts) <= 4
        stage.fal.disarm()
        await delivered(stage, 8)
        await owner_reads(stage, OVER)
        assert len(owner_messages(stage)) == 2
