"""Another folder in the archive's place, such as the mount point of a disk, isn't taken for it."""

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

from sandbox import discord
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import (
    ask,
    delivered,
    four_colours,
    held,
    jobs,
    kept,
    let_go,
    logged,
    owner_reads,
    playing,
    rendering,
    restart,
    rows_say,
    told,
    videos,
)
from tests.wire.refining import all_delivered, one_video, press, said
from tests.wire.test_databases import with_database
from tests.wire.test_doctor import doctor
from tests.wire.test_keeping import EDIT, LONG, MADE, OFTEN, OVER, PAUSED, owner_messages

OTHER = "isn't this database's archive (its mark isn't there): mount the right one there"


def unmount(stage: Stage) -> None:
    """Leave an empty folder in the archive's place."""
    archive = stage.bot.folder / "archive"
    archive.rename(stage.bot.folder / "archive.away")
    archive.mkdir()


def mount(stage: Stage) -> None:
    """Put the archive back; nothing may have been written in its place."""
    archive = stage.bot.folder / "archive"
    assert [path for path in archive.rglob("*") if path.is_file()] == []
    for folder in archive.iterdir():
        shutil.rmtree(folder)
    # In place of an empty folder, so that there is one at any time.
    (stage.bot.folder / "archive.away").rename(archive)


async def test_videos_and_pictures_wait_for_the_archive(tmp_path: Path, renderer: Renderer) -> None:
    settings = OFTEN | {"PIKA_FAL__CONCURRENCY": "1"}
    async with playing(tmp_path, renderer, settings, held()) as stage:
        await ask(stage)
        await rendering(stage)
        await told(stage, "**Rendering**")
        channel, ben = stage.discord.channels["videos"], stage.discord.members["Ben"]
        options = {"image": four_colours(), "prompt": "it moves"}
        await stage.discord.invoke(ben, channel, "pika image", options)
        await told(stage, "In line")
        unmount(stage)
        let_go(stage)
        await told(stage, MADE)
        await told(stage, PAUSED)
        await owner_reads(stage, OTHER)
        code, report = await doctor(stage)
        assert code == 1
        assert f"✗ archive's mark: {tmp_path / 'archive'} {OTHER}" in report
        # A restart knows it at once, and no picture is taken in.
        await restart(stage)
        options = {"image": four_colours(800, 600), "prompt": "another"}
        await stage.discord.invoke(ben, channel, "pika image", options)
        refused = await told(stage, "I can't keep pictures and videos right now", who="Ben")
        assert refused.content.endswith("Nothing was charged.")
        assert [job["status"] for job in await jobs(stage)] == ["created", "succeeded"]
        mount(stage)
        await delivered(stage, 2)
        await owner_reads(stage, OVER)
        assert len(owner_messages(stage)) == 2
        assert len(stage.fal.posts) == 2


async def test_a_stored_video_waits_and_a_deletion_is_finished_later(
    tmp_path: Path, renderer: Renderer
) -> None:
    away = discord.Answer(503, {"message": "Service Unavailable", "code": 0})
    async with playing(tmp_path, renderer, OFTEN) as stage:
        message = await one_video(stage)
        file = await kept(stage)
        stage.fal.timing.run_seconds = held().run_seconds
        await ask(stage, "another")
        await told(stage, "**Rendering**")
        stage.discord.arm(discord.Fault("PATCH", EDIT, away, times=LONG))
        let_go(stage)
        await logged(stage, "job 2 (stored): Discord: HTTP 503")
        unmount(stage)
        stage.discord.disarm()
        await logged(stage, f"job 2 (stored): archive: {tmp_path / 'archive'} {OTHER}")
        answer = await said(stage, await press(stage, message, "Continue"))
        assert answer.startswith("I can't get at the kept pictures and videos right now")
        question = (await press(stage, message, "Delete")).response_message
        assert question is not None
        await press(stage, question, "Delete for good")
        await told(stage, "🗑️ **Video #1 was deleted** by its maker.")
        await logged(stage, "job 1: its files aren't removed yet")
        assert [bool(job["erased_at"]) for job in await jobs(stage)] == [False, False]
        mount(stage)
        assert file.exists()
        await stage.discord.wait_for(lambda: len(videos(stage)) == 1)
        await all_delivered(stage)
        await restart(stage)
        while file.exists():  # noqa: ASYNC110 - the sweep of another process tells nobody
            await asyncio.sleep(0.02)
        await rows_say(stage, lambda rows: bool(rows[1]["erased_at"]))


async def test_the_archive_is_begun_anew_where_the_owner_says_so(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, OFTEN) as stage:
        await one_video(stage)
        mark = (tmp_path / "archive" / ".pika-archive").read_text()
        assert await stage.bot.stop() == 0
        shutil.rmtree(tmp_path / "archive")
        # A new database beside a new archive marks it, and one beside an old archive takes its.
        await with_database(stage, None)
        await one_video(stage, "a hen")
        other = (tmp_path / "archive" / ".pika-archive").read_text()
        assert other != mark
        await with_database(stage, None)
        await one_video(stage, "an owl")
        assert (tmp_path / "archive" / ".pika-archive").read_text() == other
        shutil.rmtree(tmp_path / "archive")
        await ask(stage, "a cow")
        await owner_reads(stage, OTHER)
        command = re.search(r"`(mkdir .*?)`", owner_messages(stage)[-1])
        assert command is not None
        subprocess.run(["sh", "-c", command[1]], check=True)  # noqa: ASYNC221
        await owner_reads(stage, OVER)
        await delivered(stage, 4)
