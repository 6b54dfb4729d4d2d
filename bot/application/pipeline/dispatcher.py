"""The dispatcher: sends waiting jobs when fal has room, with one task for each job in progress."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress

from bot.application.line.incidents import Incidents
from bot.application.line.keep_guard import KeepGuard
from bot.application.line.line_state import LineState
from bot.application.line.timings import Timings
from bot.application.messages.status_messages import StatusMessages
from bot.application.pipeline.age_check import AgeCheck
from bot.application.pipeline.driver import Driver
from bot.application.pipeline.left_servers import GiveBackLeft
from bot.application.pipeline.restore import RestoreRecovery
from bot.domain.jobs.job import Handle, Job, Status
from bot.ports import Clock, JobStore, Undeliverable

log = logging.getLogger(__name__)

# Places further back change too often and matter too little to be edited.
_SHOWN_PLACES = 10
_ENDS_AT_ONCE = 100


class Dispatcher:
    """Admits waiting jobs while fal has room, and drives every job in progress.

    A start is ordinary work: every job whose row is unfinished is driven on. The places that
    waiting members see are brought up to date at most once in `refresh` seconds.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        driver: Driver,
        messages: StatusMessages,
        clock: Clock,
        concurrency: int,
        refresh: float,
        changed: asyncio.Event,
        line: LineState,
        guard: KeepGuard,
        timings: Timings,
        recovery: RestoreRecovery,
        age_check: AgeCheck,
        give_back_left: GiveBackLeft,
        incidents: Incidents,
    ):
        self._store = store
        self._driver = driver
        self._messages = messages
        self._clock = clock
        self._concurrency = concurrency
        self._refresh = refresh
        self._changed = changed
        self._line = line
        self._guard = guard
        self._timings = timings
        self._recovery = recovery
        self._age_check = age_check
        self._give_back_left = give_back_left
        self._incidents = incidents
        self._looking_back: list[asyncio.Task[None]] = []
        self._running = False
        self._shown_at_once = asyncio.Semaphore(timings.steps_at_once)
        self._unknown_checked_at = 0
        self._checking_unknown: set[int] = set()
        # Announcements younger than this process belong to requests that it is still handling.
        self._started_at = clock.now()
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        # The endpoint of each job that is being sent.
        self._admitting: dict[int, str] = {}
        self._shown_hold_reasons = line.hold_reasons()

    @property
    def admitting(self) -> int:
        """The number of jobs that are being sent now, or are about to be."""
        return len(self._admitting)

    def wake(self, job_id: int | None = None) -> None:
        """Look at the line again, and wake the driver of the job, if one is given."""
        self._changed.set()
        if job_id is not None:
            self._driver.wake(job_id)

    def go_on(self, job_id: int) -> None:
        """Drive a job that something else than the line moved on."""
        if self._running:
            self._start(self._driver.drive(job_id))

    async def run(self) -> None:
        """Work until `close`."""
        self._running = True
        await self._incidents.restore()
        await self._guard.restore()
        self._start(self._incidents.report())
        self._start(self._guard.report())
        await self._resume()
        refreshed_at = 0.0
        loop = asyncio.get_running_loop()
        while not self._stopping:
            self._changed.clear()
            try:
                for job_id in await self._give_back_left():
                    self._start(self._show(job_id))
                await self._age_check.conclude()
                due = await self._admit()
                if (
                    loop.time() >= refreshed_at + self._refresh
                    or self._line.hold_reasons() != self._shown_hold_reasons
                ):
                    refreshed_at = loop.time()
                    self._shown_hold_reasons = self._line.hold_reasons()
                    await self._show_changes()
                    await self._check_unknown_outcomes()
            except Exception:
                # A database that can't be read now may be read later; nothing else goes wrong here.
                log.exception("the line can't be looked at")
                due = self._refresh
            await self._sleep(min(due, self._refresh))

    async def _resume(self) -> None:
        """Start a task for everything that an earlier process left unfinished."""
        await self._age_check.begin()
        if (copied_at := await self._recovery.copied_at()) is not None:
            self._line.is_checking = True
            self._close_gap(copied_at)
        checking = self._age_check.run(
            is_copy=copied_at is not None, older=self._close_gap, wake=self._changed.set
        )
        self._looking_back.append(self._start(checking))
        for job_id in await self._store.in_progress():
            self._start(self._driver.drive(job_id))
        for channel_id, message_id in await self._store.orphaned_announcements(
            before=self._started_at, after=self._clock.now()
        ):
            self._start(self._take_back(channel_id, message_id))
        for job_id in await self._store.unannounced():
            self._start(self._show(job_id))

    def _close_gap(self, copied_at: int) -> None:
        self._looking_back.append(self._start(self._recovery.close_gap(copied_at, self.go_on)))

    async def _show_changes(self) -> None:
        """Bring messages up to date: of the first jobs in line, and of ends not shown yet."""
        jobs = [job.id for job in await self._store.line(limit=_SHOWN_PLACES)]
        jobs += await self._store.unreported_ends(limit=_ENDS_AT_ONCE)
        for job_id in jobs:
            self._start(self._show(job_id))

    async def _show(self, job_id: int) -> None:
        async with self._shown_at_once:
            await self._messages.try_to_show(job_id)

    async def _take_back(self, channel_id: int, message_id: int) -> None:
        """Replace an announcement that a crash left without a job, however long that takes."""
        while not self._stopping:
            try:
                async with self._shown_at_once:
                    await self._messages.take_back(channel_id, message_id)
            except Undeliverable as trouble:
                log.warning("an answer without a job still stands: %s", trouble)
                await asyncio.sleep(max(self._refresh, trouble.seconds))
            else:
                return

    async def _check_unknown_outcomes(self) -> None:
        """Ask fal again about jobs that ended with an unknown outcome."""
        steady = self._clock.steady()
        if steady < self._unknown_checked_at + self._timings.adopt_every * 1000:
            return
        self._unknown_checked_at = steady
        since = self._clock.now() - round(self._timings.adopt_for * 1000)
        for job_id in await self._store.unknown_outcomes(since=since):
            if job_id not in self._checking_unknown:
                self._checking_unknown.add(job_id)
                self._start(self._check_unknown_outcome(job_id))

    def adopt(self, job_id: int, handle: Handle) -> None:
        """Look whether a job of unknown outcome has a clear end, with its request's handle."""
        if self._running and job_id not in self._checking_unknown:
            self._checking_unknown.add(job_id)
            self._start(self._check_unknown_outcome(job_id, handle))

    async def _check_unknown_outcome(self, job_id: int, handle: Handle | None = None) -> None:
        try:
            await self._driver.check_unknown_outcome(job_id, handle)
        finally:
            self._checking_unknown.discard(job_id)

    async def close(self, grace: float) -> None:
        """Take no further step; wait at most `grace` seconds for the steps under way."""
        self._stopping = True
        self._changed.set()
        self._driver.stop()
        self._incidents.stop()
        self._guard.stop()
        for task in self._looking_back:
            # It takes long, and the next process begins it anew.
            task.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _admit(self) -> float:
        """Send jobs while fal has room; return the seconds until the next look at the line."""
        while await self._slots_taken() < self._concurrency:
            if self._line.is_checking or self._line.is_draining or self._line.is_aside:
                return self._refresh
            # While fal takes no videos, the breaker lets a single probe through now and then.
            if self._line.breaker.is_shut(self._clock.steady(), self._admitting.values()):
                break
            job = await self._next_job()
            # An empty line stays held only for as long as it has to.
            if job is None and not self._line.is_held_for_keeping:
                break
            if not await self._guard.may_send():
                return self._refresh
            # The drain may have begun meanwhile, or another process may have shown up.
            if job is None or self._line.is_draining or self._line.is_aside:
                break
            self._admitting[job.id] = job.endpoint
            self._start(self._send(job.id))
        now = self._clock.steady()
        due = self._line.breaker.next_probe_at(now)
        return self._refresh if due is None else (due - now) / 1000

    async def _next_job(self) -> Job | None:
        """Return the job that is sent next, or None."""
        now, breaker = self._clock.steady(), self._line.breaker
        longest_wait = round(self._timings.longest_wait(Status.CREATED) * 1000)
        shut = breaker.shut_endpoints(now, self._admitting.values())
        for jobs, endpoints in breaker.exclusions_to_try(now):
            excluded = jobs.union(self._admitting, self._line.unverified, self._line.ahead)
            job = await self._store.next_waiting(
                at=self._clock.now(),
                excluding=excluded,
                shut_endpoints=shut | endpoints,
                longest_wait=longest_wait,
            )
            if job is not None:
                return job
        return None

    async def _slots_taken(self) -> int:
        return await self._store.at_fal(excluding=self._admitting) + len(self._admitting)

    async def _send(self, job_id: int) -> None:
        try:
            await self._driver.admit(job_id)
        finally:
            del self._admitting[job_id]
            self._changed.set()
        await self._driver.drive(job_id)

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)
        return task

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._changed.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a job's task died", exc_info=error)

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
