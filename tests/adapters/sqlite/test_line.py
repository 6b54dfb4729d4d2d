"""The line in the database: its order, its caps, and that it stays quick."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.sqlite import line
from bot.domain.jobs.estimates import Shape
from bot.domain.jobs.job import Failure, Job, Status
from bot.domain.line.fairness import Caps, LineOrder
from bot.domain.moderation.admission import OpenJobs
from bot.domain.moderation.rules import Asker
from bot.domain.refusal import Refusal
from tests.adapters.sqlite.rules_model import CEILINGS
from tests.adapters.sqlite.store_harness import NOW, Stage, of_member, open_stage
from tests.domain.examples import GUILD, new_job

ADA, BEN, CLEO = 1, 2, 3
SHAPE = Shape("pika-2.2-text", "720p", 5)


async def in_line(stage: Stage) -> list[int]:
    """Return the members in line; place and first are held against it."""
    waiting = await stage.store.line(limit=100)
    places = [(await stage.store.standing(job)).place for job in waiting]
    assert places == list(range(1, len(waiting) + 1))
    following = await stage.store.next_waiting(at=NOW, excluding=())
    assert (following and following.id) == (waiting[0].id if waiting else None)
    return [job.place.member_id for job in waiting]


async def asked(stage: Stage, *members: int) -> list[Job]:
    return [await stage.submit(of_member(member)) for member in members]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        # The example of docs/line.md.
        (LineOrder.TURNS, [BEN, CLEO, ADA, CLEO, ADA, ADA]),
        (LineOrder.FIRST_COME, [ADA, ADA, ADA, BEN, CLEO, CLEO]),
    ],
)
async def test_who_is_next(tmp_path: Path, order: LineOrder, expected: Sequence[int]):
    async with open_stage(tmp_path, order=order) as stage:
        (first,) = await asked(stage, ADA)
        await stage.lead(first, Status.SUBMITTING)
        await asked(stage, ADA, ADA, ADA, BEN, CLEO, CLEO)
        assert await in_line(stage) == expected


async def test_a_job_that_comes_back_keeps_its_place(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        first, *_ = await asked(stage, ADA, ADA, BEN)
        away = await stage.lead(first, Status.SUBMITTING)
        assert await in_line(stage) == [BEN, ADA]
        await stage.lead(away, Status.CREATED)
        assert await in_line(stage) == [ADA, BEN, ADA]
        await asked(stage, CLEO)
        assert await in_line(stage) == [ADA, BEN, CLEO, ADA]


async def test_a_turn_that_was_had_isnt_had_again(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        (first,) = await asked(stage, ADA)
        await stage.lead(first, Status.SUBMITTING, Failure.REFUSED)
        await asked(stage, ADA, BEN)
        assert await in_line(stage) == [BEN, ADA]


async def test_a_canceled_flood_costs_no_turns(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        for job in await asked(stage, ADA, ADA, ADA):
            await stage.store.request_cancel(job, at=NOW)
        await asked(stage, BEN, BEN, ADA)
        assert await in_line(stage) == [BEN, ADA, BEN]


async def test_one_order_goes_on_where_the_other_was(tmp_path: Path):
    async with open_stage(tmp_path, order=LineOrder.FIRST_COME) as stage:
        await asked(stage, ADA, ADA, BEN)
    async with open_stage(tmp_path, order=LineOrder.TURNS) as stage:
        assert await in_line(stage) == [ADA, BEN, ADA]


# Caps


@pytest.mark.parametrize(
    ("caps", "words"),
    [(Caps(most_per_member=3), "You have 3"), (Caps(most_per_server=3), "This server has 3")],
)
async def test_of_many_at_once_as_many_get_in_as_fit(tmp_path: Path, caps: Caps, words: str):
    async with open_stage(tmp_path) as stage:
        results = await asyncio.gather(
            *(stage.submit(caps=caps, videos_per_day=100) for _ in range(20)),
            return_exceptions=True,
        )
        refusals = [result for result in results if isinstance(result, Refusal)]
        assert len(refusals) == 17
        assert {refusal.sentence.startswith(words) for refusal in refusals} == {True}
        assert len(await stage.sql("SELECT * FROM jobs")) == 3
        assert len(await stage.sql("SELECT * FROM ledger")) == 3


async def test_what_has_ended_makes_room(tmp_path: Path):
    caps = Caps(2, 3)
    async with open_stage(tmp_path) as stage:
        first, second = [await stage.submit(caps=caps) for _ in range(2)]
        await stage.lead(first, Status.SUBMITTING, Status.UNCERTAIN)
        elsewhere = new_job("elsewhere", guild=GUILD + 1)
        with pytest.raises(Refusal, match="You have 2"):
            await stage.submit(elsewhere, caps=caps)
        await stage.lead(second, Status.CANCELED)
        await stage.submit(elsewhere, caps=caps)
        asker = Asker(member_id=first.place.member_id)
        admission = await stage.store.admission(GUILD, asker, at=NOW, ceilings=CEILINGS)
        assert admission.open_jobs == OpenJobs(2, 1)


async def test_the_same_request_is_the_same_job_in_a_full_line(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        jobs = [await stage.submit(new_job("same"), caps=Caps(1, 1)) for _ in range(2)]
        assert jobs[0] == jobs[1]


# Estimates


async def made(stage: Stage, took: int, *, at: int = NOW, duration: int = 5) -> Job:
    new = of_member(ADA)
    new = replace(new, seconds=duration)
    job = await stage.submit(new, videos_per_day=1000)
    job = await stage.store.advance(
        job, Status.SUBMITTING, at=at, changes={"submitting_at": at - took}
    )
    job = await stage.lead(job, Status.SUBMITTED, Status.RUNNING)
    return await stage.lead(job, Status.SUCCEEDED, at=at)


async def test_the_latest_videos_of_a_shape_count(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        for number in range(3):
            await made(stage, 1000 * (number + 1), at=NOW + number)
        longer = await made(stage, 9000, at=NOW + 9, duration=10)
        assert longer.made_at == NOW + 9
        assert await stage.store.render_times(SHAPE, limit=2) == [3000, 2000]
        assert await stage.store.render_times(replace(SHAPE, seconds=10), limit=50) == [9000]
        assert await stage.store.render_times(replace(SHAPE, resolution="1080p"), limit=50) == []
        assert await stage.store.render_times(replace(SHAPE, model="other"), limit=50) == []
        assert await stage.store.render_times(None, limit=50) == [9000, 3000, 2000, 1000]


async def test_a_clock_that_was_set_back_teaches_nothing(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        await made(stage, -1)
        assert await stage.store.render_times(None, limit=50) == []


# Speed


@pytest.mark.parametrize("order", LineOrder)
async def test_no_look_at_the_line_reads_all_jobs(tmp_path: Path, order: LineOrder):
    """Ended jobs are kept for ever, so each query must have its index."""
    waiting, ordered = line.WAITING[order], line.ORDERED[order]
    queries = [
        f"SELECT * FROM jobs WHERE {waiting} AND next_attempt_at <= 0 ORDER BY {ordered} LIMIT 1",
        f"SELECT count(*) FROM jobs WHERE {waiting} AND {line.UP_TO[order]}",
        f"SELECT count(*) FROM jobs WHERE status IN ('running', 'submitted') AND {line.OPEN}",
        "SELECT max(turn) FROM jobs WHERE submitting_at IS NOT NULL",
    ]
    async with open_stage(tmp_path) as stage:
        for sql in queries:
            parameters = (0, 0) if "?" in sql else ()
            plan = await stage.sql(f"EXPLAIN QUERY PLAN {sql}", *parameters)
            rows: list[tuple[int, int, int, str]] = [tuple(step) for step in plan]
            steps = [detail for *_, detail in rows]
            assert all(" INDEX jobs_" in step for step in steps), (sql, steps)
