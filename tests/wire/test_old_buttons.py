"""Buttons of messages that stood before the bot was updated: from the database of each version."""

import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from bot.adapters.sqlite.database import migrations
from sandbox.discord import Message
from sandbox.discord.wire import as_integer, as_object, decode
from sandbox.orders import VideoOrder
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import come_back, playing, rows_say
from tests.wire.refining import buttons, fill_in, found, press, said

OLD_DATABASES = Path(__file__).parents[1] / "adapters" / "sqlite" / "old_databases"
NEWEST = migrations()[-1][0]
BUTTON, ROW = 2, 1


def move_in(stage: Stage, version: int) -> int:
    """Make the old database this server's; return the number of a delivered job of Ada's."""
    database = stage.bot.folder / "pika.db"
    for file in stage.bot.folder.glob("pika.db*"):
        file.unlink()
    discord = stage.discord
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.executescript((OLD_DATABASES / f"{version:04}.sql").read_text())
        where = (discord.guild.id, discord.channels["videos"].id, discord.members["Ada"].id)
        connection.execute(
            "UPDATE jobs SET guild_id = ?, channel_id = ?, member_id = ?,"
            " video = iif(video IS NULL, NULL, 'videos/' || id || '.mp4')",
            where,
        )
        rows: list[tuple[int]] = connection.execute(
            "SELECT id FROM jobs WHERE status = 'delivered' AND kind = 'text-to-video' ORDER BY id"
        ).fetchall()
    return rows[0][0]


async def old_message(stage: Stage, job_id: int, *labels: str) -> Message:
    """Post a message of the bot as it was sent then."""
    channel = stage.discord.channels["videos"]
    items = [
        {"type": BUTTON, "style": 2, "label": label, "custom_id": f"job:{job_id}:{action}"}
        for label in labels
        for action in (label.removeprefix("Make ").casefold(),)
    ]
    async with aiohttp.ClientSession() as session:
        reply = await session.post(
            f"{stage.discord.api_url}/channels/{channel.id}/messages",
            json={"content": "> `a fox`", "components": [{"type": ROW, "components": items}]},
            headers={"Authorization": f"Bot {stage.discord.token}"},
        )
        made = as_integer(as_object(decode(await reply.text())).get("id"))
    shown = stage.discord.visible(stage.discord.members["Ada"], channel)
    return next(message for message in shown if message.id == made)


@pytest.mark.parametrize("version", range(1, NEWEST))
async def test_buttons_of_an_older_bot_work(
    tmp_path: Path, renderer: Renderer, version: int
) -> None:
    film = await renderer.render(VideoOrder("a fox", 7, 720, 5))
    settings = {"PIKA_QUOTA__VIDEOS_PER_DAY": "50", "PIKA_FAL__CONCURRENCY": "20"}
    async with playing(tmp_path, renderer, settings) as stage:
        assert await stage.bot.stop() == 0
        job_id = move_in(stage, version)
        archive = tmp_path / "archive" / "videos"
        archive.mkdir(parents=True, exist_ok=True)
        for number in range(1, 30):
            (archive / f"{number}.mp4").write_bytes(film)
        await come_back(stage)

        message = await old_message(stage, job_id, "Details", "Make another")
        details = await press(stage, message, "Details", "Ben")
        assert f"**Video #{job_id}** · Pika 2.2 · delivered" in await said(stage, details)
        refused = await press(stage, message, "Make another", "Ben")
        assert "isn't yours" in await said(stage, refused)
        await press(stage, message, "Make another")

        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        asked = await stage.discord.invoke(ada, channel, "pika show", {"job": job_id})
        shown = asked.response_message
        assert shown is not None
        copy = await found(stage, lambda: shown if shown.attachments else None)
        assert buttons(copy) == ["Again", "Edit", "HQ +$0.25", "Continue", "Details", "Delete"]
        await press(stage, copy, "Again", "Ben")
        await press(stage, copy, "HQ +$0.25", "Ben")
        await fill_in(stage, copy, "Edit", {"What happens in the video?": "a wolf"}, "Ben")
        await fill_in(stage, copy, "Continue", {"What happens next?": "it runs"}, "Ben")
        wanted = ["again", "again", "continue", "edit", "hq"]

        def relations(listed: list[dict[str, str | int | None]]) -> list[str]:
            children = [job for job in listed if job["parent_id"] == job_id]
            return sorted(str(job["relation"]) for job in children if job["status"] == "delivered")

        await rows_say(stage, lambda rows: relations(rows) == wanted)
        question = (await press(stage, copy, "Delete")).response_message
        assert question is not None
        await press(stage, question, "Delete for good")
        await stage.discord.wait_for(lambda: "deleted** by its maker" in copy.content)


async def test_a_button_of_a_later_version_says_so(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await old_message(stage, 12, "Fireworks")
        assert await said(stage, await press(stage, message, "Fireworks")) == (
            "I don't know that button; `/pika show` with `12` posts the video with the buttons that"
            " I know."
        )
