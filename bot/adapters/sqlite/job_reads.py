"""Reads of job rows, and of what is kept beside them. Nothing here writes."""

from abc import ABC
from collections.abc import Collection, Mapping, Sequence

from typing_extensions import override

from bot.adapters.sqlite import line
from bot.adapters.sqlite.admission import SAME_REQUEST, read_admission
from bot.adapters.sqlite.database import Reader, Value
from bot.adapters.sqlite.ledger import HELD_BY_JOB, HELD_BY_ROW, UNITS_OF_JOB
from bot.adapters.sqlite.mapping import to_job
from bot.adapters.sqlite.statements import listed
from bot.domain.calendar import DAY_MS
from bot.domain.jobs.estimates import Shape
from bot.domain.jobs.job import AT_FAL, ENDED, Job, Status
from bot.domain.jobs.tags import is_tag
from bot.domain.line.fairness import LineOrder
from bot.domain.moderation.admission import Admission
from bot.domain.moderation.rules import Asker, Ceilings
from bot.ports import JobStore, Standing

IS_AT_FAL = f"status IN ({listed(AT_FAL)}) AND {line.OPEN}"
_IN_PROGRESS = f"status IN ({listed(set(Status) - ENDED - {Status.CREATED})}) AND {line.OPEN}"
# Spelled as in the index `jobs_unreported`: a video that was posted needs no words.
_UNREPORTED = (
    "(status IN ('failed', 'canceled') OR delivered_as = 'kept')"
    " AND coalesce(shown, '') != status AND deleted_by IS NULL"
)


