"""The system's clock."""

import time

from typing_extensions import override

from bot.ports import Clock

# Steady times look like Unix milliseconds, as of this process's start.
_STEADY_ZERO = (time.time_ns() - time.monotonic_ns()) // 1_000_000


class SystemClock(Clock):
    """The clock of this machine, in Unix milliseconds."""

    @override
    def now(self) -> int:
        return time.time_ns() // 1_000_000

    @override
    def steady(self) -> int:
        return _STEADY_ZERO + time.monotonic_ns() // 1_000_000
