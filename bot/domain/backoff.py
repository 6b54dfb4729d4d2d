"""When to look again: pure functions of how long it has been and how often it failed.

`jitter` is a random number from 0 up to 1, drawn by the caller; it spreads jobs apart.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds: the first wait, the growth of each further one, and the longest."""

    first: float
    longest: float
    factor: float = 1.3

    def delay(self, attempt: int, jitter: float) -> float:
        """Return the seconds to wait before attempt `attempt` (0 is the first)."""
        # The exponent is bounded so that a job that failed for weeks doesn't overflow.
        wait = min(self.longest, self.first * self.factor ** min(attempt, 64))
        return wait * (0.8 + 0.4 * jitter)
