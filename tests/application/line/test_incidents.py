"""Incidents: the messages that the owner gets, and the memory of a restart."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from typing_extensions import override

from bot.adapters.process.clock import SystemClock
from bot.application.line.incidents import Incidents
from bot.application.line.line_state import LineState
from bot.application.line.owner_messages import OwnerMessages
from bot.domain.backoff import Backoff
from bot.domain.jobs.fal import Accepted, NotTaken
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import Job, Status
from bot.domain.line.pause import BreakerPolicy
from bot.ports import Owner
from tests.adapters.sqlite.store_harness import Stage, open_stage
from tests.domain.examples import handle

ALONE = "fal_refuses_alone"
FORBIDDEN = NotTaken("HTTP 403", HoldReason.KEY)
LOCKED = NotTaken("HTTP 403", HoldReason.CREDIT)


@dataclass
class RecordingOwner(Owner):
    """An owner who reads everything."""

    texts: list[str] = field(default_factory=list[str])
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    async def tell(self, text: str) -> None:
        self.texts.append(text)
        self.news.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.texts) < count:
                await self.news.wait()
                self.news.clear()


@asynccontextmanager
async def reporting(stage: Stage, owner: Owner | None = None) -> AsyncGenerator[Incidents]:
    messages = OwnerMessages(store=stage.store, owner=owner, clock=SystemClock())
    incidents = Incidents(
        line=LineState(),
        store=stage.store,
        messages=messages,
        clock=SystemClock(),
        random=lambda: 0.5,
        policy=BreakerPolicy(backoff=Backoff(1, 8), most_unclear=3),
    )
    await incidents.restore()
    tasks = [asyncio.create_task(incidents.report()), asyncio.create_task(messages.run())]
    yield incidents
    incidents.stop()
    messages.stop()
    await asyncio.gather(*tasks)


def refuse_alone(incidents: Incidents, job: Job, other: Job) -> None:
    """Let the job be refused, another be taken, and the job be refused again."""
    now = SystemClock().now()
    incidents.record_outcome(job, FORBIDDEN, sent_at=now)
    incidents.record_outcome(other, Accepted(handle()), sent_at=now + 60_000)
    incidents.record_outcome(job, FORBIDDEN, sent_at=now + 60_000)


async def test_the_end_of_several_incidents_is_told_once(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        owner, job = RecordingOwner(), await stage.submit()
        async with reporting(stage, owner) as incidents:
            now = SystemClock().now()
            incidents.record_outcome(job, LOCKED, sent_at=now)
            await owner.until(1)
            for _ in range(4):
                incidents.record_outcome(job, FORBIDDEN, sent_at=now + 60_000)
            await owner.until(2)
            incidents.record_outcome(job, Accepted(handle()), sent_at=now + 60_000)
            await owner.until(3)
        assert ["locked" in owner.texts[0], "FAL_KEY" in owner.texts[1]] == [True, True]
        assert owner.texts[2:] == ["✅ fal takes videos again: the line goes on."]


async def test_a_restart_remembers_who_is_refused_alone_and_since_when(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        jobs = [await stage.submit() for _ in range(3)]
        async with reporting(stage) as incidents:
            refuse_alone(incidents, jobs[0], jobs[2])
            refuse_alone(incidents, replace(jobs[1], endpoint="another"), jobs[2])
            before = incidents.line.breaker.alone
            async with asyncio.timeout(60):
                while '"another"' not in (await stage.store.fact(ALONE) or ""):  # noqa: ASYNC110  # rows tell nobody
                    await asyncio.sleep(0.01)
        await stage.store.advance(jobs[1], Status.CANCELED, at=SystemClock().now())
        async with reporting(stage) as incidents:
            alone = incidents.line.breaker.alone
            # The job that has ended meanwhile is forgotten.
            assert alone.keys() == {jobs[0].id}
            assert alone[jobs[0].id].since == before[jobs[0].id].since
            assert incidents.line.hold_reason_of(jobs[0].endpoint, jobs[0].id) is HoldReason.ALONE
            assert not incidents.gives_up(jobs[0].id, 3600)
            assert incidents.gives_up(jobs[0].id, -60)
            incidents.forget_job(jobs[0].id)
            assert not incidents.line.breaker.alone
