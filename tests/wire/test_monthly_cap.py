"""The monthly cap as shipped: it holds for new bots, and stops none that made videos before."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import answer, ask, come_back, delivered, playing, restart

CAP = "PIKA_BUDGET__USD_PER_MONTH"
OLD = Path(__file__).parents[1] / "adapters" / "sqlite" / "old_databases" / "0006.sql"


def spend(stage: Stage, dollars: int) -> None:
    """Let so much be spent this month, of the whole bot."""
    with closing(sqlite3.connect(stage.bot.folder / "pika.db")) as connection:
        connection.execute(
            "INSERT INTO sums VALUES (0, strftime('%Y-%m', 'now'), ?)"
            " ON CONFLICT (guild_id, period) DO UPDATE SET taken = excluded.taken",
            [dollars * 1_000_000],
        )
        connection.commit()


def told(stage: Stage) -> list[str]:
    messages = stage.discord.direct_messages(stage.discord.members["Olive"])
    return [message.content for message in messages if "usd_per_month" in message.content]


def put_back_an_old_database(folder: Path) -> None:
    for file in folder.glob("pika.db*"):
        file.unlink()
    with closing(sqlite3.connect(folder / "pika.db")) as connection:
        connection.executescript(OLD.read_text())
        # Those that still go on would be looked for at this fal.
        connection.execute(
            "UPDATE jobs SET status = 'canceled', failure = NULL, delivered_as = NULL,"
            " ended_at = 1, shown = 'canceled', deleted_by = NULL, deleted_at = NULL,"
            " erased_at = NULL"
        )
        connection.commit()


async def test_a_new_bot_spends_fifty_dollars_a_month(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        del stage.bot.environment[CAP]
        await restart(stage)
        spend(stage, 50)
        assert "This bot's budget for this month of $50.00 is used up" in answer(await ask(stage))
        assert stage.fal.posts == []
        # A line that is there is the owner's, an empty one too.
        stage.bot.environment[CAP] = ""
        await restart(stage)
        await ask(stage)
        await delivered(stage)
        assert told(stage) == []


async def test_a_bot_from_before_goes_on_and_its_owner_is_told_once(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        assert await stage.bot.stop() == 0
        put_back_an_old_database(tmp_path)
        del stage.bot.environment[CAP]
        await come_back(stage)
        await stage.discord.wait_for(lambda: told(stage))
        assert '`usd_per_month = "50"`' in told(stage)[0]
        spend(stage, 1000)
        await ask(stage)
        await delivered(stage)
        await restart(stage)
        await ask(stage, "another")
        await delivered(stage, 2)
        assert len(told(stage)) == 1
        # Once the line is there, it counts.
        stage.bot.environment[CAP] = "50"
        await restart(stage)
        assert "of $50.00 is used up" in answer(await ask(stage, "one more"))
