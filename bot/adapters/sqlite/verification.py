"""Proof that ledger and jobs agree. Every row is read, and none is held in memory."""

import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from typing_extensions import override

from bot.adapters.sqlite.database import DatabaseProblem, Reader, Row
from bot.domain.jobs.job import HAS_VIDEO, Failure, Status
from bot.domain.jobs.ledger import Balance, balances
from bot.domain.money import show_usd
from bot.domain.text import plural

_JOBS = """
SELECT jobs.id, status, failure, price, units, video, video_url IS NOT NULL AS made,
    count(ledger.id) AS entries,
    coalesce(sum(ledger.kind = 'reserve'), 0) AS reservations,
    coalesce(sum(
        ledger.kind = 'reserve' AND videos + bonus = units AND held = price AND spent = 0
    ), 0) AS whole,
    coalesce(sum(videos), 0) AS videos,
    coalesce(sum(bonus), 0) AS bonus,
    coalesce(sum(held), 0) AS held,
    coalesce(sum(spent), 0) AS spent,
    coalesce(sum(
        (ledger.guild_id, ledger.member_id, day, ledger.owner_day)
        != (jobs.guild_id, jobs.member_id, quota_day, jobs.owner_day)
    ), 0) AS strange,
    (SELECT coalesce(sum(grant_uses.units), 0) FROM grant_uses WHERE job_id = jobs.id) AS granted
FROM jobs LEFT JOIN ledger ON job_id = jobs.id
GROUP BY jobs.id ORDER BY jobs.id
"""
_ORPHANS = """
SELECT ledger.id, ledger.kind, job_id FROM ledger LEFT JOIN jobs ON jobs.id = job_id
WHERE jobs.id IS NULL AND (ledger.kind != 'grant' OR job_id IS NOT NULL) ORDER BY ledger.id
"""
# Rows of the kind `grant` give units and use none.
_OVERDRAWN = """
SELECT guild_id, member_id, day, sum(videos) AS videos FROM ledger WHERE kind != 'grant'
GROUP BY guild_id, member_id, day HAVING sum(videos) < 0
"""
# No job returns more of a grant than it took, and each takes only what its own member was granted.
_GRANTS = """
SELECT grants.id, grants.units, sum(grant_uses.units) AS used, min(
    (SELECT sum(own.units) FROM grant_uses AS own
    WHERE own.grant_id = grants.id AND own.job_id = grant_uses.job_id)
) AS least, sum(
    (jobs.guild_id, jobs.member_id) IS NOT (grants.guild_id, grants.member_id)
) AS strange
FROM grants JOIN grant_uses ON grant_id = grants.id LEFT JOIN jobs ON jobs.id = job_id
GROUP BY grants.id HAVING used > grants.units OR least < 0 OR strange ORDER BY grants.id
"""
_LOST_USES = """
SELECT grant_uses.id, grant_id FROM grant_uses LEFT JOIN grants ON grants.id = grant_id
WHERE grants.id IS NULL ORDER BY grant_uses.id
"""
_SUMS = """
WITH days AS (
    SELECT guild_id, day, owner_day, sum(held + spent) AS taken FROM ledger
    GROUP BY guild_id, day, owner_day
), periods AS (
    SELECT guild_id, date_of(day) AS period, taken AS booked, 0 AS noted FROM days
    UNION ALL SELECT guild_id, month_of(day), taken, 0 FROM days
    UNION ALL SELECT 0, date_of(owner_day), taken, 0 FROM days
    UNION ALL SELECT 0, month_of(owner_day), taken, 0 FROM days
    UNION ALL SELECT guild_id, period, 0, taken FROM sums
)
SELECT guild_id, period, sum(booked) AS booked, sum(noted) AS noted FROM periods
GROUP BY guild_id, period HAVING sum(booked) != sum(noted) ORDER BY guild_id, period
"""
_SHARED = """
SELECT request_id, group_concat(id, ' and ') AS ids FROM jobs WHERE request_id IS NOT NULL
GROUP BY request_id HAVING count(*) > 1
"""


@dataclass(slots=True)
class Sums:
    """The totals of everything that was read."""

    jobs: int = 0
    entries: int = 0
    """Ledger rows."""
    videos: int = 0
    """Units taken, of quotas and grants."""
    held: int = 0
    """In micro-dollars."""
    spent: int = 0
    """In micro-dollars."""
    problems: int = 0
    """The number of lines that were reported."""

    @override
    def __str__(self) -> str:
        return (
            f"{self.jobs} jobs with {self.entries} ledger rows: {self.videos} videos counted,"
            f" {show_usd(self.held)} held, {show_usd(self.spent)} spent"
        )


