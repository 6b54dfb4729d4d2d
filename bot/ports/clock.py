"""Time and chance."""

from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """Where time enters."""

    def now(self) -> int:
        """Return Unix milliseconds."""
        ...


Random = Callable[[], float]
"""A random number from 0 up to 1."""
