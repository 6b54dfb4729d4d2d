"""Servers: the bot works where its owner has agreed to, and asks about all others."""

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field

from bot.application.line.line_state import LineState
from bot.domain.calendar import HOUR_MS
from bot.domain.moderation.servers import Decision, NotServed, Server
from bot.domain.refusal import NotPossible
from bot.ports import Clock, JobStore, Undeliverable
from bot.ports.servers import SeenServer, ServerBook, ServerDoor

log = logging.getLogger(__name__)

MOST_ASKED = 5
"""The most servers in one message: Discord takes five rows of buttons."""
_ASKED_FACT = "servers_asked_at"
_LEAVE_AGAIN_SECONDS = 60.0


@dataclass(slots=True, kw_only=True)
class ServeServers:
    """Decides which servers are served, and asks the owner about those that nobody decided on."""

    book: ServerBook
    """The rows of servers."""
    door: ServerDoor
    """Leaves servers, and asks the owner."""
    store: JobStore
    """Remembers the time of the last question."""
    clock: Clock
    """The time of decisions and questions."""
    listed: Collection[int]
    """The servers that the settings name."""
    asks: bool
    """False: the owner gets no direct messages, and reads the log."""
    line: LineState
    """Is told when all servers were compared."""
    wake_line: Callable[[], None]
    """Has what waits for a server that was left given back."""
    _met: set[int] = field(default_factory=set[int])
    """The servers that were compared since the process began, and that the bot is in."""
    _logged: set[int] = field(default_factory=set[int])
    """The servers that nobody has agreed to and that the log has named."""
    _leaving: set[int] = field(default_factory=set[int])
    """The servers that are to be left."""
    _compared: bool = False
    """All servers were compared once, so that the first question has all of them."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Wakes `run`."""

    def has_met(self, guild_id: int) -> bool:
        """Return whether a server was compared since the process began."""
        return guild_id in self._met

    async def check(self, guild_id: int) -> None:
        """Raise NotServed unless the owner has agreed to the server."""
        server = await self.book.server(guild_id)
        if server is None or not server.is_served:
            raise NotServed(guild_id)

    async def meet(self, seen: SeenServer) -> None:
        """Compare a server that the bot is in with what the owner has agreed to."""
        server = await self.book.meet(
            seen,
            listed=seen.guild_id in self.listed,
            owned=seen.owner_id is not None and seen.owner_id in self.door.owners(),
            at=self.clock.now(),
        )
        self._met.add(seen.guild_id)
        if server.is_served:
            self._logged.discard(seen.guild_id)
            return
        if server.decision is Decision.LEFT:
            self._leaving.add(seen.guild_id)
        elif seen.guild_id not in self._logged:
            self._logged.add(seen.guild_id)
            log.warning(
                "nobody has agreed to server %d: `python -m bot servers allow %d`, or leave",
                seen.guild_id,
                seen.guild_id,
            )
        if self._compared:
            self._changed.set()

    async def compare(self, seen: Collection[SeenServer], *, present: Collection[int]) -> None:
        """Compare all servers that the bot is in; those not in `present` it isn't in any more."""
        try:
            for server in seen:
                await self.meet(server)
            for server in await self.book.servers():
                if server.present and server.guild_id not in present:
                    await self.forget(server.guild_id)
        finally:
            # Trouble with a row must not hold the line until the next connect.
            self.line.servers_compared.set()
            self.wake_line()
        self._compared = True
        self._changed.set()

    async def forget(self, guild_id: int) -> None:
        """Record that the bot isn't in a server any more."""
        self._met.discard(guild_id)
        self._leaving.discard(guild_id)
        await self.book.mark_absent(guild_id)
        self.wake_line()

    async def decide(self, guild_id: int, *, allow: bool) -> str:
        """Record the owner's word on a server and return it as a sentence. Raises Refusal."""
        check_decidable(guild_id, allow=allow, listed=self.listed)
        decision = Decision.ALLOWED if allow else Decision.LEFT
        server = await self.book.decide(guild_id, decision, at=self.clock.now())
        log.info("the owner's word on server %d: %s", guild_id, decision)
        if not allow:
            self._leaving.add(guild_id)
            self.wake_line()
        else:
            self._leaving.discard(guild_id)
        self._changed.set()
        return outcome(server, runs=self._compared)

    async def run(self) -> None:
        """Leave what is to be left, and ask about what is open, for ever."""
        while True:
            try:
                waits = [await self._leave_due(), await self.ask_due()]
            except Exception:
                log.exception("servers can't be looked after")
                waits = [_LEAVE_AGAIN_SECONDS]
            with suppress(TimeoutError):
                wait = min((wait for wait in waits if wait is not None), default=None)
                await asyncio.wait_for(self._changed.wait(), wait)
            self._changed.clear()

    async def _leave_due(self) -> float | None:
        """Leave the servers that are to be left; return the seconds until the next try."""
        for guild_id in sorted(self._leaving):
            try:
                await self.door.leave(guild_id)
            except Undeliverable as trouble:
                log.warning("server %d can't be left now: %s", guild_id, trouble)
                continue
            log.info("left server %d", guild_id)
            self._leaving.discard(guild_id)
        return _LEAVE_AGAIN_SECONDS if self._leaving else None

    async def ask_due(self) -> float | None:
        """Ask the owner about open servers, at most once an hour.

        Return the seconds until the next question; None if nothing is left to ask.
        """
        if not (self.asks and self._compared):
            return None
        servers = await self.book.servers()
        waiting = [
            server
            for server in servers
            if server.is_open and server.asked_at is None and server.guild_id in self._met
        ]
        if not waiting:
            return None
        now = self.clock.now()
        since = now - int(await self.store.fact(_ASKED_FACT) or now - HOUR_MS)
        # A clock that was set back may have asked in what is the future now.
        if 0 <= since < HOUR_MS:
            return (HOUR_MS - since) / 1000
        asked, later = waiting[:MOST_ASKED], waiting[MOST_ASKED:]
        ids = [server.guild_id for server in asked]
        # Recorded first: a second message would be worse than none, as the log has it, too.
        await self.store.remember_fact(_ASKED_FACT, str(now))
        await self.book.mark_asked(ids, at=now)
        try:
            await self.door.ask(asked, more=len(later))
        except Undeliverable as trouble:
            log.warning("the application's owner can't be asked: %s", trouble)
            await self.book.mark_asked(ids, at=None)
            return HOUR_MS / 1000
        return HOUR_MS / 1000 if later else None


def check_decidable(guild_id: int, *, allow: bool, listed: Collection[int]) -> None:
    """Raise Refusal if the settings say otherwise."""
    if not allow and guild_id in listed:
        raise NotPossible(
            f"The setting `discord.servers` names {guild_id}: take it out there, restart the bot,"
            " and say it again."
        )


def outcome(server: Server, *, runs: bool) -> str:
    """Return what a decision means, as a sentence; `runs`: a connected bot carries it out."""
    if server.is_served:
        later = "" if server.present else " once the bot is added to it"
        return f"{server.title} is served{later}."
    when = "now" if runs else "at its next connect"
    return (
        f"{server.title} isn't served, and the bot leaves it {when}, as often as it is added."
        if server.present
        else f"{server.title} isn't served, and the bot leaves it again if it is added."
    )
