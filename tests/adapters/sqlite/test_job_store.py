import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.calendar import DAY_MS
from bot.domain.jobs.job import Failure, Job, Status
from bot.domain.options import Options
from bot.domain.refusal import Refusal
from bot.ports import Conflict, Owned, Standing, Unrecordable
from tests.adapters.sqlite.store_harness import (
    NOW,
    TODAY,
    Balance,
    needed,
    open_stage,
    stale,
)
from tests.domain.examples import GUILD, MEMBER, PRICE, handle, new_job

AT_FAL = (Status.SUBMITTING, Status.SUBMITTED)
TO_SUCCESS = (*AT_FAL, Status.RUNNING, Status.SUCCEEDED)

# Submitting


async def test_a_submitted_job_is_all_there(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        new = replace(
            new_job(),
            inputs=("inputs/a.jpg", "inputs/b.mp4"),
            units=2,
            options=Options(prompt="Fox", seed=0),
            price_assumed=True,
            spoiler=True,
        )
        job = await stage.submit(new)
        assert await stage.store.job(job.id) == job
        assert (job.status, job.quota_day, job.created_at) == (Status.CREATED, TODAY, NOW)
        fields = (
            "source",
            "place",
            "kind",
            "arguments",
            "price_assumed",
            "inputs",
            "options",
            "spoiler",
        )
        for name in fields:
            assert getattr(job, name) == getattr(new, name)
        assert await stage.balance(job) == Balance(2, PRICE, 0)


async def test_of_200_parallel_submits_exactly_the_quota_is_taken(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        results = await asyncio.gather(
            *(stage.submit() for _ in range(200)), return_exceptions=True
        )
        jobs = [result for result in results if isinstance(result, Job)]
        refusals = [result for result in results if isinstance(result, Refusal)]
        assert (len(jobs), len(refusals)) == (5, 195)
        assert await stage.used(jobs[0]) == 5
        assert len(await stage.sql("SELECT * FROM jobs")) == 5
        assert len(await stage.sql("SELECT * FROM ledger")) == 5


async def test_the_same_source_makes_one_job_even_with_the_quota_used_up(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        results = await asyncio.gather(
            *(stage.submit(new_job("message:1"), videos_per_day=1) for _ in range(20))
        )
        assert len({job.id for job in results}) == 1
        assert await stage.used(results[0]) == 1


async def test_quotas_are_of_one_member_in_one_server_on_one_day(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        await stage.submit(new_job("1"), videos_per_day=1)
        with pytest.raises(Refusal, match="quota of 1 video"):
            await stage.submit(new_job("2"), videos_per_day=1)
        await stage.submit(new_job("3", member=MEMBER + 1), videos_per_day=1)
        await stage.submit(new_job("4", guild=GUILD + 1), videos_per_day=1)
        await stage.submit(new_job("5"), videos_per_day=1, at=NOW + DAY_MS)


# Advancing


async def test_somebody_faster_is_a_conflict_and_nothing_is_written(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.submit()
        canceled = await stage.lead(job, Status.CANCELED)
        with pytest.raises(Conflict, match=f"job {job.id} is no longer created"):
            await stage.lead(job, Status.CANCELED)
        assert await stage.store.job(job.id) == canceled
        assert await stage.balance(job) == Balance(0, 0, 0)


async def test_a_write_whose_answer_got_lost_is_stale_when_it_is_repeated(tmp_path: Path):
    """The COMMIT arrived: the job came back to its status meanwhile, but not since that time."""
    async with open_stage(tmp_path) as stage:
        sending = await stage.lead(await stage.submit(), Status.SUBMITTING)
        # Written, and the writer doesn't know; the line sends the job again at once.
        await stage.lead(sending, Status.CREATED)
        waiting = await stage.store.job(sending.id)
        assert waiting is not None
        again = await stage.store.admit(waiting, at=NOW, concurrency=9)
        assert again is not None
        for stale_write in (
            stage.store.advance(sending, Status.CREATED, at=NOW),
            stage.store.schedule(sending, attempts=9, next_attempt_at=NOW + 9),
            stage.store.record_inputs(sending, ["http://127.0.0.1:1/old.jpg"], NOW + 9),
            stage.store.confirm_cancel(sending, at=NOW),
        ):
            with pytest.raises(Conflict, match="is no longer submitting"):
                await stale_write
        assert await stage.store.job(sending.id) == again


async def test_a_clock_that_is_set_back_gives_no_state_an_earlier_time(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.lead(await stage.submit(at=NOW), *AT_FAL, at=NOW - DAY_MS)
        assert job.status_at == NOW + 2
        assert job.at_fal_since == NOW - DAY_MS


async def test_a_wait_of_a_clock_that_was_ahead_is_over(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.submit()
        for due, now, is_due in ((9, 8, False), (9, 9, True), (5_010, 9, True), (5_009, 9, False)):
            await stage.store.schedule(job, attempts=1, next_attempt_at=due)
            found = await stage.store.next_waiting(at=now, excluding=(), longest_wait=5_000)
            assert (found is not None) == is_due
        for at in (NOW - 1, NOW, NOW + 1, NOW + 2):
            await stage.store.remember_announcement(
                replace(job.place, message_id=at), f"{at:026}", at=at
            )
        orphaned = await stage.store.orphaned_announcements(before=NOW, after=NOW + 1)
        assert [message_id for _, message_id in orphaned] == [NOW - 1, NOW + 2]


async def test_of_two_at_once_one_wins(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.lead(await stage.submit(), *AT_FAL)
        results = await asyncio.gather(
            stage.lead(job, Status.SUCCEEDED),
            stage.lead(job, Status.CANCELED),
            return_exceptions=True,
        )
        assert [isinstance(result, Conflict) for result in results].count(True) == 1


@pytest.mark.parametrize(
    "to", sorted(set(Status) - {Status.SUBMITTING, Status.CANCELED, Status.FAILED})
)
async def test_an_illegal_turn_is_refused(tmp_path: Path, to: Status):
    async with open_stage(tmp_path) as stage:
        job = await stage.submit()
        with pytest.raises(Conflict, match=f"can't go from created to {to}"):
            await stage.lead(job, to)
        assert await stage.store.job(job.id) == job


async def test_a_file_that_was_tampered_with_is_noticed(tmp_path: Path):
    """The database's CHECKs say again what the transition table says."""
    async with open_stage(tmp_path) as stage:
        job = await stage.submit()
        for assignment in (
            "status = 'lost'",
            "status = 'running'",
            "status = 'failed', ended_at = 1",
            "failure = 'refused'",
            "status = 'canceled'",
            "ended_at = 1",
            "price = -1",
            "arguments = 'fox'",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="CHECK constraint failed"):
                await stage.sql(f"UPDATE jobs SET {assignment}")
        assert await stage.store.job(job.id) == job


async def test_an_ended_job_says_when_and_why_and_a_reopened_one_doesnt(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.lead(await stage.submit(), *AT_FAL)
        assert (job.ended_at, job.failure) == (None, None)
        failed = await stage.lead(job, Failure.OUTCOME_UNKNOWN, at=NOW + 1)
        assert (failed.ended_at, failed.failure) == (NOW + 1, Failure.OUTCOME_UNKNOWN)
        assert (failed.failure_type, failed.failure_field) == ("why", "prompt")
        reopened = await stage.lead(failed, Status.SUBMITTED)
        assert (reopened.ended_at, reopened.failure) == (None, None)
        assert (reopened.failure_type, reopened.failure_field) == (None, None)
        way = (Status.RUNNING, Status.SUCCEEDED, Status.STORED, Status.DELIVERED)
        delivered = await stage.lead(reopened, *way, at=NOW + 2)
        assert (delivered.ended_at, delivered.failure) == (NOW + 2, None)


async def test_a_job_forgets_its_attempts_with_every_turn_unless_told(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.lead(await stage.submit(), Status.SUBMITTING)
        job = await stage.store.schedule(job, attempts=3, next_attempt_at=NOW + 9)
        assert (job.attempts, job.next_attempt_at) == (3, NOW + 9)
        back = await stage.store.advance(
            job, Status.CREATED, at=NOW, changes={"attempts": 4, "next_attempt_at": NOW + 99}
        )
        assert (back.attempts, back.next_attempt_at) == (4, NOW + 99)
        again = await stage.lead(back, Status.SUBMITTING)
        assert (again.attempts, again.next_attempt_at) == (0, 0)


async def test_fals_ids_survive_and_belong_to_one_job(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        first, second = [
            await stage.lead(await stage.submit(), Status.SUBMITTING) for _ in range(2)
        ]
        changes = needed(first, Status.SUBMITTED)
        submitted = await stage.store.advance(first, Status.SUBMITTED, at=NOW, changes=changes)
        assert submitted.handle == changes.get("handle")
        with pytest.raises(Owned, match=f"job {first.id}'s"):
            await stage.store.advance(second, Status.SUBMITTED, at=NOW, changes=changes)
        # A row that was tampered with meanwhile, or a race between two processes.
        await stage.sql("CREATE UNIQUE INDEX odd ON jobs (endpoint) WHERE status = 'uncertain'")
        third = await stage.lead(await stage.submit(), Status.SUBMITTING)
        await stage.lead(second, Status.UNCERTAIN)
        with pytest.raises(Unrecordable, match="UNIQUE"):
            await stage.lead(third, Status.UNCERTAIN)
        assert submitted.handle is not None
        known = submitted.handle.request_id
        assert await stage.store.owned_request_ids({known, "request-0"}) == {known}
        assert await stage.store.owned_request_ids(set()) == set()


# Canceling


async def test_a_waiting_job_is_canceled_at_once(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.submit()
        canceled = await stage.store.request_cancel(job, at=NOW + 1)
        assert canceled.status is Status.CANCELED
        assert (canceled.cancel_requested_at, canceled.ended_at) == (NOW + 1, NOW + 1)
        assert await stage.balance(job) == Balance(0, 0, 0)
        assert await stage.store.request_cancel(job, at=NOW + 2) == canceled


async def test_for_a_job_on_its_way_the_wish_is_kept(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.lead(await stage.submit(), *AT_FAL)
        wished = await stage.store.request_cancel(stale(job, Status.CREATED), at=NOW + 1)
        assert wished == replace(job, cancel_requested_at=NOW + 1)
        assert await stage.balance(job) == Balance(1, PRICE, 0)


# The line


async def test_fal_never_gets_more_at_once_than_it_takes(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        jobs = [await stage.submit(videos_per_day=100) for _ in range(12)]
        admitted = await asyncio.gather(
            *(stage.store.admit(job, at=NOW + 1, concurrency=3) for job in jobs)
        )
        at_fal = [job for job in admitted if job is not None]
        assert [job.status for job in at_fal] == [Status.SUBMITTING] * 3
        assert [job.submitting_at for job in at_fal] == [NOW + 1] * 3
        assert await stage.store.at_fal(excluding=[]) == 3
        assert await stage.store.at_fal(excluding=[at_fal[0].id]) == 2
        waiting = [job for job, moved in zip(jobs, admitted, strict=True) if moved is None]
        # An uncertain job may be nowhere: it takes no place.
        await stage.lead(at_fal[0], Status.UNCERTAIN)
        assert await stage.store.admit(waiting[0], at=NOW, concurrency=3) is not None
        assert await stage.store.admit(waiting[1], at=NOW, concurrency=3) is None


async def test_a_job_is_admitted_once(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.submit()
        results = await asyncio.gather(
            *(stage.store.admit(job, at=NOW, concurrency=9) for _ in range(5)),
            return_exceptions=True,
        )
        assert [isinstance(result, Conflict) for result in results].count(False) == 1


async def test_the_line_is_in_order_of_arrival_and_a_place_is_kept(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        first, second, third = [await stage.submit() for _ in range(3)]
        away = await stage.lead(first, Status.SUBMITTING)
        assert await stage.store.standing(away) == Standing(place=None, counts=True)
        assert [job.id for job in await stage.store.line(limit=9)] == [second.id, third.id]
        first = await stage.lead(away, Status.CREATED)
        assert [job.id for job in await stage.store.line(limit=2)] == [first.id, second.id]
        places = [(await stage.store.standing(job)).place for job in (first, second, third)]
        assert places == [1, 2, 3]
        following = await stage.store.next_waiting(at=0, excluding=[first.id])
        assert following is not None
        assert following.id == second.id
        assert (
            await stage.store.next_waiting(at=0, excluding=[first.id, second.id, third.id]) is None
        )


async def test_a_job_that_must_wait_lets_others_pass_and_keeps_its_place(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        first, second = [await stage.submit() for _ in range(2)]
        await stage.store.schedule(first, attempts=1, next_attempt_at=1000)
        following = await stage.store.next_waiting(at=999, excluding=[])
        assert following is not None
        assert following.id == second.id
        following = await stage.store.next_waiting(at=1000, excluding=[])
        assert following is not None
        assert following.id == first.id


async def test_jobs_of_an_endpoint_that_is_shut_are_passed_by(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        first = await stage.submit()
        other = await stage.submit(replace(new_job("interaction:other"), endpoint="other"))
        following = await stage.store.next_waiting(
            at=0, excluding=[], shut_endpoints=[first.endpoint]
        )
        assert following is not None
        assert following.id == other.id
        shut = [first.endpoint, "other"]
        assert await stage.store.next_waiting(at=0, excluding=[], shut_endpoints=shut) is None


async def test_the_open_jobs_are_counted_by_status(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        assert await stage.store.open_counts() == {}
        for _ in range(2):
            await stage.submit()
        await stage.lead(await stage.submit(), Status.SUBMITTING, Status.SUBMITTED)
        await stage.lead(await stage.submit(), Status.CANCELED)
        assert await stage.store.open_counts() == {Status.CREATED: 2, Status.SUBMITTED: 1}


async def test_how_often_a_job_was_tried_is_known_until_it_is_accepted(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.store.schedule(await stage.submit(), attempts=3, next_attempt_at=0)
        admitted = await stage.store.admit(job, at=1, concurrency=1)
        assert admitted is not None
        assert admitted.attempts == 3


async def test_what_is_in_progress_and_who_wasnt_told(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        waiting, canceled, running, uncertain = [await stage.submit() for _ in range(4)]
        canceled = await stage.lead(canceled, Status.CANCELED)
        await stage.lead(running, *AT_FAL, Status.RUNNING)
        await stage.lead(uncertain, Status.SUBMITTING, Status.UNCERTAIN)
        assert await stage.store.in_progress() == [running.id, uncertain.id]
        assert await stage.store.unreported_ends(limit=10) == [canceled.id]
        await stage.store.record_shown(canceled, "created", 99)
        assert await stage.store.unreported_ends(limit=10) == [canceled.id]
        await stage.store.record_shown(canceled, "canceled", 99)
        assert await stage.store.unreported_ends(limit=10) == []
        told = await stage.store.job(canceled.id)
        assert told is not None
        assert (told.place.message_id, told.shown) == (99, "canceled")
        newest = [job.id for job in await stage.store.jobs_of(GUILD, MEMBER, limit=2)]
        assert newest == [uncertain.id, running.id]
        assert waiting.id not in newest


async def test_small_things_are_kept(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.store.record_inputs(await stage.submit(), ["http://127.0.0.1:1/a"], 9)
        assert (job.input_urls, job.input_urls_expire_at) == (("http://127.0.0.1:1/a",), 9)
        assert await stage.store.job(job.id + 1) is None
        assert await stage.store.fact("commands") is None
        for value in ("one", "two"):
            await stage.store.remember_fact("commands", value)
            assert await stage.store.fact("commands") == value
    async with open_stage(tmp_path) as stage:
        assert await stage.store.fact("commands") == "two"
        assert await stage.store.job(job.id) == job


async def test_the_webhooks_and_operators_way_back_needs_a_request_id(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        job = await stage.lead(await stage.submit(), Status.SUBMITTING, Status.UNCERTAIN)
        with pytest.raises(Unrecordable, match="CHECK constraint failed"):
            await stage.store.advance(job, Status.SUBMITTED, at=NOW)
        found = await stage.store.advance(
            job, Status.SUBMITTED, at=NOW, changes={"handle": handle(10_000)}
        )
        assert found.handle == handle(10_000)
