"""Faults of the gateway that a test asks for, and its limit on identifies."""

from collections import deque
from dataclasses import dataclass, field

from sandbox.discord.event_changes import Change, changed
from sandbox.discord.wire import as_object

DAY_SECONDS = 24 * 60 * 60.0


@dataclass(slots=True)
class GatewayFaults:
    """Faults that are armed now."""

    refusals: deque[int | None] = field(default_factory=deque[int | None])
    """One for each of the next connects: an HTTP status, or None to cut the connection."""
    deaf: bool = False
    """Heartbeats aren't acknowledged."""
    changes: deque[tuple[str, Change]] = field(default_factory=deque[tuple[str, Change]])
    """By their kinds, one change for each of the next events."""

    def changed(self, event: str, data: object) -> object:
        """Return what is sent of an event, after the change that is armed for it, if any."""
        for armed in self.changes:
            if armed[0] == event:
                self.changes.remove(armed)
                return changed(as_object(data), armed[1])
        return data


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
