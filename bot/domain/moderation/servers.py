"""Servers that the bot is in, and the word of its owner on each."""

from dataclasses import dataclass
from enum import StrEnum

from typing_extensions import override

from bot.domain.refusal import Refusal
from bot.domain.text import literal, one_line

_LONGEST_NAME = 60


class Decision(StrEnum):
    """The word of the bot's owner on a server."""

    ALLOWED = "allowed"
    """The bot works there."""
    LEFT = "left"
    """The bot leaves it, and again whenever it is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that the bot is in or was in."""

    guild_id: int
    """Its Discord id."""
    name: str
    """Its name, as it was when it was last compared; whoever owns it wrote that."""
    decision: Decision | None
    """The word of the bot's owner; None: nothing was said."""
    decided_at: int | None
    """The time of the decision, in Unix milliseconds."""
    trusted: bool
    """True if it is the owner's own or named in the settings, when it was last compared."""
    present: bool
    """True if the bot was in it when it was last compared."""
    first_seen_at: int
    """The time at which the bot first met it, in Unix milliseconds."""
    asked_at: int | None
    """The time at which the owner was asked about it, in Unix milliseconds; None: not yet."""

    @property
    def is_served(self) -> bool:
        """True if members may use the bot there."""
        return self.trusted or self.decision is Decision.ALLOWED

    @property
    def is_open(self) -> bool:
        """True if the owner hasn't decided, and has to."""
        return not self.is_served and self.decision is None

    @property
    def title(self) -> str:
        """The name as literal text, cut, with the id."""
        return title_of(self.guild_id, self.name)


class NotServed(Refusal):
    """A refusal because the bot's owner hasn't agreed to the server.

    With `asks_owner`, it is the owner who reads it, and is asked for the decision.
    """

    def __init__(self, guild_id: int = 0, *, asks_owner: bool = False):
        super().__init__(
            "You haven't agreed yet that I work in this server, so nothing was made and nothing was"
            " charged; shall I?"
            if asks_owner
            else "The bot's owner hasn't agreed yet that I work in this server, so nothing was made"
            " and nothing was charged; please try again once they have."
        )
        self.guild_id = guild_id
        self.asks_owner = asks_owner

    @property
    @override
    def text(self) -> str:
        return self.sentence


def title_of(guild_id: int, name: str) -> str:
    """Return a server's name as literal text, cut, with its id; without a name only the id."""
    cleaned = one_line(name)
    return f"{literal(cleaned, _LONGEST_NAME)} ({guild_id})" if cleaned else str(guild_id)


def is_trusted(decision: Decision | None, *, listed: bool, owned: bool) -> bool:
    """Return whether a server is served without asking.

    The settings count for more than a decision to leave; the owner's own server doesn't, as it was
    the owner who decided.
    """
    return listed or (owned and decision is not Decision.LEFT)