async def verify_ledger(reader: Reader, report: Callable[[str], None]) -> Sums:
    """Check all rows as they are at one moment; call `report` with a line for each problem.

    Raises DatabaseProblem.
    """
    sums = Sums()
    async with _one_moment(reader):
        async for row in _rows(reader, _JOBS):
            _add(sums, row)
            for problem in _problems_of(row):
                sums.problems += 1
                report(f"job {row['id']}: {problem}")
        async for problem in _other_problems(reader):
            sums.problems += 1
            report(problem)
    return sums


async def _other_problems(reader: Reader) -> AsyncGenerator[str]:
    """Yield the problems beyond single jobs."""
    async for row in _rows(reader, _ORPHANS):
        job = f"is of job {row['job_id']}, which isn't there" if row["job_id"] else "has no job"
        yield f"ledger row {row['id']} ({row['kind']}) {job}"
    async for row in _rows(reader, _OVERDRAWN):
        yield (
            f"member {row['member_id']} in server {row['guild_id']}: {row['videos']} videos used"
            f" on day {row['day']}"
        )
    async for row in _rows(reader, _GRANTS):
        if row["strange"]:
            yield f"grant {row['id']}: used by another member"
        elif row["used"] > row["units"]:
            yield f"grant {row['id']}: {row['used']} of {row['units']} units used"
        else:
            yield f"grant {row['id']}: more came back than was taken"
    async for row in _rows(reader, _LOST_USES):
        yield f"use {row['id']} of grant {row['grant_id']}, which isn't there"
    async for row in _rows(reader, _SUMS):
        payer = f"server {row['guild_id']}" if row["guild_id"] else "all servers"
        yield (
            f"{payer}, {row['period']}: {show_usd(row['noted'])} noted as taken, but"
            f" {show_usd(row['booked'])} in the ledger"
        )
    async for row in _rows(reader, _SHARED):
        yield f"jobs {row['ids']}: the same request {row['request_id']}"


def _add(sums: Sums, row: Row) -> None:
    sums.jobs += 1
    sums.entries += row["entries"]
    sums.videos += row["videos"] + row["bonus"]
    sums.held += row["held"]
    sums.spent += row["spent"]


def _problems_of(row: Row) -> list[str]:
    """Return the problems of one job."""
    problems: list[str] = []
    if row["reservations"] != 1:
        problems.append(f"{row['reservations']} reservations instead of one")
    elif row["whole"] != 1:
        units = f"{row['units']} {plural('unit', row['units'])}"
        problems.append(f"its reservation isn't of {units} and {show_usd(row['price'])}")
    if row["strange"]:
        problems.append(f"{row['strange']} ledger rows of another server, member or day")
    if row["status"] in HAS_VIDEO and row["video"] is None:
        problems.append(f"{row['status']} without a video")
    if row["bonus"] != row["granted"]:
        problems.append(f"{row['bonus']} bonus units, but {row['granted']} taken of grants")
    if min(row["videos"], row["bonus"]) < 0 <= row["videos"] + row["bonus"]:
        problems.append("more units came back than were taken")
    balance = Balance(row["videos"] + row["bonus"], row["held"], row["spent"])
    try:
        failure = None if row["failure"] is None else Failure(row["failure"])
        status = Status(row["status"])
        allowed = balances(status, failure, row["price"], row["units"], made=bool(row["made"]))
    except ValueError:
        return [*problems, f"{row['status']} with failure {row['failure']} is no state"]
    if balance not in allowed:
        state = f"{status} ({failure})" if failure else status
        problems.append(
            f"{state}, priced {show_usd(row['price'])}, but {show_usd(balance.held)} held,"
            f" {show_usd(balance.spent)} spent, {balance.videos} videos counted"
        )
    return problems


@asynccontextmanager
async def _one_moment(reader: Reader) -> AsyncGenerator[None]:
    """Let every query see the same rows, whatever is written meanwhile."""
    await reader.rows("BEGIN")
    try:
        yield
    finally:
        await reader.rows("ROLLBACK")


async def _rows(reader: Reader, sql: str) -> AsyncGenerator[Row]:
    try:
        async with reader.execute(sql) as cursor:
            async for row in cursor:
                yield row
    except sqlite3.Error as error:
        raise DatabaseProblem(f"the database can't be read: {error}.") from error
