"""Measures how late the event loop runs its timers, for developers."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

TICK_SECONDS = 0.01
LONG_SECONDS = 0.02
"""A lag from this on is logged in a line of its own."""
_BUCKETS_PER_SECOND = 10_000

log = logging.getLogger(__name__)


class LoopLagMeter:
    """Sleeps for a tick in a loop, and records by how much each sleep was too long.

    A timer is late by a millisecond on an idle machine too, and by much more on a busy one. So the
    processor time of the loop's thread in the meantime is recorded as well: no more than that was
    caused by the program itself (waiting for the interpreter's lock aside).
    """

    def __init__(self) -> None:
        self.worst_seconds = 0.0
        self.worst_own_seconds = 0.0
        self._ticks = Counter[int]()

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due, used = loop.time() + TICK_SECONDS, time.thread_time()
            await asyncio.sleep(TICK_SECONDS)
            late, own = loop.time() - due, time.thread_time() - used
            self.record(late, own)

    def record(self, late: float, own: float) -> None:
        """Count a tick: the seconds it was late, and the seconds of processor time it took."""
        self.worst_seconds = max(self.worst_seconds, late)
        self.worst_own_seconds = max(self.worst_own_seconds, min(late, own))
        self._ticks[int(late * _BUCKETS_PER_SECOND)] += 1
        if late > LONG_SECONDS:
            log.debug("event loop: stalled %.1f ms, own %.1f ms", late * 1000, own * 1000)

    def quantile_seconds(self, share: float) -> float:
        """Return the lag that a share of the ticks stayed within, to a tenth of a millisecond."""
        left = share * self._ticks.total()
        for bucket in sorted(self._ticks):
            left -= self._ticks[bucket]
            if left <= 0:
                return (bucket + 1) / _BUCKETS_PER_SECOND
        return 0.0

    def report(self) -> str:
        return (
            f"event loop: worst stall {self.worst_seconds * 1000:.1f} ms,"
            f" of its own making at most {self.worst_own_seconds * 1000:.1f} ms"
            f" ({self._ticks.total()} ticks; 99.9 %: {self.quantile_seconds(0.999) * 1000:.1f} ms,"
            f" 99 %: {self.quantile_seconds(0.99) * 1000:.1f} ms)"
        )


@asynccontextmanager
async def measuring() -> AsyncGenerator[None]:
    """Log the lags of the time inside the context, if debug messages are logged at all."""
    if not log.isEnabledFor(logging.DEBUG):
        yield
        return
    meter = LoopLagMeter()
    task = asyncio.create_task(meter.run(), name="loop lag")
    try:
        yield
    finally:
        task.cancel()
        log.debug(meter.report())
