"""A bot's life without a driver: a real store, and the loopback fal."""

import asyncio
from dataclasses import dataclass, field, replace

from bot.adapters.fal.queue import FalQueue
from bot.adapters.process.clock import SystemClock
from bot.application.line.line_state import LineState
from bot.application.line.timings import Timings
from bot.application.pipeline.restore import RestoreRecovery
from bot.domain.backoff import Backoff
from bot.domain.catalogue.models import Kind
from bot.domain.jobs.fal import Accepted
from bot.domain.jobs.job import Job
from bot.domain.jobs.reconciliation import COPIED_AT, fal_input
from sandbox.fal import FalServer
from tests.adapters.sqlite.store_harness import Stage
from tests.domain.examples import new_job

OFTEN = Backoff(0.05, 0.05)
IMAGE = "fal-ai/pika/v2.2/image-to-video"


@dataclass
class Life:
    """The rows, the line and fal."""

    rows: Stage
    """The store and its database."""
    fal: FalServer
    """The loopback fal."""
    queue: FalQueue
    """The bot's adapter, connected to it."""
    line: LineState = field(default_factory=lambda: LineState(is_checking=True))
    """The line, held until the gap after a restore is closed."""
    went_on: list[int] = field(default_factory=list[int])
    """The jobs that a driver would go on with."""

    async def submit(self, prompt: str = "a fox", picture: str | None = None) -> Job:
        """Put a job in line."""
        new = new_job(f"interaction:{prompt}:{SystemClock().now()}:{len(self.fal.posts)}")
        arguments = {**new.arguments, "prompt": prompt}
        new = replace(new, arguments=arguments)
        if picture is not None:
            new = replace(new, kind=Kind.IMAGE, endpoint=IMAGE, inputs=(picture,))
        return await self.rows.submit(new, at=SystemClock().now(), videos_per_day=100)

    async def send(self, job: Job, picture_url: str | None = None) -> str:
        """Send the job's input as its forgotten life did; return the id of the ended request."""
        sent = fal_input(replace(job, input_urls=() if picture_url is None else (picture_url,)))
        accepted = await self.queue.submit(job.endpoint, sent)
        assert isinstance(accepted, Accepted)
        request_id = accepted.handle.request_id
        await self.fal.wait_for(lambda: self.fal.requests[request_id].ended_at is not None)
        return request_id

    async def close_gap(self, *, within: float = 0.3) -> None:
        """Close the gap after a restore; fal's listing counts as complete `within` seconds."""
        await self.rows.store.remember_fact(COPIED_AT, str(SystemClock().now()))
        recovery = self.recovery(within)
        copied_at = await recovery.copied_at()
        assert copied_at is not None
        async with asyncio.timeout(60):
            await recovery.close_gap(copied_at, self.went_on.append)
        assert await recovery.copied_at() is None
        assert not self.line.is_checking

    def recovery(self, within: float) -> RestoreRecovery:
        timings = Timings(
            poll=OFTEN,
            retry=OFTEN,
            unusable=OFTEN,
            reconcile=OFTEN,
            submit_within=1,
            uncertain_for=within,
            input_lifetime=3600,
            refused_for=10_800,
            adopt_for=1,
            adopt_every=1,
            fetch_for=1,
            deliver_for=1,
            most_errors=1,
            steps_at_once=1,
        )
        return RestoreRecovery(
            store=self.rows.store,
            fal=self.queue,
            clock=SystemClock(),
            random=lambda: 0.5,
            timings=timings,
            line=self.line,
            endpoints=set(),
        )

    async def now(self, job: Job) -> Job:
        current = await self.rows.store.job(job.id)
        assert current is not None
        return current
