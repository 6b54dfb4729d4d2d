"""Implements `bot.ports.Store` on SQLite. Every write is one function in one transaction."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from bot.adapters.sqlite import ledger as entries
from bot.adapters.sqlite import line
from bot.adapters.sqlite.admission import SAME_REQUEST, read_admission, same_request
from bot.adapters.sqlite.database import Reader, Value, Writer
from bot.adapters.sqlite.ledger import HELD_BY_JOB, UNITS_OF_JOB
from bot.adapters.sqlite.mapping import as_json, from_changes, from_new, to_job
from bot.adapters.sqlite.statements import insert_job as _insert
from bot.adapters.sqlite.statements import number as _number
from bot.adapters.sqlite.statements import one as _one
from bot.adapters.sqlite.statements import update_job as _update
from bot.domain.catalogue.models import Catalogue
from bot.domain.jobs.estimates import Shape
from bot.domain.jobs.job import AT_FAL, ENDED, Failure, Job, NewJob, Place, Status
from bot.domain.jobs.ledger import Entry, entry_for, settlement_of_unknown
from bot.domain.line.fairness import NO_CAPS, Caps, LineOrder, OpenJobs
from bot.domain.moderation.admission import Admission
from bot.domain.moderation.rules import Asker, Ceilings
from bot.domain.requests.request import already_asked
from bot.ports import Changes, Conflict, Standing


def _listed(statuses: Collection[Status]) -> str:
    """Return statuses as an SQL list; they are our own constants, never input."""
    return ", ".join(f"'{status}'" for status in sorted(statuses))


_AT_FAL = f"status IN ({_listed(AT_FAL)}) AND {line.OPEN}"
_IN_PROGRESS = f"status IN ({_listed(set(Status) - ENDED - {Status.CREATED})}) AND {line.OPEN}"


class SqliteJobStore:
    """The rows of one database. `returns_per_day` caps how often possibly billed units come back."""

    def __init__(
        self,
        writer: Writer,
        reader: Reader,
        *,
        returns_per_day: int,
        order: LineOrder = LineOrder.TURNS,
    ):
        self._writer = writer
        self._reader = reader
        self._returns_per_day = returns_per_day
        self._order = order

    # Writing

    async def submit(
        self,
        job: NewJob,
        *,
        at: int,
        ceilings: Ceilings,
        asker: Asker | None = None,
        catalogue: Catalogue | None = None,
        same_within: int = 0,
        caps: Caps = NO_CAPS,
    ) -> Job:
        place = job.place
        asker = asker or Asker(member_id=place.member_id)
        assert asker.member_id == place.member_id, "whoever asks is whose job it is"

        def work(db: sqlite3.Connection) -> Job:
            if existing := _one(db, "SELECT * FROM jobs WHERE source = ?", [job.source]):
                return to_job(existing)
            if same := same_request(db, job, at, same_within):
                raise already_asked(same)
            terms = read_admission(db, place.guild_id, asker, at=at, ceilings=ceilings)
            terms.check(job, catalogue)
            line.check_room(db, caps, guild_id=place.guild_id, member_id=place.member_id)
            columns = from_new(job) | {
                "status": Status.CREATED,
                "status_at": at,
                "quota_day": terms.quota.day,
                "owner_day": terms.owner_day,
                "created_at": at,
                "turn": line.next_turn(db, place.member_id),
            }
            created = _insert(db, columns)
            db.execute("DELETE FROM openings WHERE message_id = ?", [place.message_id])
            entries.reserve(db, created, terms.quota.share(job.units), at)
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
        if to is Status.SUCCEEDED:
            columns["made_at"] = at
        if job.status is Status.FAILED:
            if _number(db, HELD_BY_JOB, [job.id]) == 0:
                raise Conflict(f"what job {job.id} cost is settled")
            columns |= {"failure": None, "failure_type": None, "failure_field": None}
        moved = _update(db, job.id, columns, expected=job.status)
        if entry := entry_for(job, to, changes.get("failure")):
            if entry.capped and entries.returns_used_up(db, moved, self._returns_per_day):
                entry = Entry(entry.kind, videos=0, held=entry.held, spent=entry.spent)
            entries.write(db, moved, entry, at)
        return moved

    async def admit(self, job: Job, *, at: int, concurrency: int) -> Job | None:
        def work(db: sqlite3.Connection) -> Job | None:
            if _number(db, f"SELECT count(*) FROM jobs WHERE {_AT_FAL}") >= concurrency:
                return None
            changes: Changes = {"submitting_at": at, "attempts": job.attempts}
            return self._advance(db, job, Status.SUBMITTING, at, changes)

        return await self._writer.transact(work)

    async def schedule(
        self, job: Job, *, attempts: int, next_attempt_at: int, errors: int | None = None
    ) -> Job:
        columns: dict[str, Value] = {"attempts": attempts, "next_attempt_at": next_attempt_at}
        if errors is not None:
            columns["errors"] = errors
        return await self._writer.transact(lambda db: _update(db, job.id, columns))

    async def record_inputs(self, job: Job, urls: Sequence[str], expire_at: int) -> Job:
        columns: dict[str, Value] = {
            "input_urls": as_json(urls),
            "input_urls_expire_at": expire_at,
        }
        return await self._writer.transact(lambda db: _update(db, job.id, columns))

    async def record_shown(self, job: Job, shown: str | None, message_id: int | None) -> None:
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
            if not unknown or _number(db, HELD_BY_JOB, [job.id]) == 0:
                return False
            entries.write(db, job, settlement_of_unknown(job, charged=charged), at)
            return True

        return await self._writer.transact(work)

    async def remember_announcement(self, place: Place, *, at: int) -> None:
        sql = "INSERT OR REPLACE INTO openings (message_id, channel_id, at) VALUES (?, ?, ?)"
        parameters = (place.message_id, place.channel_id, at)
        await self._writer.transact(lambda db: db.execute(sql, parameters) and None)

    async def forget_announcement(self, message_id: int) -> None:
        sql = "DELETE FROM openings WHERE message_id = ?"
        await self._writer.transact(lambda db: db.execute(sql, (message_id,)) and None)

    async def remember_fact(self, key: str, value: str | None) -> None:
        if value is None:
            sql, parameters = "DELETE FROM settings WHERE key = ?", [key]
        else:
            sql = "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            parameters = [key, value]
        await self._writer.transact(lambda db: db.execute(sql, parameters) and None)

    # Reading

    async def job(self, job_id: int) -> Job | None:
        return next(iter(await self._jobs("WHERE id = ?", [job_id])), None)

    async def job_of(self, source: str) -> Job | None:
        return next(iter(await self._jobs("WHERE source = ?", [source])), None)

    async def jobs_of(self, guild_id: int, member_id: int, *, limit: int) -> Sequence[Job]:
        newest = "WHERE guild_id = ? AND member_id = ? ORDER BY id DESC LIMIT ?"
        return await self._jobs(newest, [guild_id, member_id, limit])

    async def in_progress(self) -> Sequence[int]:
        return await self._ids(f"SELECT id FROM jobs WHERE {_IN_PROGRESS} ORDER BY id")

    async def unreported_ends(self, *, limit: int) -> Sequence[int]:
        # Spelled as in the index: a video that was posted needs no words.
        return await self._ids(
            "SELECT id FROM jobs WHERE (status IN ('failed', 'canceled') OR delivered_as = 'kept')"
            " AND shown IS NOT status AND coalesce(shown, '') NOT LIKE 'delet%' ORDER BY id LIMIT ?",
            [limit],
        )

    async def unannounced(self) -> Sequence[int]:
        return await self._ids(
            f"SELECT id FROM jobs WHERE {line.OPEN} AND shown IS NULL ORDER BY id"
        )

    async def unknown_outcomes(self, *, since: int) -> Sequence[int]:
        return await self._ids(
            "SELECT id FROM jobs WHERE failure = 'outcome_unknown' AND ended_at > ?"
            f" AND ({HELD_BY_JOB.replace('?', 'jobs.id')}) > 0 ORDER BY id",
            [since],
        )

    async def orphaned_announcements(self, *, before: int) -> Sequence[tuple[int, int]]:
        sql = "SELECT channel_id, message_id FROM openings WHERE at < ?"
        rows = await self._reader.rows(sql, [before])
        return [(int(row["channel_id"]), int(row["message_id"])) for row in rows]

    async def at_fal(self, *, excluding: Collection[int]) -> int:
        places = ", ".join("?" * len(excluding))
        sql = f"SELECT count(*) FROM jobs WHERE {_AT_FAL} AND id NOT IN ({places})"
        return await self._count(sql, [*excluding])

    async def next_waiting(
        self, *, at: int, excluding: Collection[int], shut_endpoints: Collection[str] = ()
    ) -> Job | None:
        places, endpoints = ", ".join("?" * len(excluding)), ", ".join("?" * len(shut_endpoints))
        jobs = await self._jobs(
            f"WHERE {line.WAITING[self._order]} AND next_attempt_at <= ? AND id NOT IN ({places})"
            f" AND endpoint NOT IN ({endpoints}) ORDER BY {line.ORDERED[self._order]} LIMIT 1",
            [at, *excluding, *shut_endpoints],
        )
        return jobs[0] if jobs else None

    async def open_counts(self) -> Mapping[Status, int]:
        sql = f"SELECT status, count(*) AS jobs FROM jobs WHERE {line.OPEN} GROUP BY status"
        rows = await self._reader.rows(sql)
        return {Status(row["status"]): int(row["jobs"]) for row in rows}

    async def line(self, *, limit: int) -> Sequence[Job]:
        waiting, order = line.WAITING[self._order], line.ORDERED[self._order]
        return await self._jobs(f"WHERE {waiting} ORDER BY {order} LIMIT ?", [limit])

    async def standing(self, job: Job) -> Standing:
        counts = await self._count(UNITS_OF_JOB, [job.id]) > 0
        if job.status is not Status.CREATED:
            return Standing(place=None, counts=counts)
        up_to = f"{line.WAITING[self._order]} AND {line.UP_TO[self._order]}"
        sql = f"SELECT count(*) FROM jobs WHERE {up_to}"
        return Standing(place=await self._count(sql, [job.turn, job.id]), counts=counts)

    async def open_jobs(self, guild_id: int, member_id: int) -> OpenJobs:
        return await line.open_jobs(self._reader, guild_id=guild_id, member_id=member_id)

    async def render_times(self, shape: Shape | None, *, limit: int) -> Sequence[int]:
        return await line.render_times(self._reader, shape, most=limit)

    async def same_request(self, fingerprint: str | None, *, since: int) -> Job | None:
        row = await self._reader.row(SAME_REQUEST, [fingerprint, since])
        return to_job(row) if row else None

    async def admission(
        self, guild_id: int, asker: Asker, *, at: int, ceilings: Ceilings
    ) -> Admission:
        return await self._reader.look(
            lambda db: read_admission(db, guild_id, asker, at=at, ceilings=ceilings)
        )

    async def owned_request_ids(self, request_ids: Collection[str]) -> set[str]:
        places = ", ".join("?" * len(request_ids))
        sql = f"SELECT request_id FROM jobs WHERE request_id IN ({places})"
        return {str(row["request_id"]) for row in await self._reader.rows(sql, [*request_ids])}

    async def fact(self, key: str) -> str | None:
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
