"""Plain rows for the operator's lists, read beside the running bot."""

import json
from collections.abc import Collection, Sequence
from typing import TypeAlias

from bot.adapters.sqlite.database import Reader
from bot.adapters.sqlite.statements import listed
from bot.domain.jobs.job import UNDER_WAY

Record: TypeAlias = dict[str, str | int | None]

_JOBS = (
    "SELECT *, (SELECT coalesce(sum(held), 0) FROM ledger WHERE job_id = jobs.id) AS held FROM jobs"
)


async def jobs_report(reader: Reader, *, limit: int) -> Sequence[Record]:
    """Return the newest jobs, newest first: every column, and the money still held for each."""
    return await _records(reader, f"{_JOBS} ORDER BY id DESC LIMIT ?", [limit])


async def job_report(reader: Reader, job_id: int) -> tuple[Record | None, Sequence[Record]]:
    """Return a job as `jobs_report` does, None if there is no such job, and its ledger rows."""
    jobs = await _records(reader, f"{_JOBS} WHERE id = ?", [job_id])
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


async def servers_report(reader: Reader, listed: Collection[int]) -> Sequence[Record]:
    """Return every server, in the order in which the bot met them; whether it is served, and why.

    `listed` are those that the settings name.
    """
    # The migration that brought the question agreed at the time of a server's first job.
    sql = (
        "SELECT *, (trusted = 1 OR coalesce(decision, '') = 'allowed') AS served, CASE"
        " WHEN trusted = 1 AND guild_id IN (SELECT value FROM json_each(?)) THEN 'setting'"
        " WHEN trusted = 1 THEN 'own' WHEN decision IS NULL THEN 'undecided'"
        " WHEN EXISTS (SELECT 1 FROM jobs WHERE jobs.guild_id = servers.guild_id"
        " AND created_at = decided_at) THEN 'from before' ELSE 'you' END AS why"
        " FROM servers ORDER BY first_seen_at, guild_id"
    )
    return await _records(reader, sql, [json.dumps([*listed])])


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


async def _records(reader: Reader, sql: str, parameters: Sequence[int | str]) -> list[Record]:
    return [dict(row) for row in await reader.rows(sql, parameters)]
