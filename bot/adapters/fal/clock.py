"""fal's clock, learned from the `Date` headers of its answers."""

from collections import deque
from email.utils import parsedate_to_datetime
from statistics import median_low

import httpx

from bot.ports import Clock

# A header has whole seconds.
_HALF_SECOND_MS = 500
# One wrong header, as of a cache, doesn't count among so many.
_LATEST = 3
_MOST_AGE_SECONDS = 5


class FalClock:
    """The time at fal, however often this machine's clock is set meanwhile."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._ahead: deque[int] = deque(maxlen=_LATEST)

    def offset(self) -> int | None:
        """Return the milliseconds that fal's clock is ahead of this machine's; None: not known."""
        if not self._ahead:
            return None
        return median_low(self._ahead) + self._clock.steady() - self._clock.now()

    async def learn(self, response: httpx.Response) -> None:
        """Learn from an answer; it is one of httpx's event hooks."""
        at = _date_of(response)
        if at is not None:
            self._ahead.append(at - self._clock.steady())


def _date_of(response: httpx.Response) -> int | None:
    """Return the time of an answer, in Unix milliseconds; None if it has none to be trusted."""
    age: str = response.headers.get("age", "0")
    if not age.isdecimal() or int(age[:9]) > _MOST_AGE_SECONDS:
        return None
    try:
        date = parsedate_to_datetime(response.headers.get("date", ""))
        return round(date.timestamp() * 1000) + _HALF_SECOND_MS
    except (ValueError, TypeError, OverflowError):
        return None
