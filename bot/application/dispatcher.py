"""Decides when a job's turn has come. One task per job that is on its way."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress

from bot.application.board import Board
from bot.application.drive import Driver
from bot.ports import Clock, Store

log = logging.getLogger(__name__)

# Places further back change too often and matter too little to be edited.
_SHOWN_PLACES = 10


class Dispatcher:
    """Admits waiting jobs while fal has room, and drives every job that is on its way.

    Starting is ordinary work: whatever the rows say is unfinished is driven on. `refresh` is how
    often (seconds) the places of waiting jobs are brought up to date, at most.
    """

    def __init__(
        self,
        *,
        store: Store,
        driver: Driver,
        board: Board,
        clock: Clock,
        concurrency: int,
        refresh: float,
        changed: asyncio.Event,
    ):
        self._store = store
        self._driver = driver
        self._board = board
        self._clock = clock
        self._concurrency = concurrency
        self._refresh = refresh
        self._changed = changed
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._admitting: set[int] = set()

    def wake(self, job_id: int | None = None) -> None:
        """Look at the line again, and at a job of which something is new."""
        self._changed.set()
        if job_id is not None:
            self._driver.wake(job_id)

    async def run(self) -> None:
        """Work until `close`."""
        for job_id in await self._store.in_progress():
            self._start(self._driver.drive(job_id))
        for job_id in await self._store.untold():
            self._start(self._board.try_to_show(job_id))
        refreshed = 0.0
        loop = asyncio.get_running_loop()
        while not self._stopping:
            self._changed.clear()
            due = await self._admit()
            if loop.time() >= refreshed + self._refresh:
                refreshed = loop.time()
                for job in await self._store.line(most=_SHOWN_PLACES):
                    self._start(self._board.try_to_show(job.id))
            await self._sleep(min(due, self._refresh))

    async def close(self, grace: float) -> None:
        """Take no further step; wait for those under way, at most `grace` seconds."""
        self._stopping = True
        self._changed.set()
        self._driver.stop()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _admit(self) -> float:
        """Let jobs go to fal while it has room; return the seconds until the next look."""
        while await self._taken() < self._concurrency:
            now = self._clock.now()
            # When fal doesn't take videos, one is tried now and then: the first in line.
            if self._driver.paused_until > now:
                return (self._driver.paused_until - now) / 1000
            job = await self._store.next_waiting(at=now, but=self._admitting)
            if job is None:
                break
            self._admitting.add(job.id)
            self._start(self._let_go(job.id))
        return self._refresh

    async def _taken(self) -> int:
        return await self._store.at_fal(but=self._admitting) + len(self._admitting)

    async def _let_go(self, job_id: int) -> None:
        try:
            await self._driver.admit(job_id)
        finally:
            self._admitting.discard(job_id)
            self._changed.set()
        await self._driver.drive(job_id)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._changed.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a job's task died", exc_info=error)

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
