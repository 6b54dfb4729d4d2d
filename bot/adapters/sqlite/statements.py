"""Single statements within a write transaction, and lists for them."""

import sqlite3
from collections.abc import Collection, Sequence

from bot.adapters.sqlite.database import Row, Value
from bot.adapters.sqlite.mapping import to_job
from bot.domain.calendar import DAY_MS
from bot.domain.jobs.job import Job, Status
from bot.ports import Changes, Conflict, Owned

NEVER_FITS = (sqlite3.IntegrityError, sqlite3.DataError, OverflowError, UnicodeEncodeError)
"""Errors that come again however often a write is repeated: a constraint, a number that is too
large, text that is none. A file that is locked or full raises an OperationalError."""


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
    db: sqlite3.Connection, job_id: int, columns: dict[str, Value], expected: Job | None = None
) -> Job:
    """Write columns of one job. Raises Conflict.

    With `expected`, only if the row has that job's status, and has it since the same time: a job
    may come back to a status, so an old write would otherwise fit again.
    """
    assignments = ", ".join(f"{name} = ?" for name in columns)
    sql = f"UPDATE jobs SET {assignments} WHERE id = ?"  # noqa: S608  # names are ours
    parameters = [*columns.values(), job_id]
    if expected is not None:
        sql += " AND status = ? AND status_at = ?"
        parameters += [expected.status, expected.status_at]
    row = one(db, f"{sql} RETURNING *", parameters)
    if row is None:
        was = expected.status if expected is not None else "there"
        raise Conflict(f"job {job_id} is no longer {was}, as it was")
    return to_job(row)


def check_not_owned(db: sqlite3.Connection, job: Job, changes: Changes) -> None:
    """Raise Owned if another job has the request, or the video, that fal names for this one."""
    if handle := changes.get("handle"):
        sql = "SELECT id FROM jobs WHERE request_id = ? AND id != ?"
        if row := one(db, sql, [handle.request_id, job.id]):
            raise Owned(f"job {job.id}: fal's request is job {row['id']}'s")
    if url := changes.get("video_url"):
        sql = "SELECT id FROM jobs WHERE video_url = ? AND id != ?"
        if row := one(db, sql, [url, job.id]):
            raise Owned(f"job {job.id}: fal's video is job {row['id']}'s")


def kept_tag(db: sqlite3.Connection, source: str, tag: str, at: int) -> str:
    """Return the tag kept for a source within the last day; keep `tag` if there is none."""
    db.execute("DELETE FROM announcement_tags WHERE at < ?", [at - DAY_MS])
    keep = "INSERT INTO announcement_tags VALUES (?, ?, ?) ON CONFLICT (source) DO NOTHING"
    db.execute(keep, [source, tag, at])
    row = one(db, "SELECT tag FROM announcement_tags WHERE source = ?", [source])
    assert row is not None, "it was just kept"
    return str(row["tag"])
