"""Implements `bot.ports.Store` on SQLite. Every write is one function in one transaction."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from bot.adapters.sqlite.database import Reader, Row, Value, Writer
from bot.adapters.sqlite.rows import from_changes, from_new, to_job
from bot.domain.job import AT_FAL, ENDED, Failure, Job, NewJob, Place, Status
from bot.domain.ledger import Entry, entry_for, reservation, verdict
from bot.domain.quota import Quota, quota_day
from bot.ports import Changes, Conflict, Standing


def _listed(statuses: Collection[Status]) -> str:
    """Return statuses as an SQL list; they are our own constants, never input."""
    return ", ".join(f"'{status}'" for status in sorted(statuses))


_AT_FAL = _listed(AT_FAL)
_IN_PROGRESS = _listed(set(Status) - ENDED - {Status.CREATED})
_USED = (
    "SELECT coalesce(sum(videos), 0) FROM ledger WHERE guild_id = ? AND member_id = ? AND day = ?"
)
_HELD_BY_JOB = "SELECT coalesce(sum(held), 0) FROM ledger WHERE job_id = ?"
_UNITS_OF_JOB = "SELECT coalesce(sum(videos), 0) FROM ledger WHERE job_id = ?"
# A unit of the daily quota comes back at most this often for videos that may have been billed.
_CAPPED_RETURNS = (
    "SELECT count(*) FROM ledger WHERE guild_id = ? AND member_id = ? AND day = ?"
    " AND kind = 'settle' AND videos < 0"
)


class SqliteStore:
    """The rows of one database. `returns_per_day` caps how many possibly billed units come back."""

    def __init__(self, writer: Writer, reader: Reader, *, returns_per_day: int):
        self._writer = writer
        self._reader = reader
        self._returns_per_day = returns_per_day

    # Writing

    async def submit(self, job: NewJob, *, at: int, videos_per_day: int) -> Job:
        def work(db: sqlite3.Connection) -> Job:
            if existing := _one(db, "SELECT * FROM jobs WHERE source = ?", [job.source]):
                return to_job(existing)
            day = quota_day(at)
            member = (job.place.guild_id, job.place.member_id, day)
            Quota(used=_number(db, _USED, member), limit=videos_per_day, day=day).check()
            columns = from_new(job) | {
                "status": Status.CREATED,
                "status_at": at,
                "quota_day": day,
                "created_at": at,
            }
            created = _insert(db, "jobs", columns)
            db.execute("DELETE FROM openings WHERE message_id = ?", [job.place.message_id])
            _write(db, created, reservation(job.price), at)
            return created

        return await self._writer.transact(work)

    async def advance(
        self, job: Job, to: Status, *, at: int, changes: Changes | None = None
    ) -> Job:
        return await self._writer.transact(lambda db: self._advance(db, job, to, at, changes or {}))

    def _advance(
        self, db: sqlite3.Connection, job: Job, to: Status, at: int, changes: Changes
    ) -> Job:
        if not job.may_become(to):
            raise Conflict(f"job {job.id} can't go from {job.status} to {to}")
        fresh: dict[str, Value] = {
            "status": to,
            "status_at": at,
            "attempts": 0,
            "errors": 0,
            "next_attempt_at": 0,
        }
        columns = fresh | from_changes(changes)
        columns["ended_at"] = at if to in ENDED else None
        if job.status is Status.FAILED:
            if _number(db, _HELD_BY_JOB, [job.id]) == 0:
                raise Conflict(f"what job {job.id} cost is settled")
            columns |= {"failure": None, "failure_type": None, "failure_field": None}
        moved = _update(db, job.id, columns, expected=job.status)
        if entry := entry_for(job, to, changes.get("failure")):
            if entry.capped and self._returns_used_up(db, moved):
                entry = Entry(entry.kind, videos=0, held=entry.held, spent=entry.spent)
            _write(db, moved, entry, at)
        return moved

    def _returns_used_up(self, db: sqlite3.Connection, job: Job) -> bool:
        member = (job.place.guild_id, job.place.member_id, job.quota_day)
        return _number(db, _CAPPED_RETURNS, member) >= self._returns_per_day

    async def admit(self, job: Job, *, at: int, concurrency: int) -> Job | None:
        def work(db: sqlite3.Connection) -> Job | None:
            if _number(db, f"SELECT count(*) FROM jobs WHERE status IN ({_AT_FAL})") >= concurrency:
                return None
            changes: Changes = {"submitting_at": at, "attempts": job.attempts}
            return self._advance(db, job, Status.SUBMITTING, at, changes)

        return await self._writer.transact(work)

    async def note(
        self, job: Job, *, attempts: int, next_attempt_at: int, errors: int | None = None
    ) -> Job:
        columns: dict[str, Value] = {"attempts": attempts, "next_attempt_at": next_attempt_at}
        if errors is not None:
            columns["errors"] = errors
        return await self._writer.transact(lambda db: _update(db, job.id, columns))

    async def note_picture(self, job: Job, url: str, expires_at: int) -> Job:
        columns: dict[str, Value] = {"picture_url": url, "picture_url_expires_at": expires_at}
        return await self._writer.transact(lambda db: _update(db, job.id, columns))

    async def note_shown(self, job: Job, shown: str | None, message_id: int | None) -> None:
        columns: dict[str, Value] = {"shown": shown, "message_id": message_id}
        await self._writer.transact(lambda db: _update(db, job.id, columns))

    async def request_cancel(self, job: Job, *, at: int) -> Job:
        def work(db: sqlite3.Connection) -> Job:
            row = _one(db, "SELECT * FROM jobs WHERE id = ?", [job.id])
            assert row is not None, "jobs are never deleted"
            current = to_job(row)
            if current.status is Status.CREATED:
                canceled = self._advance(db, current, Status.CANCELED, at, {})
                return _update(db, canceled.id, {"cancel_requested_at": at})
            if current.status in ENDED:
                return current
            return _update(db, current.id, {"cancel_requested_at": at})

        return await self._writer.transact(work)

    async def settle_unknown(self, job: Job, *, charged: bool, at: int) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            row = _one(db, "SELECT failure FROM jobs WHERE id = ?", [job.id])
            unknown = row is not None and row["failure"] == Failure.OUTCOME_UNKNOWN
            if not unknown or _number(db, _HELD_BY_JOB, [job.id]) == 0:
                return False
            _write(db, job, verdict(job, charged=charged), at)
            return True

        return await self._writer.transact(work)

    async def open(self, place: Place, *, at: int) -> None:
        sql = "INSERT INTO openings (message_id, channel_id, at) VALUES (?, ?, ?)"
        parameters = (place.message_id, place.channel_id, at)
        await self._writer.transact(lambda db: db.execute(sql, parameters) and None)

    async def close_opening(self, message_id: int) -> None:
        sql = "DELETE FROM openings WHERE message_id = ?"
        await self._writer.transact(lambda db: db.execute(sql, (message_id,)) and None)

    async def set_setting(self, key: str, value: str | None) -> None:
        if value is None:
            sql, parameters = "DELETE FROM settings WHERE key = ?", [key]
        else:
            sql = "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            parameters = [key, value]
        await self._writer.transact(lambda db: db.execute(sql, parameters) and None)

    # Reading

    async def job(self, job_id: int) -> Job | None:
        row = await self._reader.row("SELECT * FROM jobs WHERE id = ?", [job_id])
        return to_job(row) if row else None

    async def jobs_of(self, guild_id: int, member_id: int, *, most: int) -> Sequence[Job]:
        return await self._jobs(
            "WHERE guild_id = ? AND member_id = ? ORDER BY id DESC LIMIT ?",
            [guild_id, member_id, most],
        )

    async def in_progress(self) -> Sequence[int]:
        return await self._ids(f"SELECT id FROM jobs WHERE status IN ({_IN_PROGRESS}) ORDER BY id")

    async def untold(self, *, most: int) -> Sequence[int]:
        # Spelled as in the index: a video that was posted needs no words.
        return await self._ids(
            "SELECT id FROM jobs WHERE (status IN ('failed', 'canceled') OR delivered_as = 'kept')"
            " AND shown IS NOT status ORDER BY id LIMIT ?",
            [most],
        )

    async def unshown(self) -> Sequence[int]:
        open_ = _listed(set(Status) - ENDED)
        return await self._ids(
            f"SELECT id FROM jobs WHERE status IN ({open_}) AND shown IS NULL ORDER BY id"
        )

    async def unknown(self, *, since: int) -> Sequence[int]:
        return await self._ids(
            "SELECT id FROM jobs WHERE failure = 'outcome_unknown' AND ended_at > ?"
            f" AND ({_HELD_BY_JOB.replace('?', 'jobs.id')}) > 0 ORDER BY id",
            [since],
        )

    async def openings(self, *, before: int) -> Sequence[tuple[int, int]]:
        sql = "SELECT channel_id, message_id FROM openings WHERE at < ?"
        rows = await self._reader.rows(sql, [before])
        return [(int(row["channel_id"]), int(row["message_id"])) for row in rows]

    async def at_fal(self, *, but: Collection[int]) -> int:
        places = ", ".join("?" * len(but))
        sql = f"SELECT count(*) FROM jobs WHERE status IN ({_AT_FAL}) AND id NOT IN ({places})"
        return await self._count(sql, [*but])

    async def next_waiting(
        self, *, at: int, but: Collection[int], shut: Collection[str] = ()
    ) -> Job | None:
        places, endpoints = ", ".join("?" * len(but)), ", ".join("?" * len(shut))
        jobs = await self._jobs(
            f"WHERE status = 'created' AND next_attempt_at <= ? AND id NOT IN ({places})"
            f" AND endpoint NOT IN ({endpoints}) ORDER BY id LIMIT 1",
            [at, *but, *shut],
        )
        return jobs[0] if jobs else None

    async def counts(self) -> Mapping[Status, int]:
        # Spelled as in the index.
        rows = await self._reader.rows(
            "SELECT status, count(*) AS jobs FROM jobs"
            " WHERE status NOT IN ('delivered', 'failed', 'canceled') GROUP BY status",
            [],
        )
        return {Status(row["status"]): int(row["jobs"]) for row in rows}

    async def line(self, *, most: int) -> Sequence[Job]:
        return await self._jobs("WHERE status = 'created' ORDER BY id LIMIT ?", [most])

    async def standing(self, job: Job) -> Standing:
        counts = await self._count(_UNITS_OF_JOB, [job.id]) > 0
        if job.status is not Status.CREATED:
            return Standing(place=None, counts=counts)
        sql = "SELECT count(*) FROM jobs WHERE status = 'created' AND id <= ?"
        return Standing(place=await self._count(sql, [job.id]), counts=counts)

    async def quota(self, guild_id: int, member_id: int, *, day: int, limit: int) -> Quota:
        used = await self._count(_USED, [guild_id, member_id, day])
        return Quota(used=used, limit=limit, day=day)

    async def owned(self, request_ids: Collection[str]) -> set[str]:
        places = ", ".join("?" * len(request_ids))
        sql = f"SELECT request_id FROM jobs WHERE request_id IN ({places})"
        return {str(row["request_id"]) for row in await self._reader.rows(sql, [*request_ids])}

    async def setting(self, key: str) -> str | None:
        row = await self._reader.row("SELECT value FROM settings WHERE key = ?", [key])
        return str(row["value"]) if row else None

    async def _jobs(self, rest: str, parameters: Sequence[Value]) -> list[Job]:
        rows = await self._reader.rows(f"SELECT * FROM jobs {rest}", parameters)
        return [to_job(row) for row in rows]

    async def _ids(self, sql: str, parameters: Sequence[Value] = ()) -> list[int]:
        return [int(row["id"]) for row in await self._reader.rows(sql, parameters)]

    async def _count(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        row = await self._reader.row(sql, parameters)
        assert row is not None
        return int(row[0])


def _one(db: sqlite3.Connection, sql: str, parameters: Sequence[Value]) -> Row | None:
    rows: list[Row] = db.execute(sql, parameters).fetchall()
    return rows[0] if rows else None


def _number(db: sqlite3.Connection, sql: str, parameters: Sequence[Value] = ()) -> int:
    row = _one(db, sql, parameters)
    assert row is not None
    return int(row[0])


def _insert(db: sqlite3.Connection, table: str, columns: dict[str, Value]) -> Job:
    names, places = ", ".join(columns), ", ".join("?" * len(columns))
    row = _one(
        db, f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING *", [*columns.values()]
    )
    assert row is not None
    return to_job(row)


def _update(
    db: sqlite3.Connection, job_id: int, columns: dict[str, Value], expected: Status | None = None
) -> Job:
    """Write columns of one job; with `expected`, only if that is its status. Raises Conflict."""
    assignments = ", ".join(f"{name} = ?" for name in columns)
    sql = f"UPDATE jobs SET {assignments} WHERE id = ?"
    parameters = [*columns.values(), job_id]
    if expected is not None:
        sql += " AND status = ?"
        parameters.append(expected)
    row = _one(db, f"{sql} RETURNING *", parameters)
    if row is None:
        raise Conflict(f"job {job_id} is no longer {expected}")
    return to_job(row)


def _write(db: sqlite3.Connection, job: Job, entry: Entry, at: int) -> None:
    """Append a ledger row. A unit that came back already doesn't come back twice."""
    taken = _number(db, _UNITS_OF_JOB, [job.id])
    db.execute(
        "INSERT INTO ledger (at, guild_id, member_id, day, job_id, kind, videos, held, spent)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            at,
            job.place.guild_id,
            job.place.member_id,
            job.quota_day,
            job.id,
            entry.kind,
            max(entry.videos, -taken),
            entry.held,
            entry.spent,
        ),
    )
