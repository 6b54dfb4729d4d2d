"""Faults of the gateway that a test asks for, and its limit on identifies."""

from collections import deque
from dataclasses import dataclass, field

DAY_SECONDS = 24 * 60 * 60.0


@dataclass(slots=True)
class GatewayFaults:
    """Faults that are armed now."""

    refusals: deque[int | None] = field(default_factory=deque[int | None])
    """One for each of the next connects: an HTTP status, or None to cut the connection."""
    deaf: bool = False
    """Heartbeats aren't acknowledged."""


@dataclass(slots=True)
class IdentifyLimit:
    """One IDENTIFY in five seconds, and a thousand a day.

    See https://docs.discord.com/developers/events/gateway#rate-limiting.
    """

    enabled: bool = True
    per_day: int = 1000
    """After one more, Discord resets the bot's token."""
    seconds_apart: float = 5.0
    """Least time between two."""
    times: list[float] = field(default_factory=list[float])
    """Identifies of the last 24 hours, in seconds since 1970."""

    def take(self, now: float) -> bool:
        """Count an identify; return whether it comes too soon after the last one."""
        self.times = [time for time in self.times if now - time < DAY_SECONDS]
        too_soon = self.enabled and bool(self.times) and now - self.times[-1] < self.seconds_apart
        self.times.append(now)
        return too_soon

    @property
    def exhausted(self) -> bool:
        return self.enabled and len(self.times) > self.per_day

    def reset_after(self, now: float) -> float:
        """Return the seconds until the oldest identify of the day no longer counts."""
        return max(0.0, self.times[0] + DAY_SECONDS - now) if self.times else 0.0

    @property
    def remaining(self) -> int:
        return max(0, self.per_day - len(self.times))
