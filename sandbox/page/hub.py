"""Tells those who watch that something has changed, wherever it did."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress

from sandbox.discord.clock import Changes
from sandbox.stage import Stage

PATIENCE_SECONDS = 3600.0
KEEP_ALIVE_SECONDS = 15.0


class Hub:
    """Counts changes at Discord, at fal, and all others that are announced."""

    def __init__(self, stage: Stage) -> None:
        self.version = 0
        self.closing = False
        self._stage = stage
        self._viewers = 0
        self._changes = Changes()

    def announce(self) -> None:
        self.version += 1
        self._changes.notify()

    async def wait_for(self, predicate: Callable[[], bool]) -> bool:
        """Wait until the predicate holds; return False if it didn't for a while."""
        try:
            return await self._changes.wait_for(predicate, KEEP_ALIVE_SECONDS)
        except TimeoutError:
            return False

    @property
    def watched(self) -> bool:
        """Somebody has the page open."""
        return self._viewers > 0

    @contextmanager
    def watching(self) -> Generator[None]:
        self._viewers += 1
        self.announce()
        try:
            yield
        finally:
            self._viewers -= 1

    @asynccontextmanager
    async def following(self) -> AsyncGenerator[None]:
        """Pass on what changes at Discord and at fal."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._discord()), group.create_task(self._fal())]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()

    def close(self) -> None:
        """End what watches for as long as it may."""
        self.closing = True
        self.announce()

    async def _discord(self) -> None:
        while True:
            with suppress(TimeoutError):
                await self._stage.discord.wait_for(_next_time(), PATIENCE_SECONDS)
                self.announce()

    async def _fal(self) -> None:
        while True:
            with suppress(TimeoutError):
                await self._stage.fal.wait_for(_next_time(), PATIENCE_SECONDS)
                self.announce()


def _next_time() -> Callable[[], bool]:
    """Return a condition that holds from the second time that it is asked.

    The first time is at once, the second after a change.
    """
    asked = itertools.count()
    return lambda: next(asked) > 0
