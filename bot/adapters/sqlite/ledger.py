"""Ledger rows, and the grants behind them. Every function is part of a write transaction."""

import sqlite3

from bot.adapters.sqlite.statements import number
from bot.domain.jobs.job import Job
from bot.domain.jobs.ledger import Entry, reservation
from bot.domain.moderation.quota import Share

UNITS_OF_JOB = "SELECT coalesce(sum(videos + bonus), 0) FROM ledger WHERE job_id = ?"
HELD_BY_JOB = "SELECT coalesce(sum(held), 0) FROM ledger WHERE job_id = ?"
SPENT_BY_JOB = "SELECT coalesce(sum(spent), 0) FROM ledger WHERE job_id = ?"
HELD_BY_ROW = "SELECT coalesce(sum(held), 0) FROM ledger WHERE job_id = jobs.id"
"""The same within a query of `jobs`."""
_TAKEN = "SELECT coalesce(sum(videos), 0), coalesce(sum(bonus), 0) FROM ledger WHERE job_id = ?"
_GRANTS_OF_JOB = (
    "SELECT grant_id, sum(units) AS units FROM grant_uses WHERE job_id = ?"
    " GROUP BY grant_id HAVING sum(units) > 0"
)
# The returns of units, on one day, for videos that may have been billed.
_CAPPED_RETURNS = (
    "SELECT count(*) FROM ledger WHERE guild_id = ? AND member_id = ? AND day = ?"
    " AND kind = 'settle' AND videos + bonus < 0"
)


def reserve(db: sqlite3.Connection, job: Job, share: Share, at: int) -> None:
    """Append a new job's reservation: its price, and its units as quota and grants share them."""
    for grant_id, units in share.grants:
        _use(db, job, grant_id, units, at)
    _insert(db, job, reservation(job), at, videos=share.videos, bonus=share.bonus)


def write(db: sqlite3.Connection, job: Job, entry: Entry, at: int) -> None:
    """Append a ledger row.

    If it returns units, all that the job still takes go back to where they were taken from, so none
    comes back twice.
    """
    videos = bonus = 0
    if entry.videos < 0:
        videos, bonus = db.execute(_TAKEN, (job.id,)).fetchone()
        for grant_id, units in db.execute(_GRANTS_OF_JOB, (job.id,)).fetchall():
            _use(db, job, grant_id, -units, at)
    _insert(db, job, entry, at, videos=-videos, bonus=-bonus)


def returns_used_up(db: sqlite3.Connection, job: Job, returns_per_day: int) -> bool:
    """Return whether no more units of possibly billed videos come back on the job's day."""
    member = (job.place.guild_id, job.place.member_id, job.quota_day)
    return number(db, _CAPPED_RETURNS, member) >= returns_per_day


def _use(db: sqlite3.Connection, job: Job, grant_id: int, units: int, at: int) -> None:
    sql = "INSERT INTO grant_uses (at, grant_id, job_id, units) VALUES (?, ?, ?, ?)"
    db.execute(sql, (at, grant_id, job.id, units))


def _insert(
    db: sqlite3.Connection, job: Job, entry: Entry, at: int, *, videos: int, bonus: int
) -> None:
    columns = {
        "at": at,
        "guild_id": job.place.guild_id,
        "member_id": job.place.member_id,
        "day": job.quota_day,
        "owner_day": job.owner_day,
        "job_id": job.id,
        "kind": entry.kind,
        "videos": videos,
        "bonus": bonus,
        "held": entry.held,
        "spent": entry.spent,
    }
    places = ", ".join("?" * len(columns))
    names = ", ".join(columns)
    sql = f"INSERT INTO ledger ({names}) VALUES ({places})"  # noqa: S608  # names are ours
    db.execute(sql, tuple(columns.values()))
