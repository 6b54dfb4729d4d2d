"""Makes sure that one process a token pays: whoever finds another one stands aside."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.application.line.line_state import LineState
from bot.application.line.owner_messages import OwnerMessages

log = logging.getLogger(__name__)

ALONE_AFTER = 3
"""The acknowledgements in a row that Discord takes only from a process that is alone."""
_TOPIC = "another process"
_BEGUN = (
    "Another process runs with this bot's token and answers members. The copy on {copy} stands"
    " aside: it sends nothing to fal, or each video would be paid twice. Stop one of the two (an"
    " old container, a copy on another machine), by `python -m bot drain` there, so that what it"
    " has at fal is delivered; or make a new token at"
    " https://discord.com/developers/applications, page Bot, and give it to the one that stays."
)
_OVER = "No other process answers with this bot's token any more: the copy on {copy} goes on."


@dataclass(slots=True, kw_only=True)
class SoleProcess:
    """Tells from Discord's answers whether another process runs with the same token."""

    line: LineState
    """Sends nothing while this process stands aside."""
    messages: OwnerMessages
    """Tell the owner."""
    copy: str
    """This machine's name and the database's path, as the owner reads them."""
    wake: Callable[[], None]
    """Makes the dispatcher look at the line."""
    _taken: int = 0
    """The acknowledgements in a row that Discord took; at most `ALONE_AFTER`."""

    @property
    def is_aside(self) -> bool:
        """True while another process may answer: then nothing may be started that costs."""
        return self.line.is_aside

    async def other_answered(self) -> None:
        """Stand aside: another process has answered what this one was asked, too."""
        self.line.is_aside = True
        self._taken = 0
        self.wake()
        try:
            await self.messages.begin(_TOPIC, _BEGUN.format(copy=self.copy))
        except Exception:
            log.exception("the owner can't be told of another process")

    async def answer_taken(self) -> None:
        """Go on, if Discord has taken this process's acknowledgements for long enough."""
        if self._taken == ALONE_AFTER:
            return
        self._taken += 1
        if self._taken < ALONE_AFTER:
            return
        self.line.is_aside = False
        self.wake()
        try:
            # Without effect unless this process, or one before it, stood aside.
            await self.messages.end(_TOPIC, _OVER.format(copy=self.copy))
        except Exception:
            log.exception("the owner can't be told that the other process is gone")
