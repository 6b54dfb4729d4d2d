"""The system's clock."""

import time

from typing_extensions import override

from bot.ports import Clock


class SystemClock(Clock):
    """The clock of this machine, in Unix milliseconds."""

    @override
    def now(self) -> int:
        return time.time_ns() // 1_000_000
