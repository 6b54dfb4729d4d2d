"""Ports of servers: the rows about them, and Discord's side of joining and leaving."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.moderation.servers import Decision, Server, title_of


@dataclass(frozen=True, slots=True)
class SeenServer:
    """A server as Discord describes it now."""

    guild_id: int
    """Its Discord id."""
    name: str
    """Its name."""
    owner_id: int | None
    """The account that owns it; None: Discord didn't say."""
    owner_name: str | None = None
    """That account's name; None: Discord didn't say."""
    members: int | None = None
    """The number of its members; None: Discord didn't say."""

    @property
    def title(self) -> str:
        """The name as literal text, cut, with the id."""
        return title_of(self.guild_id, self.name)


class ServerBook(Protocol):
    """Rows of servers. Each method is one transaction."""

    async def server(self, guild_id: int) -> Server | None:
        """Return a server; None if the bot has never met it."""
        ...

    async def servers(self) -> Sequence[Server]:
        """Return all servers, in the order in which the bot met them."""
        ...

    async def open_in_left(self) -> Sequence[int]:
        """Return the ids of unfinished jobs of servers that the bot isn't in, or is to leave."""
        ...

    async def meet(self, seen: SeenServer, *, listed: bool, owned: bool, at: int) -> Server:
        """Record a server that the bot is in, and whether it is served without asking.

        Where the settings name it (`listed`), an earlier decision to leave it is dropped.
        """
        ...

    async def mark_absent(self, guild_id: int) -> None:
        """Record that the bot isn't in a server any more."""
        ...

    async def decide(self, guild_id: int, decision: Decision, *, at: int) -> Server:
        """Record the owner's decision, also about a server that the bot has never met."""
        ...

    async def mark_asked(self, guild_ids: Collection[int], *, at: int | None) -> None:
        """Record when the owner was asked about servers; None: they weren't after all."""
        ...


class ServerDoor(Protocol):
    """Discord's side of servers. The methods that send raise Undeliverable."""

    def owners(self) -> Collection[int]:
        """Return the accounts whose servers are the owner's own: owner, or members of the team."""
        ...

    async def leave(self, guild_id: int) -> None:
        """Leave a server, if the bot is in it."""
        ...

    async def ask(self, servers: Sequence[SeenServer], *, more: int) -> int:
        """Ask the owner about servers in one direct message; `more` others follow later.

        Return the message's id.
        """
        ...

    async def close_question(self, message_id: int, guild_id: int, outcome: str) -> None:
        """Write into a question what was decided on a server elsewhere, and take its buttons.

        A question without buttons for the server is answered already.
        """
        ...
