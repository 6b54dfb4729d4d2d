"""After a restore: a backup is older than the money that was spent since.

What its rows call `created` may have been sent by the life that came after it. That life is
forgotten here, but not at fal.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.application.line.line_state import LineState
from bot.application.line.timings import Timings
from bot.application.pipeline.reconciliation import without_owner
from bot.domain.catalogue.inputs import input_urls
from bot.domain.jobs.fal import FalTrouble, ListedRequest
from bot.domain.jobs.job import Job, Status
from bot.domain.jobs.reconciliation import CLOCK_SKEW_MS, COPIED_AT, sent_since
from bot.ports import Changes, Clock, Conflict, Fal, JobStore, Random

log = logging.getLogger(__name__)

_EVERYTHING = 1_000_000
# No prompt is empty.
_HIDDEN = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRecovery:
    """Closes the gap between a backup and now. `endpoints` are those that the bot sends to."""

    store: JobStore
    fal: Fal
    clock: Clock
    random: Random
    timings: Timings
    line: LineState
    endpoints: Collection[str]

    async def copied_at(self) -> int | None:
        """Return when the copy that this database is was made, in Unix milliseconds."""
        mark = await self.store.fact(COPIED_AT)
        return None if mark is None else int(mark)

    async def close_gap(self, copied_at: int, go_on: Callable[[int], None]) -> None:
        """Let nothing be sent that may have been sent before; `go_on` gets what has a new state.

        fal's listing shows only what has ended, so nobody knows before the longest video has.
        """
        started = self.clock.now()
        log.warning("this database is a copy: what was sent after it is looked for at fal")
        sure_at = started + self.timings.uncertain_for * 1000
        attempt = 0
        while True:
            sure = self.clock.now() >= sure_at
            try:
                if await self._look(copied_at, started, go_on, sure=sure):
                    return
            except FalTrouble as trouble:
                log.warning("fal's listing: %s", trouble)
            except Exception:
                log.exception("what was sent after the backup can't be looked for yet")
            left = max(0, sure_at - self.clock.now()) / 1000
            delay = self.timings.reconcile.delay(attempt, self.random())
            await asyncio.sleep(min(delay, left) if left else delay)
            attempt += 1

    async def _look(
        self, copied_at: int, started: int, go_on: Callable[[int], None], *, sure: bool
    ) -> bool:
        """Look at fal's listing; return whether the gap is closed."""
        waiting = await self._waiting(copied_at)
        # Those who asked since the start needn't wait.
        self.line.is_checking = bool(waiting)
        if not waiting and not sure:
            return False
        since = min([copied_at, *(job.created_at for job in waiting)]) - CLOCK_SKEW_MS
        endpoints = {*self.endpoints, *(job.endpoint for job in waiting)}
        listings = {one: await self.fal.find(one, since=since) for one in endpoints}
        for job, candidates in _candidates(waiting, listings):
            free = await without_owner(self.store, candidates)
            if free and await self._adopt(job, free, sure=sure):
                go_on(job.id)
        if not sure:
            return False
        await self._report(copied_at, started, listings)
        await self.store.remember_fact(COPIED_AT, None)
        self.line.is_checking = False
        return True

    async def _waiting(self, copied_at: int) -> list[Job]:
        """Return the jobs that waited in line when the copy was made."""
        jobs = await self.store.line(limit=_EVERYTHING)
        return [job for job in jobs if job.created_at <= copied_at + CLOCK_SKEW_MS]

    async def _adopt(self, job: Job, free: Sequence[ListedRequest], *, sure: bool) -> bool:
        """Give the job its request; return whether it has a new state."""
        exact = [entry for entry in free if entry.arguments]
        try:
            if len(exact) == 1:
                await self._own(job, exact[0])
            elif sure:
                # Whether it was sent is unknown, so it is looked for and ends like any such job.
                log.warning("job %d: %d requests at fal may be its own", job.id, len(free))
                sent_at = min(entry.sent_at for entry in free)
                await self._advance(job, Status.SUBMITTING, {"submitting_at": sent_at})
            else:
                return False
        except Conflict as conflict:
            log.info("job %d: %s", job.id, conflict)
            return False
        return True

    async def _own(self, job: Job, entry: ListedRequest) -> None:
        if urls := input_urls(job.kind, entry.arguments):
            # Noted first: if this process dies half-way, the row's whole input finds the request.
            job = await self.store.record_inputs(job, urls, 0)
        job = await self._advance(job, Status.SUBMITTING, {"submitting_at": entry.sent_at})
        handle = self.fal.handle(job.endpoint, entry.request_id)
        await self._advance(job, Status.SUBMITTED, {"handle": handle})

    async def _advance(self, job: Job, to: Status, changes: Changes) -> Job:
        moved = await self.store.advance(job, to, at=self.clock.now(), changes=changes)
        log.info("job %d: %s -> %s (sent after the backup)", job.id, job.status, to)
        return moved

    async def _report(
        self, copied_at: int, started: int, listings: Mapping[str, Sequence[ListedRequest]]
    ) -> None:
        """Name the requests that were paid for and that nothing here knows of."""
        earliest = copied_at - CLOCK_SKEW_MS
        sent = [
            entry
            for found in listings.values()
            for entry in found
            if earliest <= entry.sent_at < started
        ]
        lost = [entry.request_id for entry in await without_owner(self.store, sent)]
        if lost:
            log.warning(
                "%d requests that fal ended since the backup belong to no job here (they may be"
                " another program's): %s",
                len(lost),
                ", ".join(lost),
            )
        log.info("what was sent after the backup is known: the line goes on")


def _candidates(
    waiting: Sequence[Job], listings: Mapping[str, Sequence[ListedRequest]]
) -> Sequence[tuple[Job, Sequence[ListedRequest]]]:
    """Return what may be each job's, without comparing all with all."""
    by_prompt: defaultdict[tuple[str, str], list[ListedRequest]] = defaultdict(list)
    for endpoint, found in listings.items():
        for entry in found:
            by_prompt[endpoint, str(entry.arguments.get("prompt", _HIDDEN))].append(entry)
    pairs: list[tuple[Job, Sequence[ListedRequest]]] = []
    for job in waiting:
        prompt = str(job.arguments.get("prompt"))
        # Those whose input fal no longer shows may be anybody's.
        found = by_prompt[job.endpoint, prompt] + by_prompt[job.endpoint, _HIDDEN]
        if candidates := sent_since(job, found):
            pairs.append((job, candidates))
    return pairs
