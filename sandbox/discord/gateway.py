"""The gateway: what happens is told over a WebSocket, in order, and again after a RESUME.

See https://docs.discord.com/developers/events/gateway.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, cast

from aiohttp import WSMsgType, web

from sandbox.discord.payloads import guild_payload, own_user_payload
from sandbox.discord.wire import as_integer, as_object, as_text, decode, encode

if TYPE_CHECKING:
    from sandbox.discord.clock import Changes
    from sandbox.discord.wire import Json
    from sandbox.discord.world import World

HEARTBEAT_MILLISECONDS = 41_250
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE_UPDATE = 3
    VOICE_STATE_UPDATE = 4
    RESUME = 6
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class _Closed(Exception):
    """The client broke a rule and is sent away with a close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True, eq=False)
class _Connection:
    """One socket; frames are written in order by a task of their own."""

    socket: web.WebSocketResponse
    frames: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    session: Session | None = None
    dropped: bool = False

    def send(self, op: Op, data: object) -> None:
        self.frames.put_nowait(encode({"op": op, "d": data, "s": None, "t": None}))

    async def write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self.socket.send_str(await self.frames.get())


@dataclass(slots=True, eq=False)
class Session:
    """What a bot identified as; outlives its socket, so that it can be resumed."""

    id: str
    intents: int
    sent: list[str] = field(default_factory=list, repr=False)
    connection: _Connection | None = None

    def dispatch(self, event: str, data: Json) -> None:
        frame = encode({"op": Op.DISPATCH, "d": data, "s": len(self.sent) + 1, "t": event})
        self.sent.append(frame)
        if self.connection is not None:
            self.connection.frames.put_nowait(frame)


class Gateway:
    """All sessions of the one bot. `received` are the ops it sent, in order."""

    def __init__(self, world: World, token: str, changes: Changes, violations: list[str]) -> None:
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.received: list[Op] = []
        self.allowed_intents = ~PRIVILEGED
        self._world = world
        self._token = token
        self._changes = changes
        self._violations = violations
        self._connections: set[_Connection] = set()

    @property
    def online(self) -> bool:
        return any(session.connection for session in self.sessions.values())

    def dispatch(self, event: str, data: Json, *, intent: int | None = None) -> None:
        """Tell every session about an event, if its intents ask for it."""
        for session in self.sessions.values():
            if intent is None or session.intents & intent:
                session.dispatch(event, data)
        self._changes.notify()

    async def drop(self, *, code: int = 4000) -> None:
        """Close all sockets. The sessions stay and can be resumed."""
        for connection in tuple(self._connections):
            connection.dropped = True
            await connection.socket.close(code=code)

    def forget_sessions(self) -> None:
        """Make the next RESUME fail with Invalid Session."""
        self.sessions.clear()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(timeout=2.0, max_msg_size=4096)
        await socket.prepare(request)
        connection = _Connection(socket)
        self._connections.add(connection)
        connection.send(Op.HELLO, {"heartbeat_interval": HEARTBEAT_MILLISECONDS, "_trace": []})
        writer = asyncio.create_task(connection.write(), name="gateway writer")
        try:
            await self._read(connection)
        except _Closed as closed:
            await socket.close(code=closed.code, message=closed.reason.encode())
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self._connections.discard(connection)
            self._detach(connection)
        return socket

    async def _read(self, connection: _Connection) -> None:
        async for frame in connection.socket:
            if frame.type is not WSMsgType.TEXT:
                break
            try:
                payload = as_object(decode(cast("str", frame.data)))
                op = Op(as_integer(payload.get("op"), -1))
            except ValueError as error:
                self._violations.append(f"gateway: unknown op or no JSON: {error}")
                raise _Closed(4001, "Unknown opcode.") from error
            self.received.append(op)
            self._receive(connection, op, payload.get("d"))
            self._changes.notify()

    def _receive(self, connection: _Connection, op: Op, data: object) -> None:
        match op:
            case Op.HEARTBEAT:
                connection.send(Op.HEARTBEAT_ACK, None)
            case Op.IDENTIFY:
                self._identify(connection, as_object(data))
            case Op.RESUME:
                self._resume(connection, as_object(data))
            case Op.PRESENCE_UPDATE | Op.VOICE_STATE_UPDATE if connection.session is not None:
                pass
            case _:
                raise _Closed(4003, "Not authenticated.")

    def _identify(self, connection: _Connection, data: Json) -> None:
        if connection.session is not None:
            raise _Closed(4005, "Already authenticated.")
        if as_text(data.get("token")) != self._token:
            raise _Closed(4004, "Authentication failed.")
        intents = as_integer(data.get("intents"))
        if intents & ~self.allowed_intents:
            raise _Closed(4014, "Disallowed intent(s).")
        # Whoever identifies anew has given up the session it lost.
        self.sessions = {key: old for key, old in self.sessions.items() if old.connection}
        session = Session(secrets.token_hex(16), intents, connection=connection)
        connection.session = self.sessions[session.id] = session
        session.dispatch("READY", self._ready(session, data))
        session.dispatch("GUILD_CREATE", guild_payload(self._world))

    def _ready(self, session: Session, identify: Json) -> Json:
        ready: Json = {
            "v": 10,
            "user": own_user_payload(self._world),
            "guilds": [{"id": str(self._world.guild.id), "unavailable": True}],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "session_type": "normal",
            "application": {"id": str(self._world.application_id), "flags": 0},
            "private_channels": [],
            "user_settings": {},
            "relationships": [],
            "presences": [],
            "_trace": [],
        }
        if "shard" in identify:
            ready["shard"] = identify["shard"]
        return ready

    def _resume(self, connection: _Connection, data: Json) -> None:
        if as_text(data.get("token")) != self._token:
            raise _Closed(4004, "Authentication failed.")
        session = self.sessions.get(as_text(data.get("session_id")))
        sequence = as_integer(data.get("seq"), -1)
        if session is None or not 0 <= sequence <= len(session.sent):
            connection.send(Op.INVALID_SESSION, data=False)
            return
        connection.session, session.connection = session, connection
        for frame in session.sent[sequence:]:
            connection.frames.put_nowait(frame)
        session.dispatch("RESUMED", {"_trace": []})

    def _detach(self, connection: _Connection) -> None:
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection = None
            # Closing with 1000 or 1001 ends a session; see
            # https://docs.discord.com/developers/events/gateway#disconnecting. Asked to leave,
            # aiohttp's client echoes 1000 whatever code it was given.
            if connection.socket.close_code in (1000, 1001) and not connection.dropped:
                self.sessions.pop(session.id, None)
        self._changes.notify()
