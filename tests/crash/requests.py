"""What members asked for, and what they saw of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.discord import Invocation, Message
from sandbox.discord.forms import OptionValue
from sandbox.fal import FalRequest, Post
from tests.crash.expected_ends import Fate

MARK = re.compile(r"storm \d{5}")
_NUMBER = re.compile(r" · #(\d+)( · seed .*)?$")
_OFFER = "You asked for exactly this"


@dataclass(eq=False)
class Asked:
    """One request for a video. `mark` is in its prompt, and in those of its repetitions.

    It was `repeated` by sending it again, or `pressed` with *Make another*.
    """

    mark: str
    fate: Fate
    invocation: Invocation
    command: str
    options: Mapping[str, OptionValue] = field(default_factory=dict[str, OptionValue])
    repeated: bool = False
    pressed: bool = False
    canceled: bool = False
    """Whether the member had second thoughts."""

    @property
    def message(self) -> Message | None:
        """The status message, if the bot came to write one."""
        message = self.invocation.response_message
        return None if message is None or message.ephemeral or message.deleted else message

    @property
    def job_id(self) -> int | None:
        """What the status message says is the job's number."""
        found = _NUMBER.search(self.message.content) if self.message else None
        return int(found[1]) if found else None

    @property
    def offer(self) -> Message | None:
        """What was answered to the same request again: it has the button *Make another*."""
        invocation = self.invocation
        last = invocation.followups[-1] if invocation.followups else invocation.response_message
        if last is None or last.deleted or not last.ephemeral:
            return None
        return last if last.content.startswith(_OFFER) else None

    @property
    def accepted(self) -> bool:
        return self.job_id is not None

    @property
    def under_way(self) -> bool:
        """Whether it takes a place in line or at fal."""
        return self.accepted and self.message is not None and self.message.content[0] in "⏳🎬⏸"


def mark_of(request: FalRequest | Post) -> str:
    """Return which of the members' requests this is."""
    found = MARK.search(str(request.arguments.get("prompt")))
    return found[0] if found else ""
