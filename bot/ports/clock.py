"""Ports of time and randomness."""

from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """The only source of the current time."""

    def now(self) -> int:
        """Return the current time in Unix milliseconds. It may jump when the clock is set."""
        ...

    def steady(self) -> int:
        """Return milliseconds that never jump: for waits and ages within this process."""
        ...


Random = Callable[[], float]
"""Returns a random number from 0 up to 1."""
