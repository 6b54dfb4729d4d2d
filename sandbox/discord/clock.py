"""The server's own time, ids by that time, and waiting for a change."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

Found = TypeVar("Found")

DISCORD_EPOCH_MILLISECONDS = 1_420_070_400_000


class Clock:
    """Seconds since 1970; runs with real time and can be moved forward."""

    def __init__(self) -> None:
        self._offset = time.time_ns() / 1e9 - time.monotonic()

    def now(self) -> float:
        return time.monotonic() + self._offset

    def advance(self, seconds: float) -> None:
        self._offset += seconds


def timestamp(seconds: float) -> str:
    """Write a time as Discord does: ISO 8601 with microseconds and offset."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def created_at(snowflake: int) -> float:
    """Read the time, in seconds since 1970, that is in every id."""
    return ((snowflake >> 22) + DISCORD_EPOCH_MILLISECONDS) / 1000


class Snowflakes:
    """Makes ids that rise with time.

    See https://docs.discord.com/developers/reference#snowflakes.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        milliseconds = int(self._clock.now() * 1000) - DISCORD_EPOCH_MILLISECONDS
        self._last = max(self._last + 1, milliseconds << 22)
        return self._last


class Changes:
    """Wakes everyone who waits for a condition, whenever anything changed."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for(self, predicate: Callable[[], Found], timeout: float) -> Found:  # noqa: ASYNC109 - a plain deadline reads best in tests
        """Wait until the predicate returns something true, and return that.

        Raises:
            TimeoutError: It didn't within `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while True:
                # Taken before asking, so that no change between the two is missed.
                changed = self._changed
                if found := predicate():
                    return found
                await changed.wait()
