"""Estimates for waiting members: the usual time of a job's turn and of its video."""

from dataclasses import dataclass, field, replace

from bot.domain.jobs.estimates import (
    MOST_TIMES,
    Shape,
    Span,
    ready_at,
    shape_of,
    turn_at,
    usual_span,
)
from bot.domain.jobs.job import AT_FAL, Job, Status
from bot.ports import Clock, JobStore, Standing

_REMEMBERED_MS = 60_000


@dataclass(frozen=True, slots=True)
class Estimates:
    """Learns from the bot's latest videos; each result holds for a minute."""

    store: JobStore
    """Job rows."""
    clock: Clock
    """The time from which an estimate counts."""
    concurrency: int
    """The number of jobs at fal at a time."""
    longest: float
    """The longest time in seconds that fal may take; a video that took longer was noticed late."""
    _learned: dict[Shape | None, tuple[int, Span]] = field(
        default_factory=dict[Shape | None, tuple[int, Span]]
    )
    """For each shape, or None for all: when it was learned (Unix milliseconds), and the span."""

    async def with_times(self, job: Job, standing: Standing) -> Standing:
        """Return the standing with the usual times of such a job, where they are known."""
        if job.status is Status.CREATED:
            return replace(standing, turn_at=await self._turn_at(job, standing))
        if job.status not in AT_FAL:
            return standing
        return replace(standing, ready_at=ready_at(job, await self._span(shape_of(job))))

    async def _turn_at(self, job: Job, standing: Standing) -> int | None:
        # The end of a hold or of a refusal is unknown.
        if not standing.place or standing.hold is not None or job.attempts:
            return None
        # The jobs ahead are of all shapes.
        return turn_at(
            await self._span(None),
            now=self.clock.now(),
            place=standing.place,
            at_fal=await self.store.at_fal(excluding=()),
            concurrency=self.concurrency,
        )

    async def _span(self, shape: Shape | None) -> Span | None:
        """Return the time that videos of the shape take, or that all take if it is None."""
        now = self.clock.now()
        learned_at, span = self._learned.get(shape, (0, None))
        if span is not None and learned_at <= now < learned_at + _REMEMBERED_MS:
            return span
        times = await self.store.render_times(shape, limit=MOST_TIMES)
        span = usual_span([time for time in times if time <= self.longest * 1000])
        if span is not None:
            self._learned[shape] = now, span
        return span
