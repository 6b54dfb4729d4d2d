"""Recovery after a restored backup: finds at fal what was sent after the backup was made.

Jobs that the backup's rows call `created` may have been sent by the process that ran after it was
made. The rows don't have those submits, but fal's listing does.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.application.line.line_state import LineState
from bot.application.line.timings import Timings
from bot.application.pipeline.reconciliation import without_job
from bot.domain.calendar import DAY_MS
from bot.domain.catalogue.inputs import input_urls
from bot.domain.jobs.fal import FalTrouble, ListedRequest
from bot.domain.jobs.job import Job, Status
from bot.domain.jobs.reconciliation import CLOCK_SKEW_MS, COPIED_AT, pick, sent_since
from bot.ports import Changes, Clock, Conflict, Fal, JobStore, Random

log = logging.getLogger(__name__)

_ALL_WAITING = 1_000_000
# Stands for the prompt of a request whose input fal hides: no real prompt is empty.
_HIDDEN_PROMPT = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRecovery:
    """Closes the gap between the time of a backup and now."""

    store: JobStore
    """Job rows, and the time of the backup."""
    fal: Fal
    """Lists the requests that fal has ended."""
    clock: Clock
    """The time of looks and transitions."""
    random: Random
    """The jitter of waiting times."""
    timings: Timings
    """The pace of looks, and the seconds until fal's listing is complete."""
    line: LineState
    """Holds the line while waiting jobs may have been sent already."""
    endpoints: Collection[str]
    """The endpoints of the bot's own catalogue: their listings are read at the least."""

    async def copied_at(self) -> int | None:
        """Return the time of this database's copy, in Unix milliseconds; None if it is no copy."""
        mark = await self.store.fact(COPIED_AT)
        return None if mark is None else int(mark)

    async def close_gap(self, copied_at: int, go_on: Callable[[int], None]) -> None:
        """Find the requests of waiting jobs at fal; call `go_on` with each job that was moved on.

        fal's listing shows only requests that have ended, so it is complete only after the time
        that the longest video takes.
        """
        started = self.clock.now()
        of_future = {job.id for job in await self._in_line() if job.created_at > started}
        log.warning("this database is a copy: what was sent after it is looked for at fal")
        complete_at = self.clock.steady() + self.timings.uncertain_for * 1000
        attempt = 0
        while True:
            is_complete = self.clock.steady() >= complete_at
            try:
                waiting = await self._waiting_at(copied_at, of_future)
                if await self._match_listings(
                    waiting, copied_at, started, go_on, is_complete=is_complete
                ):
                    return
            except FalTrouble as trouble:
                log.warning("fal's listing: %s", trouble)
            except Exception:
                log.exception("what was sent after the backup can't be looked for yet")
            left = max(0, complete_at - self.clock.steady()) / 1000
            delay = self.timings.reconcile.delay(attempt, self.random())
            await asyncio.sleep(min(delay, left) if left else delay)
            attempt += 1

    async def _match_listings(
        self,
        waiting: Sequence[Job],
        copied_at: int,
        started: int,
        go_on: Callable[[int], None],
        *,
        is_complete: bool,
    ) -> bool:
        """Match fal's listings with waiting jobs; return whether the gap is closed."""
        # Jobs accepted since the start needn't wait for this.
        self.line.is_checking = bool(waiting)
        if not waiting and not is_complete:
            return False
        since = min([copied_at, *(job.created_at for job in waiting)]) - DAY_MS
        endpoints = {*self.endpoints, *(job.endpoint for job in waiting)}
        listings = {name: await self.fal.find(name, since=since) for name in endpoints}
        offset = self.fal.clock_offset()
        if offset is None:
            # What was sent can't be told by its time.
            return False
        alike = _alike(waiting)
        for job, requests in _candidates(waiting, listings, offset):
            candidates = await without_job(self.store, requests)
            rivals = alike[_input_key(job)]
            if candidates and await self._adopt(job, candidates, rivals, is_complete=is_complete):
                rivals.remove(job)
                go_on(job.id)
        if not is_complete:
            return False
        for job in await self._in_line():
            if job.id in self.line.ahead:
                await self._end_ahead(job, self.line.ahead[job.id], go_on)
        self.line.ahead.clear()
        # A Date header has whole seconds.
        await self._report_lost(copied_at + offset, started + offset + 2_000, listings)
        await self.store.remember_fact(COPIED_AT, None)
        self.line.is_checking = False
        return True

    async def _in_line(self) -> Sequence[Job]:
        return await self.store.line(limit=_ALL_WAITING)

    async def _waiting_at(self, copied_at: int, of_future: Collection[int]) -> list[Job]:
        """Return the jobs that waited in line when the copy was made.

        `of_future` are those of a clock that was ahead.
        """
        return [
            job
            for job in await self._in_line()
            if job.created_at <= copied_at + CLOCK_SKEW_MS or job.id in of_future
        ]

    async def _adopt(
        self,
        job: Job,
        candidates: Sequence[ListedRequest],
        rivals: Collection[Job],
        *,
        is_complete: bool,
    ) -> bool:
        """Give the job its request, or one of as many as `rivals` have its input.

        Returns whether the job was moved on.
        """
        exact = pick(job, [request for request in candidates if request.arguments], rivals)
        try:
            if exact is not None:
                await self._assign(job, exact)
            elif is_complete:
                # Perhaps it was sent, so it is looked for and ends like any uncertain job.
                log.warning("job %d: %d requests at fal may be its own", job.id, len(candidates))
                sent_at = min(request.sent_at for request in candidates)
                await self._advance(job, Status.SUBMITTING, {"submitting_at": sent_at})
            else:
                return False
        except Conflict as conflict:
            log.info("job %d: %s", job.id, conflict)
            return False
        return True

    async def _end_ahead(self, job: Job, shown: Status, go_on: Callable[[int], None]) -> None:
        """End a job without a request in fal's listing, whose message shows more than its row."""
        if shown is Status.CANCELED:
            # As its message says: it wasn't charged.
            await self.store.request_cancel(job, at=self.clock.now())
            return
        log.warning("job %d: its message shows %s, but fal lists no request", job.id, shown)
        await self._advance(job, Status.SUBMITTING, {"submitting_at": job.status_at})
        go_on(job.id)

    async def _assign(self, job: Job, request: ListedRequest) -> None:
        if urls := input_urls(job.kind, request.arguments):
            # Recorded first: if this process dies half-way, the row has the complete input, by
            # which the request is found.
            job = await self.store.record_inputs(job, urls, 0)
        job = await self._advance(job, Status.SUBMITTING, {"submitting_at": request.sent_at})
        handle = self.fal.handle(job.endpoint, request.request_id)
        await self._advance(job, Status.SUBMITTED, {"handle": handle})

    async def _advance(self, job: Job, to: Status, changes: Changes) -> Job:
        moved = await self.store.advance(job, to, at=self.clock.now(), changes=changes)
        log.info("job %d: %s -> %s (sent after the backup)", job.id, job.status, to)
        return moved

    async def _report_lost(
        self, copied_at: int, started: int, listings: Mapping[str, Sequence[ListedRequest]]
    ) -> None:
        """Log the ids of paid requests that belong to no job here."""
        earliest = copied_at - CLOCK_SKEW_MS
        sent = [
            request
            for requests in listings.values()
            for request in requests
            if earliest <= request.sent_at < started
        ]
        lost = [request.request_id for request in await without_job(self.store, sent)]
        if lost:
            log.warning(
                "%d requests that fal ended since the backup belong to no job here (they may be"
                " another program's): %s",
                len(lost),
                ", ".join(lost),
            )
        log.info("what was sent after the backup is known: the line goes on")


