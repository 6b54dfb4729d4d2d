"""What is known of how long a job takes, for those who show it."""

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
    """Learns from the videos that this bot made last; what it learned holds for a minute.

    `longest` (seconds) is the longest that fal may take: what took longer was noticed late.
    """

    store: JobStore
    clock: Clock
    concurrency: int
    longest: float
    _learned: dict[Shape | None, tuple[int, Span]] = field(
        default_factory=dict[Shape | None, tuple[int, Span]]
    )

    async def add(self, job: Job, standing: Standing) -> Standing:
        """Return the standing with what is usual for such a job, where that is known."""
        if job.status is Status.CREATED:
            return replace(standing, turn_at=await self._turn_at(job, standing))
        if job.status not in AT_FAL:
            return standing
        return replace(standing, ready_at=ready_at(job, await self._span(shape_of(job))))

    async def _turn_at(self, job: Job, standing: Standing) -> int | None:
        # Nobody knows how long a line stands still.
        if not standing.place or standing.hold is not None or job.attempts:
            return None
        # Those ahead are of all kinds.
        return turn_at(
            await self._span(None),
            now=self.clock.now(),
            place=standing.place,
            at_fal=await self.store.at_fal(excluding=()),
            concurrency=self.concurrency,
        )

    async def _span(self, shape: Shape | None) -> Span | None:
        """Return how long videos of a shape take, or all of them."""
        now = self.clock.now()
        learned_at, span = self._learned.get(shape, (0, None))
        if span is not None and learned_at <= now < learned_at + _REMEMBERED_MS:
            return span
        times = await self.store.render_times(shape, limit=MOST_TIMES)
        span = usual_span([time for time in times if time <= self.longest * 1000])
        if span is not None:
            self._learned[shape] = now, span
        return span
