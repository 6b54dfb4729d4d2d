"""Sessions of the gateway, and the sockets that they use.

See https://docs.discord.com/developers/events/gateway.
"""

import asyncio
import contextlib
import zlib
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from aiohttp import web

from sandbox.discord.content import MESSAGE_CONTENT
from sandbox.discord.wire import encode

# Intents.
GUILDS = 1 << 0
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
PRIVILEGED = 1 << 1 | 1 << 8 | MESSAGE_CONTENT
KNOWN_INTENTS = (1 << 17) - 1 | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE_UPDATE = 3
    VOICE_STATE_UPDATE = 4
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class GatewayClosed(Exception):
    """The client broke a rule and is sent away with a close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Compressor(Protocol):
    """The methods of the object from `zlib.compressobj`, whose class has no public name."""

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self, mode: int, /) -> bytes: ...


@dataclass(slots=True, eq=False)
class Connection:
    """One socket; frames are written in order by a task of their own.

    With a compressor, all frames are one zlib stream; see
    https://docs.discord.com/developers/events/gateway#transport-compression.
    """

    socket: web.WebSocketResponse
    compressor: Compressor | None = None
    """Present where the bot asked for compression."""
    frames: asyncio.Queue[str | bytes] = field(default_factory=asyncio.Queue)
    """Frames that aren't written yet; bytes are written as they are."""
    session: "Session | None" = None
    """Present after IDENTIFY or RESUME."""
    dropped: bool = False
    """This side has closed the socket."""
    received_at: list[float] = field(default_factory=list)
    """The frames of the last minute, in seconds since 1970."""

    def send(self, op: Op, data: object) -> None:
        self.frames.put_nowait(encode({"op": op, "d": data, "s": None, "t": None}))

    async def write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                frame = await self.frames.get()
                if isinstance(frame, bytes):
                    await self.socket.send_bytes(frame)
                    continue
                if self.compressor is None:
                    await self.socket.send_str(frame)
                    continue
                data = self.compressor.compress(frame.encode())
                await self.socket.send_bytes(data + self.compressor.flush(zlib.Z_SYNC_FLUSH))


@dataclass(slots=True, eq=False)
class Session:
    """The state of one login, which outlives its socket, so that it can be resumed."""

    id: str
    intents: int
    """The events that the bot asked for, as Discord's bits."""
    sent: list[str] = field(default_factory=list, repr=False)
    """All frames with an event; the first has the sequence number 1."""
    connection: Connection | None = None
    """The open socket, if any."""

    def dispatch(self, event: str, data: object) -> None:
        frame = encode({"op": Op.DISPATCH, "d": data, "s": len(self.sent) + 1, "t": event})
        self.sent.append(frame)
        if self.connection is not None:
            self.connection.frames.put_nowait(frame)