def _candidates(
    waiting: Sequence[Job], listings: Mapping[str, Sequence[ListedRequest]], offset: int
) -> Sequence[tuple[Job, Sequence[ListedRequest]]]:
    """Return the requests that may be each job's, without comparing all jobs with all requests."""
    by_prompt: defaultdict[tuple[str, str], list[ListedRequest]] = defaultdict(list)
    for endpoint, listed in listings.items():
        for request in listed:
            prompt = str(request.arguments.get("prompt", _HIDDEN_PROMPT))
            by_prompt[endpoint, prompt].append(request)
    pairs: list[tuple[Job, Sequence[ListedRequest]]] = []
    for job in waiting:
        prompt = str(job.arguments.get("prompt"))
        # A request whose input fal no longer shows may be any job's.
        requests = by_prompt[job.endpoint, prompt] + by_prompt[job.endpoint, _HIDDEN_PROMPT]
        if candidates := sent_since(job, requests, fal_offset=offset):
            pairs.append((job, candidates))
    return pairs


def _input_key(job: Job) -> tuple[str, str]:
    return job.endpoint, json.dumps(job.arguments, sort_keys=True)


def _alike(waiting: Sequence[Job]) -> dict[tuple[str, str], list[Job]]:
    """Return the waiting jobs by their input, without its URLs."""
    jobs: defaultdict[tuple[str, str], list[Job]] = defaultdict(list)
    for job in waiting:
        jobs[_input_key(job)].append(job)
    return jobs
