"""Backoff: growing waits between tries."""

from dataclasses import dataclass

LEAST_JITTER, MOST_JITTER = 0.8, 1.2
"""The share of a wait that is waited at the least, and at the most."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that grow from one try to the next."""

    first: float
    """The first wait, in seconds."""
    longest: float
    """The longest wait, in seconds."""
    factor: float = 1.3
    """The growth of each further wait."""

    def delay(self, attempt: int, jitter: float) -> float:
        """Return the seconds to wait before attempt `attempt` (0 is the first).

        `jitter` is a random number from 0 up to 1, drawn by the caller: it spreads jobs apart.
        """
        # Bounded, as the power overflows for a job that failed for weeks.
        wait = min(self.longest, self.first * self.factor ** min(attempt, 64))
        return wait * (LEAST_JITTER + (MOST_JITTER - LEAST_JITTER) * jitter)
