"""How often the messages of a channel are edited to tell of progress."""

from dataclasses import dataclass, field

# Seconds between two edits of a channel that tell of progress, but for a few at once. Discord
# allows a channel about five edits in five seconds; the rest is for videos and endings.
PACE = 2.0
BURST = 2
# Beyond so many channels those are forgotten that may be edited anyway.
MANY = 1000


@dataclass(slots=True)
class ChannelPace:
    """`paid_off` is when a channel's edits so far would be, had each to wait for the one before.

    `held` is until when Discord takes nothing there.
    """

    paid_off: dict[int, float] = field(default_factory=dict[int, float])
    held: dict[int, float] = field(default_factory=dict[int, float])

    def hold(self, channel_id: int, until: float) -> None:
        """Note that Discord takes nothing there before then."""
        self.held[channel_id] = max(until, self.held.get(channel_id, until))

    def is_held(self, channel_id: int, now: float) -> bool:
        """Say whether there is no use in asking Discord at `now` (seconds)."""
        if self.held.get(channel_id, now) > now:
            return True
        self.held.pop(channel_id, None)
        return False

    def allows(self, channel_id: int, now: float, *, must: bool) -> bool:
        """Say whether an edit may be made at `now` (seconds); if so, or if it `must`, it counts."""
        paid_off = max(now, self.paid_off.get(channel_id, 0))
        if paid_off - now > BURST * PACE and not must:
            return False
        if len(self.paid_off) >= MANY:
            self.paid_off = {one: at for one, at in self.paid_off.items() if at > now}
        self.paid_off[channel_id] = paid_off + PACE
        return True
