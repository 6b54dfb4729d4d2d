"""The operator's decisions about single jobs, against the loopback fal."""

import pytest

from bot.adapters.process.clock import SystemClock
from bot.application.operator import ReconcileJob
from bot.domain.jobs.job import Failure, Job, Status
from bot.domain.refusal import Refusal
from sandbox.fal import Answer, Fault
from tests.application.life import Life


def reconcile(life: Life) -> ReconcileJob:
    return ReconcileJob(
        store=life.rows.store,
        fal=life.queue,
        clock=SystemClock(),
        submit_within=10,
        go_on=life.went_on.append,
    )


async def uncertain(life: Life) -> Job:
    job = await life.submit()
    at = SystemClock().now()
    job = await life.rows.store.advance(
        job, Status.SUBMITTING, at=at, changes={"submitting_at": at}
    )
    return await life.rows.store.advance(job, Status.UNCERTAIN, at=at)


async def overdue(life: Life, request_id: str) -> Job:
    """Return a job that fal had and that ended with an unknown outcome."""
    job = await uncertain(life)
    handle = life.queue.handle(job.endpoint, request_id)
    job = await life.rows.store.advance(job, Status.SUBMITTED, at=0, changes={"handle": handle})
    return await life.rows.lead(job, Failure.OUTCOME_UNKNOWN)


async def test_of_two_that_can_be_it_the_operator_chooses(life: Life):
    job = await uncertain(life)
    first, second = await life.send(job), await life.send(job)
    with pytest.raises(Refusal, match="2 requests can be job 1's") as refusal:
        await reconcile(life)(job.id, None)
    assert first in str(refusal.value)
    assert second in str(refusal.value)
    assert "has ended; it goes on" in await reconcile(life)(job.id, second)
    current = await life.now(job)
    assert current.handle == life.queue.handle(job.endpoint, second)
    assert (current.status, life.went_on) == (Status.SUBMITTED, [job.id])


async def test_fal_is_asked_about_a_request_that_it_had(life: Life):
    request_id = await life.send(await life.submit("another"))
    job = await overdue(life, request_id)
    with pytest.raises(Refusal, match=f"is fal's request {request_id}, so it can't be another"):
        await reconcile(life)(job.id, "another")
    life.fal.requests[request_id].forgotten = True
    with pytest.raises(Refusal, match=f"release {job.id}` says no, .*--charged` yes"):
        await reconcile(life)(job.id, None)
    assert (await life.now(job)).status is Status.FAILED
    life.fal.requests[request_id].forgotten = False
    assert request_id in await reconcile(life)(job.id, request_id)
    current = await life.now(job)
    assert (current.status, current.failure, life.went_on) == (Status.SUBMITTED, None, [job.id])


async def test_a_request_from_before_the_job_isnt_its_own(life: Life):
    job = await uncertain(life)
    request_id = await life.send(job)
    later = SystemClock().now() + 120_000
    await life.rows.sql("UPDATE jobs SET submitting_at = ?, fal_offset = 0", later)
    with pytest.raises(Refusal, match="was sent before job 1"):
        await reconcile(life)(job.id, request_id)


async def test_a_listing_in_trouble_is_no_answer(life: Life):
    job = await uncertain(life)
    request_id = await life.send(job)
    for named_id in (None, request_id):
        life.fal.arm(Fault("listing", Answer(500)))
        with pytest.raises(Refusal, match="can't be asked just now"):
            await reconcile(life)(job.id, named_id)
    assert (await life.now(job)).status is Status.UNCERTAIN
