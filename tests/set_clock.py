"""A clock that stands still until a test sets it."""

from dataclasses import dataclass

from tests.adapters.sqlite.store_harness import NOW


@dataclass
class SetClock:
    """This machine's clock, and a steady one that is set by itself or goes with it."""

    at: int = NOW
    """Unix milliseconds."""
    even: int | None = None
    """Steady milliseconds; None: the same as `at`."""

    def now(self) -> int:
        return self.at

    def steady(self) -> int:
        return self.at if self.even is None else self.even
