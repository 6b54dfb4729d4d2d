"""Plain rows for the operator's lists, read beside the running bot."""

from collections.abc import Sequence
from typing import TypeAlias

from bot.adapters.sqlite.database import Reader
from bot.adapters.sqlite.statements import listed
from bot.domain.jobs.job import UNDER_WAY

Record: TypeAlias = dict[str, str | int | None]


async def jobs_report(reader: Reader, *, limit: int) -> Sequence[Record]:
    """Return the newest jobs, newest first, every column."""
    return await _records(reader, "SELECT * FROM jobs ORDER BY id DESC LIMIT ?", [limit])


async def job_report(reader: Reader, job_id: int) -> tuple[Record | None, Sequence[Record]]:
    """Return every column of a job, None if there is no such job, and its rows of the ledger."""
    jobs = await _records(reader, "SELECT * FROM jobs WHERE id = ?", [job_id])
    rows = await _records(reader, "SELECT * FROM ledger WHERE job_id = ? ORDER BY id", [job_id])
    return (jobs[0] if jobs else None), rows


async def ledger_report(reader: Reader) -> Sequence[Record]:
    """Return every row of the ledger, oldest first."""
    return await _records(reader, "SELECT * FROM ledger ORDER BY id", [])


async def balances_report(reader: Reader) -> Sequence[Record]:
    """Return units and micro-dollars by server and day, newest day first."""
    sql = (
        "SELECT guild_id, date_of(day) AS day, sum(videos + bonus) AS videos,"
        " sum(held) AS held, sum(spent) AS spent FROM ledger"
        " GROUP BY guild_id, day ORDER BY day DESC, guild_id"
    )
    return await _records(reader, sql, [])


async def servers_report(reader: Reader) -> Sequence[Record]:
    """Return every server, in the order in which the bot met them, and whether it is served."""
    sql = (
        "SELECT *, (trusted = 1 OR coalesce(decision, '') = 'allowed') AS served FROM servers"
        " ORDER BY first_seen_at, guild_id"
    )
    return await _records(reader, sql, [])


async def fact(reader: Reader, key: str) -> str | None:
    """Return a value that the bot remembers; None without one."""
    row = await reader.row("SELECT value FROM settings WHERE key = ?", [key])
    return str(row["value"]) if row else None


async def under_way(reader: Reader) -> int:
    """Return the number of videos that are at fal or on their way from there."""
    row = await reader.row(f"SELECT count(*) FROM jobs WHERE status IN ({listed(UNDER_WAY)})")  # noqa: S608  # constants
    assert row is not None
    return int(row[0])


async def integrity(reader: Reader) -> str:
    """Return SQLite's verdict on the file, 'ok' if it is whole."""
    row = await reader.row("PRAGMA integrity_check(1)")
    assert row is not None
    return str(row[0])


async def _records(reader: Reader, sql: str, parameters: Sequence[int]) -> list[Record]:
    return [dict(row) for row in await reader.rows(sql, parameters)]
