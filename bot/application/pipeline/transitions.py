"""Writing a job's next turn into its row, and when to look at it again."""

import asyncio
import itertools
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.application.line.timings import Timings
from bot.application.messages.status_messages import StatusMessages
from bot.domain.backoff import Backoff
from bot.domain.jobs.job import Failure, Job, Status
from bot.ports import Changes, Clock, Conflict, JobStore, Random

log = logging.getLogger(__name__)

# How often fal is asked again before an answer is believed that would lose a paid video.
DOUBTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTransitions:
    """What every step ends with. `changed` wakes the dispatcher."""

    store: JobStore
    messages: StatusMessages
    clock: Clock
    random: Random
    timings: Timings
    changed: asyncio.Event
    # How often in a row an answer was doubted. A new process doubts anew, which only costs time.
    _doubts: Counter[int] = field(default_factory=Counter[int])

    async def advance(self, job: Job, to: Status, changes: Changes | None = None) -> Job:
        """Move the job on and show it. Raises Conflict."""
        moved = await self.store.advance(job, to, at=self.clock.now(), changes=changes)
        log.info("job %d: %s -> %s", job.id, job.status, to)
        self.reset_doubts(job)
        self.changed.set()
        await self.messages.try_to_show(job.id)
        return moved

    async def fail(
        self, job: Job, failure: Failure, type_: str | None = None, field_: str | None = None
    ) -> None:
        """End the job. Raises Conflict."""
        changes: Changes = {"failure": failure, "failure_type": type_, "failure_field": field_}
        await self.advance(job, Status.FAILED, changes)

    async def record_until_written(self, job: Job, record: Callable[[], Awaitable[object]]) -> None:
        """Record what is known in memory only, however long the database can't be written.

        Raises Conflict.
        """
        for attempt in itertools.count():
            try:
                await record()
            except Conflict:
                raise
            except Exception:
                log.exception("job %d: can't be recorded yet", job.id)
            else:
                return
            # Stopping doesn't end this: what isn't recorded now would be lost.
            await asyncio.sleep(self.timings.retry.delay(attempt, self.random()))

    async def schedule(
        self, job: Job, pace: Backoff, *, errors: int | None = None, least: float = 0.0
    ) -> None:
        """Record when to look at the job again: at this pace, but not before `least` seconds."""
        due = max(self.due(job, pace), self.clock.now() + round(least * 1000))
        await self.store.schedule(
            job, attempts=job.attempts + 1, next_attempt_at=due, errors=errors
        )

    def due(self, job: Job, pace: Backoff) -> int:
        """Return when the job's next attempt is due at this pace, in Unix milliseconds."""
        return self.clock.now() + round(pace.delay(job.attempts, self.random()) * 1000)

    def is_past(self, job: Job, seconds: float) -> bool:
        """Say whether the job has been in its state for longer than that."""
        return self.clock.now() > job.status_at + seconds * 1000

    async def should_ask_again(
        self, job: Job, answer: str, *, most: int = DOUBTS, pace: Backoff | None = None
    ) -> bool:
        """Say whether to ask again before believing what would lose a paid video."""
        self._doubts[job.id] += 1
        if self._doubts[job.id] > most:
            return False
        log.warning("job %d (%s): %s; asking again", job.id, job.status, answer)
        await self.schedule(job, pace or self.timings.poll)
        return True

    def reset_doubts(self, job: Job) -> None:
        """Forget the doubts about a job."""
        self._doubts.pop(job.id, None)