class JobReads(JobStore, ABC):
    """The half of `SqliteJobStore` that asks the reader."""

    def __init__(self, reader: Reader, order: LineOrder):
        self._reader = reader
        self._order = order

    @override
    async def job(self, job_id: int) -> Job | None:
        return next(iter(await self._jobs("WHERE id = ?", [job_id])), None)

    @override
    async def job_by_reference(self, reference: str) -> Job | None:
        if is_tag(reference):
            jobs = await self._jobs("WHERE tag = ?", [reference])
        else:
            jobs = await self._jobs("WHERE id = ? AND tag IS NULL", [int(reference)])
        return jobs[0] if jobs else None

    @override
    async def job_of(self, source: str) -> Job | None:
        return next(iter(await self._jobs("WHERE source = ?", [source])), None)

    @override
    async def jobs_of(self, guild_id: int, member_id: int, *, limit: int) -> Sequence[Job]:
        newest = "WHERE guild_id = ? AND member_id = ? ORDER BY id DESC LIMIT ?"
        return await self._jobs(newest, [guild_id, member_id, limit])

    @override
    async def in_progress(self) -> Sequence[int]:
        return await self._ids(f"SELECT id FROM jobs WHERE {_IN_PROGRESS} ORDER BY id")

    @override
    async def unkept(self) -> Sequence[int]:
        sql = f"SELECT id FROM jobs WHERE status = 'succeeded' AND {line.OPEN} ORDER BY id"
        return await self._ids(sql)

    @override
    async def unreported_ends(self, *, limit: int) -> Sequence[int]:
        sql = f"SELECT id FROM jobs WHERE {_UNREPORTED} ORDER BY id LIMIT ?"
        return await self._ids(sql, [limit])

    @override
    async def missed_ends(self, *, since: int, limit: int) -> Sequence[int]:
        sql = (
            "SELECT id FROM jobs WHERE end_missed AND ended_at > ? AND deleted_by IS NULL"
            " ORDER BY ended_at DESC LIMIT ?"
        )
        return await self._ids(sql, [since, limit])

    @override
    async def unannounced(self) -> Sequence[int]:
        sql = f"SELECT id FROM jobs WHERE {line.OPEN} AND shown IS NULL ORDER BY id"
        return await self._ids(sql)

    @override
    async def unknown_outcomes(self, *, since: int) -> Sequence[int]:
        sql = "SELECT id FROM jobs WHERE failure = 'outcome_unknown' AND ended_at > ? ORDER BY id"
        return await self._ids(sql, [since])

    @override
    async def is_settled(self, job: Job) -> bool:
        return await self._count(HELD_BY_JOB, [job.id]) == 0

    @override
    async def without_request(self, endpoint: str) -> Sequence[Job]:
        lost = await self._jobs(
            f"WHERE status IN ('submitting', 'uncertain') AND {line.OPEN} AND endpoint = ?",
            [endpoint],
        )
        lost += await self._jobs(
            "WHERE failure = 'outcome_unknown' AND request_id IS NULL AND endpoint = ?"
            f" AND ({HELD_BY_ROW}) > 0",
            [endpoint],
        )
        return sorted(lost, key=lambda job: job.id)

    @override
    async def orphaned_announcements(self, *, before: int, after: int) -> Sequence[tuple[int, int]]:
        sql = "SELECT channel_id, message_id FROM openings WHERE at < ? OR at > ?"
        rows = await self._reader.rows(sql, [before, after])
        return [(int(row["channel_id"]), int(row["message_id"])) for row in rows]

    @override
    async def at_fal(self, *, excluding: Collection[int]) -> int:
        places = ", ".join("?" * len(excluding))
        sql = f"SELECT count(*) FROM jobs WHERE {IS_AT_FAL} AND id NOT IN ({places})"
        return await self._count(sql, [*excluding])

    @override
    async def next_waiting(
        self,
        *,
        at: int,
        excluding: Collection[int],
        shut_endpoints: Collection[str] = (),
        longest_wait: int = DAY_MS,
    ) -> Job | None:
        places, endpoints = ", ".join("?" * len(excluding)), ", ".join("?" * len(shut_endpoints))
        jobs = await self._jobs(
            f"WHERE {line.WAITING[self._order]} AND (next_attempt_at <= ? OR next_attempt_at > ?)"
            f" AND id NOT IN ({places}) AND endpoint NOT IN ({endpoints})"
            f" ORDER BY {line.ORDERED[self._order]} LIMIT 1",
            [at, at + longest_wait, *excluding, *shut_endpoints],
        )
        return jobs[0] if jobs else None

    @override
    async def open_counts(self) -> Mapping[Status, int]:
        sql = f"SELECT status, count(*) AS jobs FROM jobs WHERE {line.OPEN} GROUP BY status"
        rows = await self._reader.rows(sql)
        return {Status(row["status"]): int(row["jobs"]) for row in rows}

    @override
    async def line(self, *, limit: int) -> Sequence[Job]:
        waiting, order = line.WAITING[self._order], line.ORDERED[self._order]
        return await self._jobs(f"WHERE {waiting} ORDER BY {order} LIMIT ?", [limit])

    @override
    async def standing(self, job: Job) -> Standing:
        counts = await self._count(UNITS_OF_JOB, [job.id]) > 0
        if job.status is not Status.CREATED:
            return Standing(place=None, counts=counts)
        up_to = f"{line.WAITING[self._order]} AND {line.UP_TO[self._order]}"
        sql = f"SELECT count(*) FROM jobs WHERE {up_to}"
        return Standing(place=await self._count(sql, [job.turn, job.id]), counts=counts)

    @override
    async def render_times(self, shape: Shape | None, *, limit: int) -> Sequence[int]:
        return await line.render_times(self._reader, shape, limit=limit)

    @override
    async def same_request(self, fingerprint: str | None, *, since: int) -> Job | None:
        row = await self._reader.row(SAME_REQUEST, [fingerprint, since])
        return to_job(row) if row else None

    @override
    async def admission(
        self, guild_id: int, asker: Asker, *, at: int, ceilings: Ceilings
    ) -> Admission:
        return await self._reader.look(
            lambda db: read_admission(db, guild_id, asker, at=at, ceilings=ceilings)
        )

    @override
    async def owned_request_ids(self, request_ids: Collection[str]) -> set[str]:
        places = ", ".join("?" * len(request_ids))
        sql = f"SELECT request_id FROM jobs WHERE request_id IN ({places})"
        return {str(row["request_id"]) for row in await self._reader.rows(sql, [*request_ids])}

    @override
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
