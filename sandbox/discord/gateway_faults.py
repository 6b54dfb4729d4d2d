"""What goes wrong at the gateway when a test asks for it, and its limits."""

from collections import deque
from dataclasses import dataclass, field

DAY_SECONDS = 24 * 60 * 60.0


@dataclass(slots=True)
class GatewayFaults:
    """`refusals` are met by the next connects, first one first: an HTTP status, or None for a
    connection that is cut without an answer. `deaf`: heartbeats aren't acknowledged.
    """

    refusals: deque[int | None] = field(default_factory=deque[int | None])
    deaf: bool = False


@dataclass(slots=True)
class IdentifyLimit:
    """One IDENTIFY in five seconds, and a thousand a day.

    See https://docs.discord.com/developers/events/gateway#rate-limiting.
    """

    enabled: bool = True
    per_day: int = 1000
    seconds_apart: float = 5.0
    times: list[float] = field(default_factory=list[float])

    def take(self, now: float) -> bool:
        """Count an identify; whether it comes too soon after the last one."""
        self.times = [time for time in self.times if now - time < DAY_SECONDS]
        too_soon = self.enabled and bool(self.times) and now - self.times[-1] < self.seconds_apart
        self.times.append(now)
        return too_soon

    @property
    def exhausted(self) -> bool:
        return self.enabled and len(self.times) > self.per_day

    def reset_after(self, now: float) -> float:
        """Seconds until another identify is allowed that today's number doesn't."""
        return max(0.0, self.times[0] + DAY_SECONDS - now) if self.times else 0.0

    @property
    def remaining(self) -> int:
        return max(0, self.per_day - len(self.times))
