"""The real clock."""

import time


class SystemClock:
    """Implements `bot.ports.Clock`."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000
