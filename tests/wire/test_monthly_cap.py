"""The monthly cap as shipped: it holds for new bots, and stops none that made videos before."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.jumping_bot import AHEAD, UNTIL, jump
from tests.wire.moderating import moderate
from tests.wire.playing import (
    answer,
    ask,
    come_back,
    delivered,
    owner_reads,
    playing,
    restart,
)
from tests.wire.test_doctor import doctor

CAP = "PIKA_BUDGET__USD_PER_MONTH"
SENTENCE = "This bot's budget for this month of $50.00 is used up; please come back"
USED_UP = "This month's $50.00 (`budget.usd_per_month`) are used up"
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


def topics(stage: Stage) -> str:
    """Return the troubles that the bot remembers for its owner."""
    with closing(sqlite3.connect(stage.bot.folder / "pika.db")) as connection:
        sql = "SELECT value FROM settings WHERE key = 'owner_messages'"
        rows: list[tuple[str]] = connection.execute(sql).fetchall()
    return rows[0][0]


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
        await owner_reads(stage, USED_UP)
        # A line that is there is the owner's, an empty one too.
        stage.bot.environment[CAP] = ""
        await restart(stage)
        await ask(stage)
        await delivered(stage)
        # A look at the sum before the refusal tells of the 80 percent, too.
        assert sum(USED_UP in message for message in told(stage)) == 1


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


async def test_the_owner_is_told_at_80_percent_and_at_the_first_refusal(
    tmp_path: Path, renderer: Renderer
) -> None:
    until = tmp_path / "until"
    settings = {CAP: "50", AHEAD: "0", UNTIL: str(until)}
    async with playing(tmp_path, renderer, settings, module="tests.wire.jumping_bot") as stage:
        spend(stage, 39)
        await ask(stage, "still below")
        await delivered(stage)
        assert told(stage) == []
        spend(stage, 40)
        await ask(stage, "over 80 %")
        await delivered(stage, 2)
        await owner_reads(stage, "80 % of this month's $50.00 (`budget.usd_per_month`) are spent")
        # Only what is refused says that it is used up.
        spend(stage, 50)
        assert answer(await ask(stage, "refused")).startswith(SENTENCE)
        await owner_reads(stage, f"{USED_UP}; nothing more is made until <t:")
        assert (
            "To go on, set a higher one in `[budget]` of config.toml and restart." in told(stage)[1]
        )
        # Neither is told again, whatever comes, and after a restart.
        await ask(stage, "refused again")
        await restart(stage)
        await ask(stage, "refused once more")
        assert len(told(stage)) == 2
        assert "month's budget" in topics(stage)
        # A new month begins, and nobody has to be told.
        assert await stage.bot.stop() == 0
        jump(until, 32 * 86_400)
        await come_back(stage)
        async with asyncio.timeout(60):
            while "month's budget" in topics(stage):  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(0.02)
        messages = stage.discord.direct_messages(stage.discord.members["Olive"])
        assert len(messages) == 2


async def test_who_may_raise_the_cap_reads_its_name(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, {CAP: "50"}) as stage:
        assert "All servers together" not in await moderate(stage, "settings")
        spend(stage, 48)
        refused = answer(await ask(stage, who="Olive"))
        assert "nearly used up, so only named roles go on" in refused
        assert "set a higher `budget.usd_per_month` in `[budget]` of config.toml" in refused
        assert refused.count("othing was charged") == 1
        await owner_reads(stage, "are nearly used up, and a request was refused")
        assert "usd_per_month" not in answer(await ask(stage))
        spend(stage, 50)
        assert "set a higher `budget.usd_per_month`" in answer(await ask(stage, who="Olive"))
        page = await moderate(stage, "settings")
        assert "**All servers together** · $50.00 of $50.00 (⛔ used up), anew <t:" in page
        assert "only the bot's owner can set a higher `budget.usd_per_month`" in page


async def test_the_command_line_says_how_the_month_stands(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        assert (await stage.bot.command("ledger")).endswith("\nthis month: $0.00, no cap\n")
        del stage.bot.environment[CAP]
        spend(stage, 41)
        said = await stage.bot.command("ledger")
        assert said.endswith("\nthis month: $41.00 of $50.00 (as shipped)\n")
        code, said = await doctor(stage)
        assert code == 0
        assert "! budget: this month: $41.00 of $50.00 (as shipped)\n" in said
        stage.bot.environment[CAP] = "100"
        code, said = await doctor(stage)
        assert "✓ budget: this month: $41.00 of $100.00\n" in said
        assert "✓ line: nothing holds it\n" in said
        spend(stage, 100)
        code, said = await doctor(stage)
        assert code == 1
        assert "✗ line: $100.00 (`budget.usd_per_month`) are used up; nothing more is made" in said
        assert "→ to go on, set a higher one in `[budget]` of config.toml and restart" in said
