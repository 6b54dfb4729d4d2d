"""The time at fal: it runs with real time, and tests can move it forward."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta


class Clock:
    """UTC. Whoever sleeps on it wakes when it is moved past their time."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return now() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep_until(self, at: datetime) -> None:
        while (left := (at - self.now()).total_seconds()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._moved.wait()


def now() -> datetime:
    """Return the real time in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the ban is for the bot, which can't be imported here


def timestamp(at: datetime) -> str:
    """Return a time as fal writes it, like 2026-02-17T10:30:01.123Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
