"""The HTTP server that fal calls when a request has ended; other calls get a bare status.

https://fal.ai/docs/documentation/model-apis/inference/webhooks
"""

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import ClientError, web
from pydantic import BaseModel, ValidationError
from typing_extensions import override

from bot.adapters.fal.webhook_signatures import Signatures
from bot.adapters.webhook.urls import WebhookUrls
from bot.domain.jobs.fal import FalTrouble
from bot.ports import Clock

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 32
"""The callers at a time: fal calls once for each video, and again if it isn't answered."""
MOST_BYTES = 1 << 18
"""The largest body that is read: a result is one URL, an error repeats the input."""
MOST_HEADERS = 64
MOST_HEADER_BYTES = 4096
"""The longest first line, and the longest header."""
LEEWAY_SECONDS = 300
"""The oldest call that is taken, by fal's clock."""
HEAD_SECONDS = 10.0
"""The longest time from the connection to the end of a call's head."""
SECONDS = 15.0
"""The longest time for the rest of a call: fal waits no longer."""
_END_SECONDS = 1.0
# asyncio accepts as many at once as the queue is long, and each is open until it is refused.
_ACCEPTED_AT_ONCE = 8
_QUEUE = 128
_HEADERS = {
    "Request-Id": re.compile(r"[A-Za-z0-9_-]{1,100}"),
    "User-Id": re.compile(r"[\x21-\x7e]{1,200}"),
    "Timestamp": re.compile(r"[0-9]{1,12}"),
    "Signature": re.compile(r"[0-9a-fA-F]{128}"),
}

AcceptCall = Callable[[str, str], Awaitable[HTTPStatus]]
"""Takes a job's reference and its request's id at fal, both verified; returns the answer."""


@dataclass(frozen=True, slots=True)
class _Signed:
    """The signed headers of a call."""

    request_id: str
    """fal's id of the request."""
    user_id: str
    """fal's id of the account."""
    timestamp: str
    """Unix seconds, as in the header: the text is part of the signed message."""
    signature: bytes

    @classmethod
    def of(cls, request: web.BaseRequest) -> "_Signed | None":
        headers: list[str] = []
        for name, shape in _HEADERS.items():
            values = request.headers.getall(f"X-Fal-Webhook-{name}", [])
            if len(values) != 1 or not shape.fullmatch(values[0]):
                return None
            headers += values
        request_id, user_id, timestamp, signature = headers
        return cls(request_id, user_id, timestamp, bytes.fromhex(signature))

    def message(self, body: bytes) -> bytes:
        digest = hashlib.sha256(body).hexdigest()
        return f"{self.request_id}\n{self.user_id}\n{self.timestamp}\n{digest}".encode()

    def is_recent(self, now: float) -> bool:
        return abs(int(self.timestamp) - now) <= LEEWAY_SECONDS


class _Body(BaseModel):
    request_id: str


class _Refused(Exception):
    def __init__(self, status: HTTPStatus):
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class _Receiver:
    urls: WebhookUrls
    signatures: Signatures
    clock: Clock
    accept: AcceptCall
    fal_offset: Callable[[], int | None]

    async def answer(self, request: web.BaseRequest) -> web.Response:
        connection = request.protocol
        assert isinstance(connection, _Connection)
        connection.close_after(SECONDS + 2 * _END_SECONDS)
        try:
            async with asyncio.timeout(SECONDS):
                status = await self._check_and_accept(request)
        except _Refused as refused:
            status = refused.status
        except TimeoutError:
            status = HTTPStatus.REQUEST_TIMEOUT
        except FalTrouble:
            status = HTTPStatus.SERVICE_UNAVAILABLE
        except (ClientError, ConnectionError, web.RequestPayloadError):
            status = HTTPStatus.BAD_REQUEST
        except Exception:
            log.exception("a webhook couldn't be taken")
            status = HTTPStatus.INTERNAL_SERVER_ERROR
        return _bare(status)

    def _fals_time(self) -> float:
        """Return the time at fal in Unix seconds, as far as it is known."""
        return (self.clock.now() + (self.fal_offset() or 0)) / 1000

    async def _check_and_accept(self, request: web.BaseRequest) -> HTTPStatus:
        """Check a call, cheapest checks first, and accept it. Raises _Refused and FalTrouble."""
        reference = self.urls.reference(request.path)
        if reference is None:
            raise _Refused(HTTPStatus.NOT_FOUND)
        if request.method != "POST":
            raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED)
        signed = _Signed.of(request)
        if signed is None or not signed.is_recent(self._fals_time()):
            raise _Refused(HTTPStatus.UNAUTHORIZED)
        body = await _read(request)
        if not await self.signatures.is_fals(signed.signature, signed.message(body)):
            log.warning("a webhook for job %s isn't signed by fal", reference)
            raise _Refused(HTTPStatus.UNAUTHORIZED)
        if _request_id(body) != signed.request_id:
            raise _Refused(HTTPStatus.BAD_REQUEST)
        return await self.accept(reference, signed.request_id)


