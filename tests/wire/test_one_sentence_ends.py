"""Every end that nobody asked for is one sentence on what to do, at the end of the log."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

from sandbox.render import Renderer
from sandbox.stage import Stage, open_stage
from tests.wire.playing import FAST, ask, delivered, held, jobs, rendering


async def ended(stage: Stage) -> tuple[int, str]:
    """Wait until the bot has ended; return its exit code and the last line of its log."""
    code = await asyncio.wait_for(stage.bot.process.wait(), 60)
    return code, stage.bot.log().splitlines()[-1]


def damage(database: Path) -> None:
    """Overwrite the first page of the table `jobs`."""
    with closing(sqlite3.connect(database)) as connection:
        sql = "SELECT rootpage FROM sqlite_master WHERE name = 'jobs'"
        numbers = [connection.execute(one).fetchone() for one in (sql, "PRAGMA page_size")]
    page, size = (int(str(row[0])) for row in cast("list[tuple[object]]", numbers))
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(size))


async def test_a_damaged_page_ends_it_before_anything_is_sent(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with open_stage(tmp_path, renderer=renderer, settings=FAST) as stage:
        await ask(stage)
        await delivered(stage)
        assert await jobs(stage)
        assert await stage.bot.stop() == 0
        await asyncio.to_thread(damage, tmp_path / "pika.db")
        requests, posts = len(stage.discord.requests), len(stage.fal.posts)
        before = stage.bot.log()
        await stage.bot.start()
        code, sentence = await ended(stage)
        assert code == 1
        assert sentence.startswith(f"pika-bot: {tmp_path / 'pika.db'} is damaged: ")
        assert "put your newest backup in its place: `python -m bot restore FILE`" in sentence
        assert "Traceback" not in stage.bot.log().removeprefix(before)
        assert (len(stage.discord.requests), len(stage.fal.posts)) == (requests, posts)


async def test_a_token_made_anew_ends_it_with_what_to_do(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings, timing = FAST, held()
    async with open_stage(tmp_path, renderer=renderer, settings=settings, timing=timing) as stage:
        await ask(stage)
        await rendering(stage)
        await stage.discord.drop_gateway(code=4004)
        code, sentence = await ended(stage)
        assert code == 2
        assert sentence.startswith("pika-bot: Discord refuses DISCORD_TOKEN: copy the bot's token")
        assert "Traceback" not in stage.bot.log()
