"""The age check: finds out at a start whether the database is older than what was last seen.

A database that was put back, as a snapshot or by `cp`, calls jobs `created` that were sent since. A
row's state is always written before its message shows it, and `submitting` before the POST leaves.
So a message, or a request in fal's listing, that knows more than its row proves that the database
is older. An answer that still says nothing of a job proves nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.application.line.line_state import LineState
from bot.application.line.timings import Timings
from bot.application.pipeline.reconciliation import without_job
from bot.domain.calendar import DAY_MS
from bot.domain.jobs.fal import FalTrouble, ListedRequest
from bot.domain.jobs.job import Job, Status
from bot.domain.jobs.reconciliation import COPIED_AT, is_input_of, sent_since
from bot.ports import Clock, Delivery, Fal, JobStore, Random, Undeliverable, Unreachable

log = logging.getLogger(__name__)

_ALL_WAITING = 1_000_000
# Messages that are read before the first of their jobs may be sent.
_AT_A_TIME = 20


@dataclass(slots=True, kw_only=True)
class AgeCheck:
    """Holds the waiting jobs of an earlier process until each was asked about.

    They wait for fal's listing, which is read once, and for their own messages. Where neither can
    be read they go on waiting; jobs that were accepted since don't.
    """

    store: JobStore
    """Job rows."""
    fal: Fal
    """Lists the requests that fal has ended."""
    delivery: Delivery
    """Reads status messages."""
    clock: Clock
    """The steady time of looks."""
    random: Random
    """The jitter of waiting times."""
    timings: Timings
    """The pace of looks, and the seconds until fal's listing is complete."""
    line: LineState
    """Holds the jobs that aren't verified."""
    _complete_at: int = 0
    """The steady time from which on fal's listing shows all that was sent before this process."""
    _listed_at: int | None = None
    """The steady time of the last look at fal's listing; None before the first."""
    _is_known: bool = False
    """The database is known to be older, so that its gap is closed."""
    _in_trouble: set[int] = field(default_factory=set[int])
    """The channels of which a message couldn't be read in this round."""
    _older: Callable[[int], None] | None = None
    """Closes the gap of a database that is older; None until `run`."""

    async def begin(self) -> None:
        """Hold the jobs that an earlier process left in line, before anything is sent or shown."""
        waiting = await self.store.line(limit=_ALL_WAITING)
        self.line.unverified = {job.id for job in waiting}
        self.line.unsent = set(self.line.unverified)
        self._complete_at = self.clock.steady() + round(self.timings.uncertain_for * 1000)

    async def run(
        self, *, is_copy: bool, older: Callable[[int], None], wake: Callable[[], None]
    ) -> None:
        """Verify each of these jobs; call `wake` after some may be sent.

        With the first proof that the database is older, call `older` with the time that its newest
        waiting job is from. Of a copy (`is_copy`) that is known, and only the messages are read.
        """
        self._is_known, self._older = is_copy, older
        # What waits for a server that the bot was removed from meanwhile isn't sent.
        await self.line.servers_compared.wait()
        attempt = 0
        while self.line.unverified:
            try:
                await self._look(older, wake)
            except Exception:
                log.exception("whether the database is older can't be found out yet")
            if self.line.unverified:
                await asyncio.sleep(self.timings.reconcile.delay(attempt, self.random()))
                attempt += 1

    async def may_send(self, job: Job) -> bool:
        """Return whether a job in line may be sent now, by its own message once more.

        Since it was verified a process on another copy of the database may have sent it. Raises
        Undeliverable.
        """
        if job.id not in self.line.unsent:
            return True
        try:
            shown = await self._shown(job)
        except Unreachable:
            # Gone since it was read, or fal's listing had to do before.
            shown = Status.CREATED
        if shown is Status.CREATED:
            self.line.unsent.discard(job.id)
            return True
        log.warning("job %d: its message shows %s: its row is older", job.id, shown)
        self.line.ahead[job.id] = shown
        return False

    async def conclude(self) -> None:
        """Close the gap that messages have shown since: also where an earlier one was closed."""
        if self._older is None or self.line.is_checking or not self.line.ahead:
            return
        waiting: list[Job] = []
        for job_id in tuple(self.line.ahead):
            job = await self.store.job(job_id)
            if job is not None and job.status is Status.CREATED:
                waiting.append(job)
            else:
                # It has left the line since.
                self.line.ahead.pop(job_id, None)
        if waiting and not self.line.is_checking:
            await self._conclude(waiting, self._older)

    async def _look(self, older: Callable[[int], None], wake: Callable[[], None]) -> None:
        waiting = await self._waiting()
        if not self._is_known and waiting and await self._is_listed(waiting):
            await self._conclude(waiting, older)
        for start in range(0, len(waiting), _AT_A_TIME):
            verified: set[int] = set()
            some = waiting[start : start + _AT_A_TIME]
            if await self._read_messages(some, verified) and not self._is_known:
                await self._conclude(waiting, older)
            # Only now: a proof by one of them holds them all.
            self.line.unverified -= verified
            wake()

    async def _waiting(self) -> list[Job]:
        """Return the jobs that aren't verified, in the order of the line."""
        jobs = await self.store.line(limit=_ALL_WAITING)
        waiting = [job for job in jobs if job.id in self.line.unverified]
        self.line.unverified = {job.id for job in waiting}
        self._in_trouble.clear()
        return waiting

    async def _conclude(self, waiting: Sequence[Job], older: Callable[[int], None]) -> None:
        """Record that the database is older, as if it were a copy."""
        newest = max(job.status_at for job in waiting)
        log.warning("this database is older than what fal or Discord knows")
        self.line.is_checking = self._is_known = True
        # The next start has to know it, too.
        await self.store.remember_fact(COPIED_AT, str(newest))
        older(newest)

    # fal

    async def _is_listed(self, waiting: Sequence[Job]) -> bool:
        """Read fal's listing, unless it was; return whether a waiting job's request is there."""
        now = self.clock.steady()
        if self._listed_at is not None and not self._listed_at < self._complete_at <= now:
            return False
        try:
            proof = await self._sent_of(waiting)
        except FalTrouble as trouble:
            log.warning("fal's listing: %s", trouble)
            return False
        self._listed_at = now
        return proof is not None

    def _is_listing_complete(self) -> bool:
        return self._listed_at is not None and self._listed_at >= self._complete_at

    async def _sent_of(self, waiting: Sequence[Job]) -> Job | None:
        """Return a job whose request was sent, by fal's listing. Raises FalTrouble."""
        # Whichever of the two clocks is off: one that is by more than a day shows no request.
        since = min(job.created_at for job in waiting) - DAY_MS
        for endpoint in {job.endpoint for job in waiting}:
            listed = await self.fal.find(endpoint, since=since)
            shown = [request for request in listed if request.arguments]
            if not shown:
                continue
            requests = await without_job(self.store, shown)
            offset = self.fal.clock_offset() or 0
            for job in waiting:
                of_job = sent_since(job, requests, fal_offset=offset)
                if job.endpoint == endpoint and await self._is_sent(of_job):
                    log.warning("job %d: fal has its request, but its row is older", job.id)
                    return job
        return None

    async def _is_sent(self, requests: Sequence[ListedRequest]) -> bool:
        """Return whether of these requests of one input any is more than those that got lost."""
        if not requests:
            return False
        lost = [*await self.store.in_progress(), *await self.store.unknown_outcomes(since=0)]
        others = [await self.store.job(job_id) for job_id in lost]
        alike = [
            other
            for other in others
            if other is not None and other.handle is None and is_input_of(other, requests[0])
        ]
        return len(requests) > len(alike)

    # Discord

    async def _read_messages(self, jobs: Sequence[Job], verified: set[int]) -> bool:
        """Read the jobs' messages, and add the jobs that needn't wait to `verified`.

        Return whether one of them shows more than its row says.
        """
        proof = False
        for job in jobs:
            if job.place.channel_id in self._in_trouble:
                continue
            try:
                shown = await self._shown(job)
            except Undeliverable as trouble:
                log.warning("job %d: its message can't be read: %s", job.id, trouble)
                # fal's listing alone is enough only when it shows all that was sent before.
                is_known = self._is_known or self._is_listing_complete()
                if not is_known and not isinstance(trouble, Unreachable):
                    self._in_trouble.add(job.place.channel_id)
            else:
                is_known = True
                if shown is not Status.CREATED:
                    log.warning("job %d: its message shows %s: its row is older", job.id, shown)
                    self.line.ahead[job.id] = shown
                    proof = True
            if is_known:
                verified.add(job.id)
        return proof

    async def _shown(self, job: Job) -> Status:
        if job.place.message_id is None:
            raise Unreachable("it has no message")
        shown = await self.delivery.shown(job.place.channel_id, job.place.message_id)
        return shown.status
