"""Units of the quota and money, on every way that a job can take."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.calendar import DAY_MS
from bot.domain.jobs.job import Failure, Status
from bot.ports import Conflict
from tests.adapters.sqlite.store_harness import (
    NOW,
    TODAY,
    Balance,
    of_member,
    open_stage,
)
from tests.domain.examples import MEMBER, PRICE

AT_FAL = (Status.SUBMITTING, Status.SUBMITTED)
TO_SUCCESS = (*AT_FAL, Status.RUNNING, Status.SUCCEEDED)


@pytest.mark.parametrize("sql", ["UPDATE ledger SET held = 0", "DELETE FROM ledger"])
async def test_the_ledger_is_append_only(tmp_path: Path, sql: str):
    async with open_stage(tmp_path) as stage:
        job = await stage.submit()
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            await stage.sql(sql)
        assert await stage.balance(job) == Balance(1, PRICE, 0)


UNKNOWN = Failure.OUTCOME_UNKNOWN


@pytest.mark.parametrize(
    ("way", "balance"),
    [
        ((Status.SUBMITTING,), Balance(1, PRICE, 0)),
        ((Status.SUBMITTING, Status.CREATED), Balance(1, PRICE, 0)),
        ((Status.SUBMITTING, Status.UNCERTAIN), Balance(1, PRICE, 0)),
        ((*AT_FAL, Status.RUNNING, Status.SUBMITTED), Balance(1, PRICE, 0)),
        (TO_SUCCESS, Balance(1, 0, PRICE)),
        ((*TO_SUCCESS, Status.STORED, Status.DELIVERED), Balance(1, 0, PRICE)),
        ((*TO_SUCCESS, Failure.FILE_LOST), Balance(0, 0, PRICE)),
        ((Status.CANCELED,), Balance(0, 0, 0)),
        ((*AT_FAL, Status.CANCELED), Balance(0, 0, 0)),
        ((Status.SUBMITTING, Failure.REFUSED), Balance(0, 0, 0)),
        ((*AT_FAL, Failure.SERVICE_ERROR), Balance(0, 0, 0)),
        ((*AT_FAL, Failure.MODEL_ERROR), Balance(0, 0, PRICE)),
        ((*AT_FAL, UNKNOWN), Balance(0, PRICE, 0)),
        # It turned up after all: its unit came back already, and never does so twice.
        ((*AT_FAL, UNKNOWN, Status.SUBMITTED), Balance(0, PRICE, 0)),
        ((*AT_FAL, UNKNOWN, Status.SUBMITTED, UNKNOWN), Balance(0, PRICE, 0)),
        ((*AT_FAL, UNKNOWN, Status.SUBMITTED, Status.CANCELED), Balance(0, 0, 0)),
        ((*AT_FAL, UNKNOWN, Status.SUBMITTED, Failure.MODEL_ERROR), Balance(0, 0, PRICE)),
        ((*AT_FAL, UNKNOWN, Status.SUBMITTED, Failure.SERVICE_ERROR), Balance(0, 0, 0)),
        ((*AT_FAL, UNKNOWN, Status.SUBMITTED, Status.SUCCEEDED), Balance(0, 0, PRICE)),
    ],
)
async def test_what_a_job_takes_on_each_way(
    tmp_path: Path, way: tuple[Status | Failure, ...], balance: Balance
):
    async with open_stage(tmp_path) as stage:
        other = await stage.submit()
        job = await stage.lead(await stage.submit(), *way)
        assert await stage.balance(job) == balance
        assert await stage.used(job) == balance.videos + 1
        assert (await stage.store.standing(job)).counts == (balance.videos == 1)
        assert await stage.balance(other) == Balance(1, PRICE, 0)


async def test_units_of_videos_that_may_have_been_billed_come_back_only_so_often(tmp_path: Path):
    async with open_stage(tmp_path, returns_per_day=2) as stage:
        jobs = [
            await stage.lead(await stage.submit(), *AT_FAL, Failure.MODEL_ERROR) for _ in range(4)
        ]
        assert [(await stage.balance(job)).videos for job in jobs] == [0, 0, 1, 1]
        assert await stage.used(jobs[0]) == 2
        # What fal never bills comes back all the same, and another member's cap is another one.
        free = await stage.lead(await stage.submit(), *AT_FAL, Failure.SERVICE_ERROR)
        assert (await stage.balance(free)).videos == 0
        other = await stage.submit(of_member(MEMBER + 1))
        other = await stage.lead(other, *AT_FAL, Failure.MODEL_ERROR)
        assert (await stage.balance(other)).videos == 0


async def test_a_unit_goes_back_to_the_day_it_was_taken_from(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.submit(videos_per_day=1)
        await stage.lead(job, Status.CANCELED, at=NOW + DAY_MS)
        assert (await stage.used(job), await stage.used_on(TODAY + 1)) == (0, 0)


@pytest.mark.parametrize("charged", [True, False])
async def test_what_the_operator_settled_stays_ended(tmp_path: Path, charged: bool):
    async with open_stage(tmp_path) as stage:
        job = await stage.lead(await stage.submit(), *AT_FAL, UNKNOWN)
        assert await stage.store.unknown_outcomes(since=0) == [job.id]
        assert await stage.store.settle_unknown(job, charged=charged, at=NOW)
        with pytest.raises(Conflict, match="is settled"):
            await stage.lead(job, Status.SUBMITTED)
        assert not await stage.store.settle_unknown(job, charged=not charged, at=NOW)
        assert await stage.balance(job) == Balance(0, 0, PRICE * charged)
        assert await stage.store.is_settled(job)


@pytest.mark.parametrize("settled", [None, False, True])
async def test_a_video_that_turns_up_is_spent_once(tmp_path: Path, settled: bool | None):
    async with open_stage(tmp_path) as stage:
        job = await stage.lead(await stage.submit(), *AT_FAL, UNKNOWN)
        if settled is not None:
            assert await stage.store.settle_unknown(job, charged=settled, at=NOW)
        found = await stage.lead(job, Status.SUCCEEDED, Status.STORED, Status.DELIVERED)
        assert found.failure is None
        assert await stage.balance(job) == Balance(0, 0, PRICE)


@pytest.mark.parametrize("charged", [True, False])
@pytest.mark.parametrize(
    "way", [AT_FAL, (*AT_FAL, Status.RUNNING), (Status.SUBMITTING, Status.UNCERTAIN)]
)
async def test_the_operator_ends_what_fal_has(
    tmp_path: Path, charged: bool, way: tuple[Status, ...]
):
    async with open_stage(tmp_path) as stage:
        before = await stage.submit()
        job = await stage.lead(before, *way)
        with pytest.raises(Conflict):
            await stage.store.settle_unknown(
                replace(job, status_at=job.status_at - 1), charged=charged, at=NOW, ending=True
            )
        assert await stage.balance(job) == Balance(1, PRICE, 0)
        assert await stage.store.settle_unknown(job, charged=charged, at=NOW, ending=True)
        ended = await stage.store.job(job.id)
        assert ended is not None
        assert (ended.failure, ended.failure_type) == (Failure.OUTCOME_UNKNOWN, "released")
        assert await stage.balance(job) == Balance(0, 0, PRICE * charged)


async def test_what_turned_up_meanwhile_isnt_settled(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        given_up = await stage.lead(await stage.submit(), *AT_FAL, UNKNOWN)
        await stage.lead(given_up, Status.SUBMITTED)
        assert not await stage.store.settle_unknown(given_up, charged=False, at=NOW)
        assert await stage.balance(given_up) == Balance(0, PRICE, 0)
