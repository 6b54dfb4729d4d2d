"""Streams of fal's status events: their number, their effect, and their end."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import pytest
from aiohttp import web
from typing_extensions import override

from bot.adapters.fal.queue import FalQueue, FalUrls
from bot.adapters.process.clock import SystemClock
from bot.application.pipeline.fal_events import MOST_STREAMS, FalEventStreams
from bot.domain.jobs.fal import Accepted, Progress
from bot.domain.jobs.job import Handle, Job, Status
from bot.ports import Changes
from sandbox.fal import Timing
from tests.application.life import Life


async def at_fal(life: Life, number: int = 0) -> Job:
    """Bring a job to fal."""
    job = await life.submit(f"fox {number}")
    job = await life.rows.lead(job, Status.SUBMITTING)
    accepted = await life.queue.submit(job.endpoint, dict(job.arguments))
    assert isinstance(accepted, Accepted)
    now, changes = SystemClock().now(), Changes(handle=accepted.handle)
    return await life.rows.store.advance(job, Status.SUBMITTED, at=now, changes=changes)


def streams(life: Life) -> int:
    return sum(count for call, count in life.fal.calls.items() if call.endswith("/stream"))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - nobody is told of a call
            await asyncio.sleep(0.01)


async def test_what_the_row_says_needn_t_be_asked(life: Life) -> None:
    life.fal.timing = Timing(queue_seconds=100, run_seconds=100)
    events, woken = FalEventStreams(life.queue, SystemClock(), poll_every=100), asyncio.Event()
    job = await at_fal(life)
    # No event was received yet.
    assert events.trusted_until(job) is None
    await events.follow(job, woken.set)
    await until(lambda: events.trusted_until(job) is not None)
    assert not woken.is_set()
    assert events.trusted_until(job) == pytest.approx(job.status_at + 100_000, abs=100)
    # A webhook has called.
    events.distrust(job.id)
    assert events.trusted_until(job) is None
    events.record_asked(job.id)
    assert events.trusted_until(job) is not None
    life.fal.advance(100)
    await asyncio.wait_for(woken.wait(), 10)
    assert events.trusted_until(job) is None
    await events.leave(job.id)


async def test_it_isn_t_asked_so_seldom_that_a_mute_stream_would_matter(life: Life) -> None:
    life.fal.timing = Timing(queue_seconds=100)
    events = FalEventStreams(life.queue, SystemClock(), poll_every=2)
    job = await at_fal(life)
    await events.follow(job, lambda: None)
    await until(lambda: events.trusted_until(job) is not None)
    await until(lambda: events.trusted_until(job) is None)
    # Each of the two clocks is rounded down to a millisecond.
    assert SystemClock().now() >= job.status_at + 1998
    await events.leave(job.id)


async def test_there_are_only_so_many_and_all_are_closed(life: Life) -> None:
    life.fal.timing = Timing(run_seconds=100, concurrency=100)
    events = FalEventStreams(life.queue, SystemClock(), poll_every=100)
    before = asyncio.all_tasks()
    jobs = [await at_fal(life, number) for number in range(MOST_STREAMS + 3)]
    for job in jobs:
        await events.follow(job, lambda: None)
    await until(lambda: streams(life) == MOST_STREAMS)
    assert events.trusted_until(jobs[-1]) is None
    # One that ends leaves its place to another.
    await events.leave(jobs[0].id)
    await events.follow(jobs[-1], lambda: None)
    await until(lambda: streams(life) == MOST_STREAMS + 1)
    for job in jobs:
        await events.leave(job.id)
    left = [task for task in asyncio.all_tasks() - before if "_listen" in str(task.get_coro())]
    assert left == []


async def test_a_job_that_has_left_fal_is_listened_to_no_longer(life: Life) -> None:
    life.fal.timing = Timing(run_seconds=100)
    events = FalEventStreams(life.queue, SystemClock(), poll_every=100)
    job = await at_fal(life)
    await events.follow(job, lambda: None)
    ended = await life.rows.lead(job, Status.SUCCEEDED)
    await events.follow(ended, lambda: None)
    assert events.trusted_until(job) is None


async def test_they_may_be_off(life: Life) -> None:
    life.fal.timing = Timing(run_seconds=100)
    events = FalEventStreams(life.queue, SystemClock(), poll_every=None)
    job = await at_fal(life)
    await events.follow(job, lambda: None)
    await events.leave(job.id)
    assert streams(life) == 0


@asynccontextmanager
async def a_stream_of(*words: str) -> AsyncGenerator[tuple[str, list[str]]]:
    """Serve streams that report these statuses and end; yield a URL and the calls received."""
    calls: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        calls.append(request.path)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        for word in words:
            await stream.write(f': hello\n\ndata: {{"status": "{word}"}}\n\n'.encode())
        return stream

    application = web.Application()
    application.router.add_get("/status/stream", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = cast("tuple[str, int]", runner.addresses[0])[1]
    yield f"http://127.0.0.1:{port}/status", calls
    await runner.cleanup()


async def woken_by(life: Life, url: str, *, rounds: int) -> int:
    """Follow a job at that URL for some rounds of its driver; return the number of wakes."""
    events, woken = FalEventStreams(life.queue, SystemClock(), poll_every=100), 0

    def wake() -> None:
        nonlocal woken
        woken += 1

    job = await at_fal(life)
    assert job.handle is not None
    job = replace(job, handle=replace(job.handle, status_url=url))
    for _ in range(rounds):
        before = woken
        await events.follow(job, wake)
        await until(lambda count=before: woken > count)
    await events.leave(job.id)
    return woken


async def test_what_is_cut_off_after_a_while_is_opened_again(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.application.pipeline.fal_events._REOPEN_AFTER_SECONDS", 0)
    async with a_stream_of("IN_QUEUE") as (url, calls):
        assert await woken_by(life, url, rounds=3) == 3
        assert len(calls) == 3


class ToItsEnd(FalQueue):
    """Sets `ended` at the end of a stream."""

    ended = asyncio.Event()

    @override
    async def follow(self, handle: Handle, receive: Callable[[Progress], None]) -> None:
        await super().follow(handle, receive)
        self.ended.set()


async def test_a_stream_that_goes_to_and_fro_wakes_for_its_first_words_only(life: Life) -> None:
    base = life.fal.base_url
    urls = FalUrls(queue=base, rest=base, cdn=base, api=base)
    queue = ToItsEnd("key", urls, timeout=5, start_timeout=900, file_lifetime=86_400)
    events, woken = FalEventStreams(queue, SystemClock(), poll_every=100), Counter[str]()
    job = await at_fal(life)
    assert job.handle is not None
    async with a_stream_of(*["IN_QUEUE", "IN_PROGRESS"] * 50, "COMPLETED") as (url, _):
        job = replace(job, handle=replace(job.handle, status_url=url))
        await events.follow(job, lambda: woken.update(["woken"]))
        await until(queue.ended.is_set)
    # It renders, and it is done.
    assert woken["woken"] == 2
    await events.leave(job.id)
    await queue.aclose()
