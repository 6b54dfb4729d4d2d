"""Callers that send slowly, never end, never read or come in crowds keep nobody else from it."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import httpx
import pytest

from bot.adapters.webhook import receiver
from bot.domain.jobs.job import Status
from tests.adapters.webhook.webhook_harness import PREFIX, Call, Desk, open_desk

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"
Opening = Callable[[Desk], bytes]


def genuine_call(desk: Desk) -> Call:
    job = desk.jobs[Status.SUBMITTED]
    assert job.handle is not None
    return desk.genuine(job.reference, job.handle.request_id)


async def taken(desk: Desk) -> None:
    """Call as fal does, again and again, until the receiver takes it."""
    status = None
    while status != 200:
        with suppress(httpx.TransportError):
            status = (await desk.send(genuine_call(desk))).status_code


def genuine(desk: Desk, *headers: str) -> bytes:
    """Return the head of fal's own call, with these headers instead of its length."""
    call = genuine_call(desk)
    lines = [f"POST {call.path} HTTP/1.1", "Host: x", *headers]
    lines += [f"{PREFIX}{name}: {value}" for name, value in call.headers]
    return "\r\n".join([*lines, "", ""]).encode()


def whole(desk: Desk) -> bytes:
    body = genuine_call(desk).body
    return genuine(desk, f"Content-Length: {len(body)}", "Connection: keep-alive") + body


# What a caller sends first, and then on and on.
SLOW: dict[str, tuple[Opening, bytes]] = {
    "nothing": (lambda _: b"", b""),
    "half a head": (lambda _: HEAD, b""),
    "a head byte by byte": (lambda _: b"POST / HTTP/1.1\r\nX-A: ", b"a"),
    "headers without end": (lambda _: HEAD, b"X-A: b\r\n"),
    "a header without end": (lambda _: HEAD + b"X-A: ", b"a" * 1000),
    "a path without end": (lambda _: b"POST /", b"a" * 1000),
    "trailing lines": (lambda _: b"", b"\r\n"),
    "a body that doesn't come": (lambda desk: genuine(desk, "Content-Length: 1000"), b""),
    "a body byte by byte": (lambda desk: genuine(desk, "Content-Length: 1000"), b"a"),
    "chunks without end": (
        lambda desk: genuine(desk, "Transfer-Encoding: chunked"),
        b"1\r\na\r\n",
    ),
    "a chunk's size without end": (lambda desk: genuine(desk, "Transfer-Encoding: chunked"), b"0"),
    "trailers without end": (
        lambda desk: genuine(desk, "Transfer-Encoding: chunked") + b"0\r\n",
        b"X-A: b\r\n",
    ),
    "waiting for 100 Continue": (
        lambda desk: genuine(desk, "Content-Length: 1000", "Expect: 100-continue"),
        b"",
    ),
    "a refused body byte by byte": (lambda _: HEAD + b"Content-Length: 1000000\r\n\r\n", b"a"),
    "one call, then idle": (lambda _: GET, b""),
    "a call of fal's, then idle": (whole, b""),
    "one call after the other": (lambda _: GET, GET * 100),
    "a websocket": (
        lambda _: HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"a" * 1000,
    ),
    "a tunnel": (lambda _: b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", b"a" * 1000),
    "HTTP/2": (lambda _: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0" * 1000),
    "TLS": (lambda _: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0" * 100),
    "garbage": (lambda _: b"\xff\x00\n\r" * 1000, b"\xff" * 1000),
}


async def connect(desk: Desk) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    url = httpx.URL(desk.url)
    return await asyncio.open_connection(url.host, url.port, limit=1)


async def hung_up_on(desk: Desk, opening: bytes, more: bytes, *, reads: bool) -> None:
    """Send until the receiver hangs up. A caller that doesn't read finds out by sending."""
    reader, writer = await connect(desk)
    try:
        with suppress(ConnectionError):
            writer.write(opening)
            reading = asyncio.ensure_future(_read_all(reader) if reads else asyncio.Event().wait())
            while not reading.done() and not writer.transport.is_closing():
                writer.write(more)
                if reads:
                    await asyncio.wait({reading}, timeout=0.01)
                else:
                    await asyncio.sleep(0.01)
            reading.cancel()
    finally:
        writer.transport.abort()


async def _read_all(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(65_536):
            pass


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_SECONDS", "SECONDS", "_END_SECONDS"):
        monkeypatch.setattr(receiver, name, 0.4)


@pytest.mark.parametrize("reads", [True, False])
@pytest.mark.usefixtures("_impatient")
async def test_whoever_is_slow_or_never_ends_is_hung_up_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, reads: bool
) -> None:
    callers = [(opening, more) for opening, more in SLOW.values() if reads or more]
    assert len(callers) < receiver.MOST_CONNECTIONS
    caplog.set_level("WARNING")
    async with open_desk(tmp_path) as desk, asyncio.timeout(60), asyncio.TaskGroup() as group:
        for opening, more in callers:
            group.create_task(hung_up_on(desk, opening(desk), more, reads=reads))
        await taken(desk)
    assert caplog.records == []


async def test_a_crowd_is_refused_unread_and_leaves_no_trace(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk, asyncio.timeout(60), AsyncExitStack() as stack:
        writers: list[asyncio.StreamWriter] = []
        waiting: set[asyncio.Task[None]] = set()
        for _ in range(4 * receiver.MOST_CONNECTIONS):
            reader, writer = await connect(desk)
            stack.callback(writer.transport.abort)
            writers.append(writer)
            writer.write(HEAD)
            waiting.add(asyncio.create_task(_read_all(reader)))
        while len(waiting) > receiver.MOST_CONNECTIONS:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        with pytest.raises(httpx.TransportError):
            await desk.send(genuine_call(desk))
        # Whoever came first stays until they have taken too long.
        assert not any(task.done() for task in waiting)
        for writer in writers:
            writer.transport.abort()
        await taken(desk)
