"""Servers: the bot works where its owner has agreed to, and asks about all others."""

import asyncio
import json
import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

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
_QUESTIONS_FACT = "servers_questions"
"""The fact whose value is, as JSON, the message of each question by the id of its server."""
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
    _met: dict[int, SeenServer] = field(default_factory=dict[int, SeenServer])
    """The servers that were compared since the process began, and that the bot is in, by id."""
    _questions: dict[str, int] | None = None
    """The messages that ask about servers that nobody decided on, by the id of the server."""
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
            owned=await self._is_owned(seen),
            at=self.clock.now(),
        )
        self._met[seen.guild_id] = seen
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

    async def _is_owned(self, seen: SeenServer) -> bool:
        """Return whether the server is the owner's; where Discord leaves that out, as before."""
        if seen.owner_id is not None:
            return seen.owner_id in self.door.owners()
        before = await self.book.server(seen.guild_id)
        return before is not None and before.trusted

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
            self._wake_line()
        self._compared = True
        self._changed.set()

    async def forget(self, guild_id: int) -> None:
        """Record that the bot isn't in a server any more."""
        self._met.pop(guild_id, None)
        self._leaving.discard(guild_id)
        await self.book.mark_absent(guild_id)
        self._wake_line()

    def _wake_line(self) -> None:
        self.line.servers_changed = True
        self.wake_line()

    async def decide(self, guild_id: int, *, allow: bool, answered_in: int | None = None) -> str:
        """Record the owner's word on a server and return it as a sentence. Raises Refusal.

        `answered_in` is the message whose button was pressed: its own answer is written into it.
        """
        check_decidable(guild_id, allow=allow, listed=self.listed)
        questions = await self._open_questions()
        if answered_in is not None and questions.get(str(guild_id)) == answered_in:
            await self._note_questions(str(guild_id), message_id=None)
        decision = Decision.ALLOWED if allow else Decision.LEFT
        before = await self.book.server(guild_id)
        server = await self.book.decide(guild_id, decision, at=self.clock.now())
        log.info("the owner's word on server %d: %s", guild_id, decision)
        if not allow:
            self._leaving.add(guild_id)
            self._wake_line()
        else:
            self._leaving.discard(guild_id)
        self._changed.set()
        return outcome(server, before, runs=self._compared)

    async def run(self) -> None:
        """Leave what is to be left, and ask about what is open, for ever."""
        while True:
            try:
                waits = [await self._leave_due(), await self.ask_due()]
                await self.close_questions()
            except Exception:
                log.exception("servers can't be looked after")
                waits = [_LEAVE_AGAIN_SECONDS]
            with suppress(TimeoutError):
                wait = min((wait for wait in waits if wait is not None), default=None)
                async with asyncio.timeout(wait):
                    await self._changed.wait()
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
            seen = [self._met[guild_id] for guild_id in ids]
            message_id = await self.door.ask(seen, more=len(later))
            await self._note_questions(*map(str, ids), message_id=message_id)
        except Undeliverable as trouble:
            log.warning("the application's owner can't be asked: %s", trouble)
            await self.book.mark_asked(ids, at=None)
            return HOUR_MS / 1000
        return HOUR_MS / 1000 if later else None

    async def close_questions(self) -> None:
        """Write into questions what was decided elsewhere: by the command, or under an answer."""
        if not self._compared:
            return
        for name, message_id in list((await self._open_questions()).items()):
            server = await self.book.server(int(name))
            if server is None or server.is_open:
                continue
            said = f"{'✅' if server.is_served else '👋'} {outcome(server, server, runs=True)}"
            try:
                await self.door.close_question(message_id, server.guild_id, said)
            except Undeliverable as trouble:
                log.warning("the question about server %s can't be edited: %s", name, trouble)
            await self._note_questions(name, message_id=None)

    async def _open_questions(self) -> dict[str, int]:
        if self._questions is None:
            text = await self.store.fact(_QUESTIONS_FACT) or "{}"
            stored = cast("dict[str, int]", json.loads(text))
            # Another task may have read it meanwhile, and changed it since.
            self._questions = stored if self._questions is None else self._questions
        return self._questions

    async def _note_questions(self, *names: str, message_id: int | None) -> None:
        """Note the message that asks about servers; None: it asks about them no more."""
        questions = await self._open_questions()
        for name in names:
            questions.pop(name, None)
            if message_id is not None:
                questions[name] = message_id
        await self.store.remember_fact(_QUESTIONS_FACT, json.dumps(questions))


def check_decidable(guild_id: int, *, allow: bool, listed: Collection[int]) -> None:
    """Raise Refusal if the settings say otherwise."""
    if not allow and guild_id in listed:
        raise NotPossible(
            f"The setting `discord.servers` names {guild_id}: take it out there, restart the bot,"
            " and say it again."
        )


def outcome(server: Server, before: Server | None, *, runs: bool) -> str:
    """Return what a decision means, in sentences; `runs`: a connected bot carries it out.

    `before` is the server as it was before the decision; None if the bot had never met it.
    """
    if server.is_served:
        later = "" if server.present else " once the bot is added to it"
        said = f"{server.title} is served{later}."
    elif server.present:
        when = "now" if runs else "at its next connect"
        said = (
            f"{server.title} isn't served. The bot leaves it {when}, and again whenever somebody"
            " adds it."
        )
    else:
        said = f"{server.title} isn't served. The bot leaves it whenever somebody adds it."
    if before is None:
        return (
            f"{said} The bot has never met this server, so look whether the id is right:"
            " `python -m bot servers` lists those that it has met."
        )
    if before.trusted and not server.is_served:
        return (
            f"{said} It is one of your own: `python -m bot servers allow {server.guild_id}` takes"
            " that back, and then you add the bot again."
        )
    return said
