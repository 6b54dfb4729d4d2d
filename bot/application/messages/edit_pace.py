"""The pace of edits: how often the messages of a channel are edited to show progress."""

from dataclasses import dataclass, field

# Discord allows a channel about five edits in five seconds. Edits that show progress take less, so
# that videos and endings never wait for them.
SECONDS_PER_EDIT = 2.0
# Edits that needn't wait for the ones before.
BURST = 2
# Beyond so many channels, those are forgotten that may be edited at once anyway.
MOST_CHANNELS = 1000


@dataclass(slots=True)
class ChannelPace:
    """The pace of each channel. Times are seconds of the caller's clock."""

    scheduled_until: dict[int, float] = field(default_factory=dict[int, float])
    """The end of each channel's edits so far, had each waited for the one before."""
    suspended_until: dict[int, float] = field(default_factory=dict[int, float])
    """The time until which Discord refuses edits in a channel."""

    def suspend(self, channel_id: int, until: float) -> None:
        """Record that Discord refuses edits in the channel until the time `until`."""
        self.suspended_until[channel_id] = max(until, self.suspended_until.get(channel_id, until))

    def is_suspended(self, channel_id: int, now: float) -> bool:
        """Return whether Discord would refuse an edit at the time `now`."""
        if self.suspended_until.get(channel_id, now) > now:
            return True
        self.suspended_until.pop(channel_id, None)
        return False

    def allows(self, channel_id: int, now: float, *, must: bool) -> bool:
        """Return whether an edit may be made at `now`; if so, or if it `must`, it counts."""
        scheduled_until = max(now, self.scheduled_until.get(channel_id, 0))
        if scheduled_until - now > BURST * SECONDS_PER_EDIT and not must:
            return False
        if len(self.scheduled_until) >= MOST_CHANNELS:
            self.scheduled_until = {
                channel: at for channel, at in self.scheduled_until.items() if at > now
            }
        self.scheduled_until[channel_id] = scheduled_until + SECONDS_PER_EDIT
        return True
