"""Deletions in the rows: each is written once, and finding them reads only a few rows."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.sqlite.database import open_reader
from bot.adapters.sqlite.history import SqlitePastVideos
from bot.adapters.sqlite.jobs import SqliteJobStore
from bot.domain.jobs.job import DeletedBy, DeliveredAs, Job, Status
from bot.ports import Conflict
from tests.adapters.sqlite.store_harness import NOW, Stage, open_stage
from tests.domain.examples import GUILD, MEMBER, new_job

TO_THE_ARCHIVE = (Status.SUBMITTING, Status.SUBMITTED, Status.SUCCEEDED, Status.STORED)
DELIVERED = (*TO_THE_ARCHIVE, Status.DELIVERED)


async def delivered(stage: Stage) -> Job:
    return await stage.lead(await stage.submit(), *DELIVERED)


async def test_a_deletion_is_written_once_and_so_is_its_end(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job, store = await delivered(stage), stage.store
        with pytest.raises(Conflict, match=f"job {job.id} is erased already, or isn't deleted"):
            await store.mark_erased(job, at=NOW)
        deleted = await store.mark_deleted(job, DeletedBy.MAKER, at=NOW + 1)
        assert deleted == replace(job, deleted_by=DeletedBy.MAKER, deleted_at=NOW + 1)
        with pytest.raises(Conflict, match=f"job {job.id} is deleted already"):
            await store.mark_deleted(job, DeletedBy.MODERATOR, at=NOW + 2)
        assert await store.job(job.id) == deleted
        erased = await store.mark_erased(job, at=NOW + 3)
        assert erased == replace(deleted, erased_at=NOW + 3, shown="deleted")
        with pytest.raises(Conflict, match=f"job {job.id} is erased already"):
            await store.mark_erased(erased, at=NOW + 4)
        assert await store.job(job.id) == erased


async def test_only_a_delivered_video_is_deleted(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.lead(await stage.submit(), *TO_THE_ARCHIVE)
        with pytest.raises(Conflict, match="has no finished video"):
            await stage.store.mark_deleted(job, DeletedBy.MAKER, at=NOW)
        assert await stage.store.job(job.id) == job


@pytest.mark.parametrize(
    "assignments",
    [
        "deleted_by = 'nobody', deleted_at = 1",
        "deleted_by = 'maker'",
        "deleted_at = 1",
        "erased_at = 1",
        "deleted_by = 'maker', deleted_at = 1, status = 'stored', delivered_as = NULL, ended_at = NULL",
    ],
)
async def test_the_database_takes_no_half_deletion(tmp_path: Path, assignments: str):
    async with open_stage(tmp_path) as stage:
        job = await delivered(stage)
        with pytest.raises(sqlite3.IntegrityError, match="CHECK constraint failed"):
            await stage.sql(f"UPDATE jobs SET {assignments}")
        assert await stage.store.job(job.id) == job


async def test_nobody_is_told_of_a_kept_video_that_was_deleted(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        stored = await stage.lead(await stage.submit(), *TO_THE_ARCHIVE)
        kept = await stage.store.advance(
            stored, Status.DELIVERED, at=NOW, changes={"delivered_as": DeliveredAs.KEPT}
        )
        assert await stage.store.unreported_ends(limit=9) == [kept.id]
        await stage.store.mark_deleted(kept, DeletedBy.MAKER, at=NOW)
        assert await stage.store.unreported_ends(limit=9) == []
        await stage.store.mark_erased(kept, at=NOW)
        assert await stage.store.unreported_ends(limit=9) == []


async def test_a_picture_that_a_job_uses_twice_is_its_own(tmp_path: Path):
    async with open_stage(tmp_path) as stage, open_reader(tmp_path / "pika.db") as reader:
        keys = ("inputs/a.jpg", "inputs/b.jpg", "inputs/a.jpg")
        job = await stage.submit(replace(new_job("interaction:a"), inputs=keys))
        past = SqlitePastVideos(reader)
        assert await past.only_of(job, set(keys)) == set(keys)
        await stage.submit(replace(new_job("interaction:b"), inputs=keys[1:2]))
        assert await past.only_of(job, set(keys)) == {"inputs/a.jpg"}


# Speed


async def test_no_look_at_past_videos_reads_all_jobs(tmp_path: Path):
    """Ended jobs are kept for ever, so each query must have its index."""
    statements: list[str] = []
    async with open_stage(tmp_path) as stage, open_reader(tmp_path / "pika.db") as reader:
        job, past = await stage.submit(), SqlitePastVideos(reader)
        store = SqliteJobStore(stage.writer, reader, returns_per_day=0)
        await reader.look(lambda db: db.set_trace_callback(statements.append))
        statements.clear()
        await past.deleting()
        await past.only_of(job, ["inputs/a.jpg", "inputs/b.jpg"])
        await past.needed()
        await past.page(GUILD, MEMBER, limit=5)
        await past.page(GUILD, MEMBER, newer_than=9, limit=5)
        await past.page(GUILD, MEMBER, older_than=9, limit=5)
        await store.unreported_ends(limit=5)
        indexes = ["jobs_deleting", "PRIMARY KEY", "jobs_open", *["jobs_of_member"] * 3]
        for sql, index in zip([*statements], [*indexes, "jobs_unreported"], strict=True):
            plan = await stage.sql(f"EXPLAIN QUERY PLAN {sql}")
            rows: list[tuple[int, int, int, str]] = [tuple(step) for step in plan]
            steps = [detail for *_, detail in rows]
            assert all(index in step for step in steps), (sql, steps)
