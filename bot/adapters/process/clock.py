"""The real clock."""

import time

from typing_extensions import override

from bot.ports import Clock


class SystemClock(Clock):
    """The machine's own clock."""

    @override
    def now(self) -> int:
        return time.time_ns() // 1_000_000