async def _read(request: web.BaseRequest) -> bytes:
    if (request.content_length or 0) > MOST_BYTES:
        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    body = bytearray()
    async for part in request.content.iter_any():
        body += part
        if len(body) > MOST_BYTES:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return bytes(body)


def _request_id(body: bytes) -> str | None:
    try:
        return _Body.model_validate_json(body).request_id
    except ValidationError:
        return None


def _bare(status: int) -> web.Response:
    """Return an answer without a body, the only one of its connection."""
    response = web.Response(status=status)
    response.force_close()
    return response


def _lengthen_queues(server: asyncio.Server) -> None:
    """Let more callers wait in the kernel than are accepted at once: it drops others for a second.

    `listen` may be called again: https://man7.org/linux/man-pages/man2/listen.2.html
    """
    for listener in server.sockets:
        with closing(listener.dup()) as same:
            same.listen(_QUEUE)


class _Connection(web.RequestHandler):
    """A caller's connection: for one call, for a limited time, and one of a limited number."""

    def __init__(self, server: web.Server):
        self._server = server
        self._end: asyncio.TimerHandle | None = None
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            # An access log would hold the signed URLs.
            access_log=None,  # pyright: ignore[reportArgumentType] - None means no log
            # The signature covers the bytes as sent, and a small body can't unpack to a huge one.
            auto_decompress=False,
            # No connection waits for a second call, and `close_after` limits the first.
            keepalive_timeout=0,
            lingering_time=_END_SECONDS,
            max_line_size=MOST_HEADER_BYTES,
            max_field_size=MOST_HEADER_BYTES,
            max_headers=MOST_HEADERS,
        )

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if len(self._server.connections) >= MOST_CONNECTIONS:
            # Not even an answer: that would have to be waited for.
            transport.abort()
            return
        super().connection_made(transport)
        self.close_after(HEAD_SECONDS)

    @override
    def connection_lost(self, exc: BaseException | None) -> None:
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)

    def close_after(self, seconds: float) -> None:
        """Close the connection after so long, whatever keeps it open."""
        if self._end is not None:
            self._end.cancel()
        if self.transport is not None:
            self._end = self._loop.call_later(seconds, self.transport.abort)

    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer bytes that aren't HTTP. aiohttp would repeat them in its answer and in the log."""
        return _bare(status)


@asynccontextmanager
async def receiving(
    host: str,
    port: int,
    *,
    urls: WebhookUrls,
    signatures: Signatures,
    clock: Clock,
    accept: AcceptCall,
    fal_offset: Callable[[], int | None],
) -> AsyncGenerator[int]:
    """Take fal's calls as long as the context lasts, and yield the port. Closes `signatures`.

    Port 0 lets the system choose one; `fal_offset` are the milliseconds that fal's clock is ahead.
    Raises OSError if the address can't be listened on.
    """
    receiver = _Receiver(urls, signatures, clock, accept, fal_offset)
    manager = web.Server(receiver.answer)
    try:
        server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(manager),
            host,
            port,
            backlog=_ACCEPTED_AT_ONCE,
        )
        _lengthen_queues(server)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            manager.pre_shutdown()
            await manager.shutdown(_END_SECONDS)
    finally:
        await signatures.aclose()
