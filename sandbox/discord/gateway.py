"""The gateway: events go over a WebSocket, in order, and again after a RESUME.

See https://docs.discord.com/developers/events/gateway.
"""

import asyncio
import secrets
import zlib
from typing import cast

from aiohttp import WSMsgType, web

from sandbox.discord.clock import Changes, Clock
from sandbox.discord.content import MESSAGE_CONTENT
from sandbox.discord.gateway_faults import GatewayFaults, IdentifyLimit
from sandbox.discord.payloads import application_flags, own_user_payload
from sandbox.discord.sessions import (
    KNOWN_INTENTS,
    PRIVILEGED,
    Connection,
    GatewayClosed,
    Op,
    Session,
)
from sandbox.discord.visibility import seen_guild_payload
from sandbox.discord.wire import Json, as_integer, as_object, as_text, decode
from sandbox.discord.world import World

HEARTBEAT_SECONDS = 41.25
MOST_SENDS, SENDS_SECONDS = 120, 60.0
LONGEST_PAYLOAD = 4096


class Gateway:
    """All sessions of the one bot.

    `received` are the ops that the bot sent, `presences` the presences that it set when it
    identified and since, both in order.
    """

    def __init__(
        self, clock: Clock, world: World, token: str, changes: Changes, violations: list[str]
    ) -> None:
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.received: list[Op] = []
        self.presences: list[Json] = []
        self.heartbeat_seconds = HEARTBEAT_SECONDS
        self.faults = GatewayFaults()
        self.identify_limit = IdentifyLimit()
        self._clock = clock
        self._world = world
        self._token = token
        self._changes = changes
        self._violations = violations
        self._connections: set[Connection] = set()

    @property
    def online(self) -> bool:
        return any(session.connection for session in self.sessions.values())

    def dispatch(
        self,
        event: str,
        data: Json,
        *,
        intent: int | None = None,
        guild_id: int | None = None,
        blanked: Json | None = None,
    ) -> None:
        """Send an event to every session whose intents ask for it.

        Nothing is sent of a server (`guild_id`) that the bot isn't in. `blanked` is for sessions
        without the MESSAGE_CONTENT intent.
        """
        if guild_id is not None and not self._world.guilds[guild_id].bot_joined:
            return
        for session in self.sessions.values():
            if intent is None or session.intents & intent:
                whole = blanked is None or session.intents & MESSAGE_CONTENT
                self._send(session, event, data if whole else blanked or {})
        self._changes.notify()

    async def drop(self, *, code: int = 4000) -> None:
        """Close all sockets. The sessions stay and can be resumed."""
        for connection in tuple(self._connections):
            connection.dropped = True
            await connection.socket.close(code=code)

    def forget_sessions(self) -> None:
        """Make the next RESUME fail with Invalid Session."""
        self.sessions.clear()

    def send_everyone(self, op: Op, data: object) -> None:
        for connection in self._connections:
            connection.send(op, data)

    def send_event(self, event: str, data: object) -> None:
        """Send any event, whether Discord would or not."""
        for session in self.sessions.values():
            session.dispatch(event, data)

    def send_raw(self, frame: str | bytes) -> None:
        """Send a frame that may be no payload at all; bytes are sent uncompressed."""
        for connection in self._connections:
            connection.frames.put_nowait(frame)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if self.faults.refusals:
            return self._refuse(request, self.faults.refusals.popleft())
        socket = web.WebSocketResponse(timeout=2.0, max_msg_size=0)
        await socket.prepare(request)
        compressed = request.query.get("compress") == "zlib-stream"
        connection = Connection(socket, zlib.compressobj() if compressed else None)
        self._connections.add(connection)
        interval = int(self.heartbeat_seconds * 1000)
        connection.send(Op.HELLO, {"heartbeat_interval": interval, "_trace": []})
        writer = asyncio.create_task(connection.write(), name="gateway writer")
        try:
            await self._read(connection)
        except GatewayClosed as closed:
            await socket.close(code=closed.code, message=closed.reason.encode())
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self._connections.discard(connection)
            self._detach(connection)
        return socket

    def _refuse(self, request: web.Request, status: int | None) -> web.Response:
        self._changes.notify()
        if status is None and request.transport is not None:
            request.transport.abort()
        return web.Response(status=status or 503)

    async def _read(self, connection: Connection) -> None:
        async for frame in connection.socket:
            if frame.type is not WSMsgType.TEXT:
                break
            self._count(connection)
            payload = self._decoded(cast("str", frame.data))
            try:
                op = Op(as_integer(payload.get("op"), -1))
            except ValueError as error:
                self._violations.append(f"gateway: unknown op: {error}")
                raise GatewayClosed(4001, "Unknown opcode.") from error
            self.received.append(op)
            self._receive(connection, op, payload.get("d"))
            self._changes.notify()

    def _decoded(self, text: str) -> Json:
        wrong = f"over {LONGEST_PAYLOAD} bytes"
        if len(text.encode()) <= LONGEST_PAYLOAD:
            try:
                return as_object(decode(text))
            except ValueError as error:
                wrong = str(error)
        self._violations.append(f"gateway: no payload: {wrong}")
        raise GatewayClosed(4002, "Error while decoding payload.")

    def _count(self, connection: Connection) -> None:
        """Close a connection that sends more than 120 payloads a minute."""
        now = self._clock.now()
        recent = [time for time in connection.received_at if now - time < SENDS_SECONDS]
        connection.received_at = [*recent, now]
        if len(connection.received_at) > MOST_SENDS:
            raise GatewayClosed(4008, "You are being rate limited.")

    def _receive(self, connection: Connection, op: Op, data: object) -> None:
        match op:
            case Op.HEARTBEAT:
                if not self.faults.deaf:
                    connection.send(Op.HEARTBEAT_ACK, None)
            case Op.IDENTIFY:
                self._identify(connection, as_object(data))
            case Op.RESUME:
                self._resume(connection, as_object(data))
            case Op.PRESENCE_UPDATE if connection.session is not None:
                self.presences.append(as_object(data))
            case Op.VOICE_STATE_UPDATE if connection.session is not None:
                pass
            case _:
                raise GatewayClosed(4003, "Not authenticated.")

    def _identify(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise GatewayClosed(4005, "Already authenticated.")
        if as_text(data.get("token")) != self._token:
            raise GatewayClosed(4004, "Authentication failed.")
        intents = as_integer(data.get("intents"), -1)
        if intents & ~KNOWN_INTENTS:
            raise GatewayClosed(4013, "Invalid intent(s).")
        if intents & PRIVILEGED & ~self._world.privileged_intents:
            raise GatewayClosed(4014, "Disallowed intent(s).")
        too_soon = self.identify_limit.take(self._clock.now())
        if self.identify_limit.exhausted:
            self._violations.append("gateway: the token was reset after 1000 identifies in a day")
            raise GatewayClosed(4004, "Authentication failed.")
        if too_soon:
            connection.send(Op.INVALID_SESSION, data=False)
            return
        # Whoever identifies anew has given up the session it lost.
        self.sessions = {key: old for key, old in self.sessions.items() if old.connection}
        session = Session(secrets.token_hex(16), intents, connection=connection)
        connection.session = self.sessions[session.id] = session
        self.presences.append(as_object(data.get("presence")))
        self._send(session, "READY", self._ready(session, data))
        for guild in self._world.joined:
            payload = seen_guild_payload(self._world, guild) | {"unavailable": False}
            self._send(session, "GUILD_CREATE", payload)

    def _send(self, session: Session, event: str, data: Json) -> None:
        session.dispatch(event, self.faults.changed(event, data))

    def _ready(self, session: Session, identify: Json) -> Json:
        world = self._world
        ready: Json = {
            "v": 10,
            "user": own_user_payload(world),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in world.joined],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "session_type": "normal",
            "application": {"id": str(world.application_id), "flags": application_flags(world)},
            "private_channels": [],
            "user_settings": {},
            "relationships": [],
            "presences": [],
            "_trace": [],
        }
        if "shard" in identify:
            ready["shard"] = identify["shard"]
        return ready

    def _resume(self, connection: Connection, data: Json) -> None:
        if as_text(data.get("token")) != self._token:
            raise GatewayClosed(4004, "Authentication failed.")
        session = self.sessions.get(as_text(data.get("session_id")))
        sequence = as_integer(data.get("seq"), -1)
        if session is None or not 0 <= sequence <= len(session.sent):
            connection.send(Op.INVALID_SESSION, data=False)
            return
        connection.session, session.connection = session, connection
        for frame in session.sent[sequence:]:
            connection.frames.put_nowait(frame)
        self._send(session, "RESUMED", {"_trace": []})

    def _detach(self, connection: Connection) -> None:
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection = None
            # Closing with 1000 or 1001 ends a session; see
            # https://docs.discord.com/developers/events/gateway#disconnecting. Asked to leave,
            # aiohttp's client echoes 1000 whatever code it was given.
            if connection.socket.close_code in (1000, 1001) and not connection.dropped:
                self.sessions.pop(session.id, None)
        self._changes.notify()
