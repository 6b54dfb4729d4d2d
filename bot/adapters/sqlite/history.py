"""Reads of past videos, beside the store of job rows."""

import json
from collections.abc import Collection, Sequence

from typing_extensions import override

from bot.adapters.sqlite import line
from bot.adapters.sqlite.database import Reader, Value
from bot.adapters.sqlite.mapping import to_job
from bot.domain.jobs.job import Job
from bot.ports import PastVideos

_FINISHED = (
    "SELECT * FROM jobs WHERE guild_id = ? AND member_id = ? AND status = 'delivered'"
    " AND deleted_by IS NULL"
)
# Spelled as in the index `jobs_deleting`.
_DELETING = "SELECT * FROM jobs WHERE deleted_by IS NOT NULL AND erased_at IS NULL ORDER BY id"
_OTHERS_INPUTS = "SELECT DISTINCT key FROM job_inputs WHERE job_id != ? AND key IN"


class SqlitePastVideos(PastVideos):
    """Past videos, as their rows say."""

    def __init__(self, reader: Reader):
        self._reader = reader

    @override
    async def page(
        self,
        guild_id: int,
        member_id: int,
        *,
        older_than: int | None = None,
        newer_than: int | None = None,
        limit: int,
    ) -> Sequence[Job]:
        member: list[Value] = [guild_id, member_id]
        if newer_than is not None:
            sql = f"{_FINISHED} AND id > ? ORDER BY id LIMIT ?"
            oldest_first = await self._jobs(sql, [*member, newer_than, limit])
            return oldest_first[::-1]
        if older_than is not None:
            sql = f"{_FINISHED} AND id < ? ORDER BY id DESC LIMIT ?"
            return await self._jobs(sql, [*member, older_than, limit])
        return await self._jobs(f"{_FINISHED} ORDER BY id DESC LIMIT ?", [*member, limit])

    @override
    async def deleting(self) -> Sequence[Job]:
        return await self._jobs(_DELETING)

    @override
    async def needed(self) -> Collection[str]:
        sql = f"SELECT inputs, video FROM jobs WHERE {line.OPEN}"  # noqa: S608  # a constant
        keys: set[str] = set()
        for row in await self._reader.rows(sql):
            keys.update(json.loads(row["inputs"]))
            if row["video"] is not None:
                keys.add(str(row["video"]))
        return keys

    @override
    async def only_of(self, job: Job, keys: Collection[str]) -> Collection[str]:
        places = ", ".join("?" * len(keys))
        rows = await self._reader.rows(f"{_OTHERS_INPUTS} ({places})", [job.id, *keys])
        return set(keys) - {str(row["key"]) for row in rows}

    async def _jobs(self, sql: str, parameters: Sequence[Value] = ()) -> list[Job]:
        return [to_job(row) for row in await self._reader.rows(sql, parameters)]
