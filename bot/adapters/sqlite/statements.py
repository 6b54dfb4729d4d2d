"""Single statements within a write transaction, and lists for them."""

import sqlite3
from collections.abc import Collection, Sequence

from bot.adapters.sqlite.database import Row, Value
from bot.adapters.sqlite.mapping import to_job
from bot.domain.jobs.job import Job, Status
from bot.ports import Conflict


def listed(statuses: Collection[Status]) -> str:
    """Return statuses as an SQL list; they are constants, never input."""
    return ", ".join(f"'{status}'" for status in sorted(statuses))


def one(db: sqlite3.Connection, sql: str, parameters: Sequence[Value]) -> Row | None:
    rows: list[Row] = db.execute(sql, parameters).fetchall()
    return rows[0] if rows else None


def number(db: sqlite3.Connection, sql: str, parameters: Sequence[Value] = ()) -> int:
    row = one(db, sql, parameters)
    assert row is not None
    return int(row[0])


def insert_job(db: sqlite3.Connection, columns: dict[str, Value]) -> Job:
    names, places = ", ".join(columns), ", ".join("?" * len(columns))
    sql = f"INSERT INTO jobs ({names}) VALUES ({places}) RETURNING *"  # noqa: S608  # names are ours
    row = one(db, sql, [*columns.values()])
    assert row is not None
    return to_job(row)


def update_job(
    db: sqlite3.Connection, job_id: int, columns: dict[str, Value], expected: Status | None = None
) -> Job:
    """Write columns of one job; with `expected`, only if that is its status. Raises Conflict."""
    assignments = ", ".join(f"{name} = ?" for name in columns)
    sql = f"UPDATE jobs SET {assignments} WHERE id = ?"  # noqa: S608  # names are ours
    parameters = [*columns.values(), job_id]
    if expected is not None:
        sql += " AND status = ?"
        parameters.append(expected)
    row = one(db, f"{sql} RETURNING *", parameters)
    if row is None:
        raise Conflict(f"job {job_id} is no longer {expected}")
    return to_job(row)
