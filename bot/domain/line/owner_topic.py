"""A topic that the owner is told about: its beginning, its end, and how often it came back."""

from dataclasses import dataclass, replace

QUIET_MS = 3_600_000
"""The least time between two messages about a trouble that comes and goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerTopic:
    """One trouble, however often it comes. Times are Unix milliseconds.

    A beginning after a quiet hour is told at once, and so is its end. What comes back within the
    hour is told as a repetition, with how often; at most one message an hour is about repetitions.
    """

    text: str
    """The words of its latest beginning."""
    detail: str = ""
    """A sentence of figures for the message about a repetition; it alone is no news."""
    end: str = ""
    """The words of its latest end."""
    is_open: bool = False
    """True while the trouble goes on."""
    untold: int = 0
    """The number of beginnings since the latest message."""
    changed: bool = False
    """True if a trouble that goes on has got other words since the latest message."""
    repeats: bool = False
    """True if its latest beginning came within an hour of a message about an earlier one."""
    owes_end: bool = False
    """True if the owner was told of a beginning and not of its end yet."""
    told_at: int | None = None
    """The time of the latest message about a beginning; None: there was none."""
    repeated_at: int | None = None
    """The time of the latest message about a repetition or other words; None: there was none."""

    def begun(self, text: str, detail: str, at: int) -> "OwnerTopic":
        """Return the topic after a beginning; while it goes on, only other words are news."""
        if self.is_open:
            changed = self.changed or text != self.text
            return replace(self, text=text, detail=detail, changed=changed)
        repeats = (
            self.repeats if self.untold else self.owes_end or _hour_after(self.told_at, at) > at
        )
        return replace(
            self, text=text, detail=detail, is_open=True, untold=self.untold + 1, repeats=repeats
        )

    def ended(self, text: str) -> "OwnerTopic":
        """Return the topic after its end."""
        return replace(self, is_open=False, changed=False, end=text) if self.is_open else self

    def due(self, at: int) -> int | None:
        """Return the time of the next message; None if there is nothing to tell."""
        if not (self.untold or self.changed) and (self.is_open or not self.owes_end):
            return None
        if self.repeats or self.changed:
            return _hour_after(self.repeated_at, at)
        return at

    def is_forgettable(self, at: int) -> bool:
        """Return whether the topic is over, told, and so long ago that it may begin anew."""
        return not self.is_open and self.due(at) is None and _hour_after(self.told_at, at) <= at

    def message(self) -> str:
        """Return the words of the message that is due."""
        if self._is_end_due():
            return f"✅ {self.end}"
        if not self.untold or not self.repeats:
            return f"⚠️ {self.text}"
        times = "once more" if self.untold == 1 else f"{self.untold} times more"
        parts = [f"⚠️ {self.text}", f"It came {times} since my last message about it.", self.detail]
        parts += [] if self.is_open else ["For the moment it is over."]
        return " ".join(part for part in parts if part)

    def told(self, at: int) -> "OwnerTopic":
        """Return the topic after the message that was due."""
        if self._is_end_due():
            return replace(self, owes_end=False)
        return replace(
            self,
            told_at=at,
            repeated_at=at if self.repeats or self.changed else self.repeated_at,
            untold=0,
            changed=False,
            owes_end=self.is_open or not self.repeats,
        )

    def _is_end_due(self) -> bool:
        return not self.untold and not self.changed


def _hour_after(told_at: int | None, at: int) -> int:
    """Return the end of the hour after a message, or `at`; a future message is a clock set back."""
    return at if told_at is None or told_at > at else told_at + QUIET_MS
