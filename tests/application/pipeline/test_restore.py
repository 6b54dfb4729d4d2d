"""Recovery after a restore: jobs that a backup's rows call waiting may have been sent."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.process.clock import SystemClock
from bot.application.videos.cancel import CancelJob
from bot.domain.jobs.job import Status
from bot.domain.jobs.reconciliation import COPIED_AT
from bot.domain.refusal import Refusal
from sandbox.fal import Answer, Fault, Timing
from sandbox.fal.errors import JsonObject
from tests.application.life import Life


async def test_what_was_sent_gets_its_request_and_goes_on(life: Life):
    sent, waiting = await life.submit("a fox"), await life.submit("a hen")
    request_id = await life.send(sent)
    await life.close_gap()
    current = await life.now(sent)
    assert current.status is Status.SUBMITTED
    assert current.handle == life.queue.handle(sent.endpoint, request_id)
    assert (await life.now(waiting)).status is Status.CREATED
    assert life.went_on == [sent.id]
    assert len(life.fal.posts) == 1


async def test_what_still_runs_is_waited_for(life: Life):
    life.fal.timing = Timing(run_seconds=0.6)
    sent = await life.submit()
    sending = asyncio.create_task(life.send(sent))
    await life.fal.wait_for(lambda: bool(life.fal.posts))
    await life.close_gap(within=2)
    assert (await life.now(sent)).status is Status.SUBMITTED
    await sending


async def test_a_picture_is_known_by_the_rest_of_its_input(life: Life, tmp_path: Path):
    sent = await life.submit(picture="inputs/00/picture.jpg")
    sent = await life.rows.store.record_inputs(sent, ["http://127.0.0.1:1/before.jpg"], 5)
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"\xff\xd8\xff no picture")
    url = await life.queue.upload(picture, expires_in=3600)
    await life.send(sent, url)
    await life.close_gap()
    current = await life.now(sent)
    assert (current.status, current.input_urls) == (Status.SUBMITTED, (url,))


async def test_of_two_that_may_be_it_neither_is_taken_and_it_isnt_sent(
    life: Life, caplog: pytest.LogCaptureFixture
):
    sent = await life.submit()
    ids = {await life.send(sent), await life.send(sent)}
    await life.close_gap()
    current = await life.now(sent)
    assert (current.status, current.handle) == (Status.SUBMITTING, None)
    earliest = min(life.fal.requests[request_id].sent_at for request_id in ids)
    assert abs((current.submitting_at or 0) - earliest.timestamp() * 1000) < 2
    assert life.went_on == [sent.id]
    assert f"job {sent.id}: 2 requests at fal may be its own" in caplog.text


async def test_a_request_whose_input_fal_hides_may_be_it(life: Life):
    sent = await life.submit()
    request_id = await life.send(sent)
    hidden: JsonObject = {"request_id": request_id, "sent_at": life.fal.now().isoformat()}
    life.fal.arm(Fault("listing", Answer(200, {"items": [hidden]}), times=100))
    await life.close_gap()
    assert (await life.now(sent)).status is Status.SUBMITTING


async def test_what_another_job_owns_isnt_it(life: Life):
    owner, waiting = await life.submit(), await life.submit()
    request_id = await life.send(owner)
    owner = await life.rows.lead(owner, Status.SUBMITTING)
    handle = life.queue.handle(owner.endpoint, request_id)
    await life.rows.store.advance(owner, Status.SUBMITTED, at=0, changes={"handle": handle})
    await life.close_gap()
    assert (await life.now(waiting)).status is Status.CREATED


async def test_nothing_is_free_before_fals_listing_was_seen(life: Life):
    sent = await life.submit()
    await life.send(sent)
    # Longer than the listing needs to be complete: trouble is no proof that nothing was sent.
    life.fal.arm(Fault("listing", Answer(500), times=12))
    await life.close_gap(within=0.2)
    assert (await life.now(sent)).status is Status.SUBMITTED


async def test_what_is_canceled_meanwhile_stays_so(life: Life):
    job = await life.submit()
    await life.send(job)
    await life.rows.store.request_cancel(job, at=SystemClock().now())
    await life.close_gap()
    assert (await life.now(job)).status is Status.CANCELED
    assert life.went_on == []


async def test_whoever_asks_after_the_restore_waits_only_for_others(life: Life):
    await life.rows.store.remember_fact(COPIED_AT, str(SystemClock().now() - 3_600_000))
    fresh = await life.submit()
    recovery = life.recovery(within=3600)
    copied_at = await recovery.copied_at()
    assert copied_at is not None
    closing = asyncio.create_task(recovery.close_gap(copied_at, life.went_on.append))
    async with asyncio.timeout(60):
        while life.line.is_checking:  # noqa: ASYNC110  # a flag tells nobody
            await asyncio.sleep(0.01)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    assert (await life.now(fresh)).status is Status.CREATED
    # The mark stays until the listing is complete: another start begins anew.
    assert await recovery.copied_at() == copied_at


async def test_what_nobody_here_knows_of_is_named_without_its_prompt(
    life: Life, caplog: pytest.LogCaptureFixture
):
    lost = await life.send(await life.submit("a secret"))
    (job,) = await life.rows.store.line(limit=5)
    await life.rows.store.advance(job, Status.CANCELED, at=0)
    recovery = replace(life.recovery(0.1), endpoints={job.endpoint})
    await life.rows.store.remember_fact(COPIED_AT, str(SystemClock().now()))
    with caplog.at_level(logging.INFO):
        async with asyncio.timeout(60):
            await recovery.close_gap(SystemClock().now() - 1000, life.went_on.append)
    assert "1 requests that fal ended since the backup belong to no job here" in caplog.text
    assert lost in caplog.text
    assert "secret" not in caplog.text


async def test_nobody_cancels_what_may_have_been_sent(life: Life):
    """A cancellation would say that nothing was charged."""
    job = await life.submit()
    cancel = CancelJob(life.rows.store, SystemClock(), life.line)
    who = {"guild_id": job.place.guild_id, "member_id": job.place.member_id}
    with pytest.raises(Refusal, match="still finding out whether video #1 was sent"):
        await cancel(job.id, **who, moderator=False)
    await life.close_gap()
    assert (await cancel(job.id, **who, moderator=False)).status is Status.CANCELED
