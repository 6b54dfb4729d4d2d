"""Every job ends, truthfully, whatever goes wrong; and what turns up late is delivered."""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sandbox.discord import Answer as DiscordAnswer
from sandbox.discord import Fault as DiscordFault
from sandbox.discord import File
from sandbox.fal import Answer, Drop, Fault, Timing
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.adapters.media.picture_files import quadrants, saved
from tests.wire.playing import (
    ask,
    come_back,
    delivered,
    held,
    jobs,
    ledger,
    let_go,
    logged,
    owner_reads,
    playing,
    quota,
    seen,
    told,
    videos,
)

# What fal needs at most until a job is overdue: about two seconds.
SHORT = {
    "PIKA_FAL__TIMEOUT_SECONDS": "0.4",
    "PIKA_FAL__START_TIMEOUT_SECONDS": "1.1",
    "PIKA_FAL__RUN_SECONDS": "0.1",
    "PIKA_FAL__ADOPT_EVERY_SECONDS": "0.5",
}


def openings(stage: Stage) -> list[tuple[int]]:
    """Return the answers that no job has come of yet, from the bot's own file."""
    with closing(sqlite3.connect(stage.bot.folder / "pika.db")) as connection:
        return connection.execute("SELECT message_id FROM openings").fetchall()


QUEUED = Answer(202, {"status": "IN_QUEUE", "queue_position": 3})


async def test_a_request_that_never_starts_gives_its_place_free_and_is_adopted_later(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, SHORT | {"PIKA_FAL__CONCURRENCY": "1"}) as stage:
        stage.fal.arm(Fault("status", QUEUED, times=1000, match="a slow fox"))
        await ask(stage, "a slow fox")
        said = await told(stage, "fal never said what became of it")
        stage.fal.disarm()
        assert "It doesn't count towards your quota." in said.content
        await ask(stage, "a quick fox")
        await delivered(stage, 2)
        assert said in videos(stage)
        assert len(stage.fal.posts) == 2
        assert "1 of 5" in await quota(stage)
        rows = await ledger(stage)
        assert sum(int(row["held"] or 0) for row in rows) == 0
        assert sum(int(row["spent"] or 0) for row in rows) == stage.fal.charged


async def test_an_answer_lost_for_long_is_adopted_once_the_listing_shows_it(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, SHORT, timing=Timing(run_seconds=0.2)) as stage:
        stage.fal.habits.listing_lag_seconds = None
        stage.fal.arm(Fault("submit", Drop(accepted=True)))
        await ask(stage)
        await told(stage, "fal never said what became of it")
        stage.fal.habits.listing_lag_seconds = 0.0
        await delivered(stage)
        assert len(stage.fal.posts) == 1
        assert sum(int(row["held"] or 0) for row in await ledger(stage)) == 0


async def test_a_full_disk_pauses_the_line_before_it_hurts(
    tmp_path: Path, renderer: Renderer
) -> None:
    free = shutil.disk_usage(tmp_path).free
    ballast = tmp_path / "ballast"
    least = {"PIKA_ARCHIVE__LEAST_FREE_BYTES": str(free - (600 << 20))}
    async with playing(tmp_path, renderer, least) as stage:
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, 1200 << 20)
        await ask(stage)
        await told(stage, "⏸️ **Paused** · the bot can't keep videos right now; your place is kept.")
        await owner_reads(stage, "MB left: make room, or lower `archive.least_free_bytes`")
        assert not stage.fal.posts
        ballast.unlink()
        await delivered(stage)
        await owner_reads(stage, "✅ Finished videos are kept again: the line goes on.")


async def test_a_job_that_always_goes_wrong_ends_and_its_video_is_kept_apart(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = {"PIKA_FAL__RETRY_LONGEST_SECONDS": "0.2", "PIKA_PROCESS__MOST_ERRORS": "3"}
    async with playing(tmp_path, renderer, settings, held(), surprised=True) as stage:
        unavailable = DiscordAnswer(401, {"message": "401: Unauthorized", "code": 0})
        edit = "/channels/{channel}/messages/{message}"
        await ask(stage)
        await told(stage, "**Rendering**")
        stage.discord.arm(DiscordFault("PATCH", edit, unavailable, times=1000))
        let_go(stage)
        folder = tmp_path / "archive" / "videos"
        await stage.discord.wait_for(lambda: any(folder.glob("*.mp4")))
        (video,) = folder.glob("*.mp4")
        video.unlink()
        stage.discord.disarm()
        await logged(stage, "given up after 3 errors")
        await told(
            stage, "📦 **Finished** · I couldn't post it here; `/pika show` with `1` tries again."
        )
        await told(stage, "your video #1 is finished, but I can't post it; see above.")
        await ask(stage, "the next one")
        await told(stage, "your video is ready")


async def test_a_picture_that_is_gone_from_the_archive_ends_its_job(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        stage.fal.balance_micro_usd = 0
        await ask(stage)
        await told(stage, "⏸️ **Paused** · ")
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        picture = File("a.png", saved(quadrants(), "PNG"))
        await stage.discord.invoke(
            ada, channel, "pika image", {"prompt": "it moves", "image": picture}
        )
        await told(stage, "it moves")
        shutil.rmtree(tmp_path / "archive" / "inputs")
        stage.fal.top_up(1_000_000)
        said = await told(stage, "something went wrong on my side. Nothing was charged")
        assert "tell the bot's owner this reference: `#2`." in said.content
        assert "It doesn't count towards your quota." in said.content
        await delivered(stage)
        assert "1 of 5" in await quota(stage)


async def test_an_answer_without_a_job_is_taken_back_after_a_crash(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        slow = File("a.png", saved(quadrants(7000, 5000), "PNG"))
        await stage.discord.invoke(
            ada, channel, "pika image", {"prompt": "it moves", "image": slow}
        )
        await told(stage, "**Getting your video ready**")
        while not openings(stage):  # noqa: ASYNC110 - the file of another process tells nobody
            await asyncio.sleep(0.01)
        await stage.bot.kill()
        assert await jobs(stage) == []
        await come_back(stage)
        said = await told(stage, "I was restarted before I could take this request in.")
        assert said.content.endswith("Nothing was charged; please ask again.")
        assert "0 of 5" in await quota(stage)
        await stage.discord.wait_for(lambda: "Getting your video" not in str(seen(stage)))
