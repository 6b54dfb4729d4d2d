"""Estimates are learned from real rows, put in words, and never a reason for an edit."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.application.line.estimates import Estimates
from bot.application.messages.status_messages import content_key
from bot.domain.jobs.estimates import Span
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import Job, Status
from bot.ports import Standing
from bot.ui.presentation.status import Rendering, usually_ready, usually_your_turn
from tests.adapters.sqlite.store_harness import NOW, Stage, of_member, open_stage
from tests.domain import examples
from tests.set_clock import SetClock

LONGEST = 1000.0
IN_LINE = Standing(place=3, counts=True)


async def make(stage: Stage, *seconds: int) -> None:
    """Add videos to the rows that took so many seconds."""
    for took in seconds:
        job = await stage.submit(of_member(1), videos_per_day=1000)
        way = (Status.SUBMITTING, Status.SUBMITTED, Status.SUCCEEDED)
        await stage.lead(job, *way, at=NOW + took * 1000)


def open_estimates(stage: Stage, clock: SetClock) -> Estimates:
    return Estimates(stage.store, clock, concurrency=2, longest=LONGEST)


async def sent(stage: Stage) -> Job:
    return await stage.lead(await stage.submit(of_member(2)), Status.SUBMITTING)


async def test_nothing_is_said_before_there_are_five(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        estimates, job = open_estimates(stage, SetClock()), await sent(stage)
        standing = Standing(place=None, counts=True)
        await make(stage, 10, 20, 30, 40)
        assert await estimates.with_times(job, standing) == standing
        # A video that took longer than fal may take was noticed late.
        await make(stage, 1001)
        assert await estimates.with_times(job, standing) == standing
        await make(stage, 50)
        known = await estimates.with_times(job, standing)
        assert known.ready_at == Span(NOW + 30_000, NOW + 50_000)
        lost = await stage.lead(job, Status.UNCERTAIN)
        assert await estimates.with_times(lost, standing) == standing


async def test_what_was_learned_holds_for_a_minute(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        clock = SetClock()
        estimates, job = open_estimates(stage, clock), await sent(stage)
        standing = Standing(place=None, counts=True)
        await make(stage, *[10] * 5)
        ready = [(await estimates.with_times(job, standing)).ready_at]
        await make(stage, *[100] * 50)
        for at in (NOW + 59_999, NOW + 60_000):
            clock.at = at
            ready.append((await estimates.with_times(job, standing)).ready_at)
        spans = [Span(NOW + ms, NOW + ms) for ms in (10_000, 10_000, 100_000)]
        assert ready == spans


async def test_a_turn_is_reckoned_while_the_line_moves(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        estimates = open_estimates(stage, SetClock())
        await make(stage, *[60] * 5)
        job = await stage.submit(of_member(3))
        # One of fal's two slots is taken.
        await sent(stage)
        assert (await estimates.with_times(job, IN_LINE)).turn_at == NOW + 60_000
        for still in (
            replace(IN_LINE, hold=HoldReason.KEEPING),
            replace(IN_LINE, hold=HoldReason.CHECKING),
        ):
            assert await estimates.with_times(job, still) == still
        turned_away = await stage.store.schedule(job, attempts=1, next_attempt_at=0)
        assert await estimates.with_times(turned_away, IN_LINE) == IN_LINE


@pytest.mark.parametrize("status", [Status.CREATED, Status.SUBMITTED, Status.RUNNING])
def test_what_is_usual_is_no_reason_for_an_edit(status: Status):
    job, standing = examples.job(status), Standing(place=None, counts=True)
    usual = replace(standing, turn_at=NOW, ready_at=Span(NOW, NOW + 1))
    assert content_key(job, usual) == content_key(job, standing)


def test_the_words():
    assert usually_ready(IN_LINE) == "time left unknown yet"
    assert usually_your_turn(IN_LINE) == "your turn unknown yet"
    ready = replace(IN_LINE, ready_at=Span(60_000, 90_000), turn_at=30_000)
    assert usually_ready(ready) == "usually ready <t:60:R>, at times <t:90:R>"
    assert usually_your_turn(ready) == "usually your turn <t:30:R>"
    assert usually_ready(replace(ready, ready_at=Span(60_000, 60_400))) == "usually ready <t:60:R>"


def test_a_message_in_line_promises_nothing_that_isnt_known():
    rendering, job = Rendering(examples.CATALOGUE), examples.job()
    first = rendering.status(job, IN_LINE).split("\n")[0]
    assert first == "⏳ **In line** · place 3"
    first = rendering.status(job, replace(IN_LINE, turn_at=30_000)).split("\n")[0]
    assert first == "⏳ **In line** · place 3 · usually your turn <t:30:R>"
