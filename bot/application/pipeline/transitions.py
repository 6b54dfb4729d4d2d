"""Job transitions: write a job's next state into its row, and when to look at the job again."""

import asyncio
import itertools
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.application.line.timings import Timings
from bot.application.messages.status_messages import StatusMessages
from bot.domain.backoff import Backoff
from bot.domain.jobs.job import Failure, Job, Status
from bot.ports import Changes, Clock, Conflict, JobStore, Random, Unrecordable

log = logging.getLogger(__name__)

# The answers in a row that are doubted, where trusting them would lose a paid video.
MOST_DOUBTS = 8
# A job that goes to and fro has more moments than any other; to forget them costs nothing.
_MOST_MOMENTS = 50


class _Moment(NamedTuple):
    """A time in a job's row, in Unix milliseconds."""

    at: int
    is_at_fal: bool
    """fal's clock is known as well, or will be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTransitions:
    """Writes the end of every step."""

    store: JobStore
    """Job rows."""
    messages: StatusMessages
    """Shows a job after each transition."""
    clock: Clock
    """The time of transitions."""
    random: Random
    """The jitter of waiting times."""
    timings: Timings
    """The paces of asking fal again and of trying again."""
    changed: asyncio.Event
    """Wakes the dispatcher."""
    fal_offset: Callable[[], int | None]
    """Returns how many milliseconds fal's clock is ahead; None while that isn't known."""
    _doubt_counts: Counter[int] = field(default_factory=Counter[int])
    """The doubted answers in a row of each job. A new process counts anew; that only costs time."""
    _ages: dict[int, dict[_Moment, int]] = field(default_factory=dict[int, dict[_Moment, int]])
    """By job and moment, the steady time of that moment."""
    _seen: dict[int, int] = field(default_factory=dict[int, int])
    """The steady time at which a job was first seen whose age isn't known yet."""

    async def advance(self, job: Job, to: Status, changes: Changes | None = None) -> Job:
        """Write the job's next state and show it. Raises Conflict."""
        moved = await self.store.advance(job, to, at=self.clock.now(), changes=changes)
        log.info("job %d: %s -> %s", job.id, job.status, to)
        self.age(moved)
        self.reset_doubts(job)
        self.changed.set()
        await self.messages.try_to_show(job.id)
        return moved

    async def fail(
        self,
        job: Job,
        failure: Failure,
        type_: str | None = None,
        field_: str | None = None,
        words: str | None = None,
    ) -> None:
        """End the job. Raises Conflict."""
        changes: Changes = {
            "failure": failure,
            "failure_type": type_,
            "failure_field": field_,
            "failure_words": words,
        }
        await self.advance(job, Status.FAILED, changes)

    async def record_until_written(self, job: Job, record: Callable[[], Awaitable[object]]) -> None:
        """Call `record` until the database can be written: what it records is only in memory.

        Raises Conflict and Unrecordable, which would be raised again.
        """
        for attempt in itertools.count():
            try:
                await record()
            except (Conflict, Unrecordable):
                raise
            except Exception:
                log.exception("job %d: can't be recorded yet", job.id)
            else:
                return
            # A stop doesn't end this loop: what isn't recorded would be lost.
            await asyncio.sleep(self.timings.retry.delay(attempt, self.random()))

    async def schedule(
        self, job: Job, backoff: Backoff, *, errors: int | None = None, least: float = 0.0
    ) -> None:
        """Record when to look at the job again: by `backoff`, but not before `least` seconds."""
        due = max(self.due(job, backoff), self.clock.now() + round(least * 1000))
        await self.store.schedule(
            job, attempts=job.attempts + 1, next_attempt_at=due, errors=errors
        )

    def due(self, job: Job, backoff: Backoff) -> int:
        """Return the time of the job's next attempt by `backoff`, in Unix milliseconds."""
        return self.clock.now() + round(backoff.delay(job.attempts, self.random()) * 1000)

    def is_past(self, job: Job, seconds: float, *, since: int | None = None) -> bool:
        """Return whether the job has been in its state for longer than `seconds`.

        With `since`, whether that moment (Unix milliseconds) is longer ago.
        """
        return self.age(job, since) > seconds * 1000

    def age(self, job: Job, since: int | None = None) -> int:
        """Return the milliseconds since a moment of the job, by default since it has its state.

        A clock decides only the first time that a moment is seen; then the time of this process
        counts, which doesn't jump. Of this machine's clock and fal's the one decides by which less
        time has passed: a clock that was set forward must not end a job that fal still makes. A
        moment in the future is of a clock that was ahead: it is now.
        """
        moments = self._ages.setdefault(job.id, {})
        if len(moments) > _MOST_MOMENTS:
            moments.clear()
        steady, now = self.clock.steady(), self.clock.now()
        moment = job.status_at if since is None else since
        key = _Moment(moment, is_at_fal=since is not None)
        if key not in moments:
            set_back = self._set_back(job)
            if set_back is None and since is not None and moment != now:
                # Whoever asks about a moment at fal asks fal, too, and so will know its clock.
                return steady - self._seen.setdefault(job.id, steady)
            moments[key] = steady - max(0, now - moment + min(0, set_back or 0))
        return steady - moments[key]

    def _set_back(self, job: Job) -> int | None:
        """Return by how many milliseconds this clock was set back since the job was sent.

        By fal's clock, and 0 if that wasn't known then; None if it isn't known now.
        """
        if job.fal_offset is None:
            return 0
        current = self.fal_offset()
        return None if current is None else current - job.fal_offset

    def forget(self, job_id: int) -> None:
        """Forget what is remembered of a job that isn't driven any more."""
        self._ages.pop(job_id, None)
        self._seen.pop(job_id, None)

    async def should_ask_again(
        self, job: Job, answer: str, *, limit: int = MOST_DOUBTS, backoff: Backoff | None = None
    ) -> bool:
        """Return whether to ask again instead of losing a paid video; if so, schedule that.

        After `limit` doubts in a row the answer is trusted.
        """
        self._doubt_counts[job.id] += 1
        if self._doubt_counts[job.id] > limit:
            return False
        log.warning("job %d (%s): %s; asking again", job.id, job.status, answer)
        await self.schedule(job, backoff or self.timings.poll)
        return True

    def reset_doubts(self, job: Job) -> None:
        """Forget the doubted answers of a job."""
        self._doubt_counts.pop(job.id, None)
