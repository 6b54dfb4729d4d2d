"""Whatever fal, or somebody in its place, sends: it is read up to a limit, and then trouble."""

import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import cast

import httpx
import pytest
from aiohttp import web

from bot.adapters.fal.catalogue import FalCatalogue
from bot.adapters.fal.events import stream
from bot.adapters.fal.queue import FalQueue, FalUrls
from bot.adapters.fal.transport import (
    MOST_BYTES,
    MOST_EVENT_BYTES,
    MOST_LISTED_BYTES,
    PLAIN,
    LimitedTransport,
)
from bot.adapters.fal.webhook_signatures import Signatures
from bot.domain.jobs.fal import FalTrouble, Progress, Unknown
from bot.domain.jobs.job import Handle

ENDPOINT = "fal-ai/pika/v2.2/text-to-video"
PIECE = b" " * (1 << 16)
LARGE = b'{"status": "' + b"a" * 5_000_000


class Huge:
    """Answers everything with a body of its own; counts what it could send of it."""

    def __init__(self) -> None:
        self.body, self.most, self.headers = b"", 50_000_000, dict[str, str]()
        self.sent = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse(headers=self.headers)
        self.sent = 0
        try:
            await response.prepare(request)
            await response.write(self.body)
            while self.sent < self.most:
                await response.write(PIECE)
                self.sent += len(PIECE)
            await response.write_eof()
        except ConnectionError:
            pass
        return response


@pytest.fixture
async def huge() -> AsyncIterator[tuple[Huge, str]]:
    server = Huge()
    manager = web.Application(client_max_size=1 << 30)
    manager.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(manager, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = cast("tuple[str, int]", runner.addresses[0])
    yield server, f"http://{host}:{port}"
    await runner.cleanup()


def queue_at(url: str) -> FalQueue:
    urls = FalUrls(queue=url, rest=url, cdn=url, api=url)
    return FalQueue("key", urls, timeout=10, start_timeout=900, file_lifetime=86_400)


ASKED: dict[str, tuple[Callable[[FalQueue, Handle, Path], Awaitable[object]], int]] = {
    "submit": (lambda queue, _, __: queue.submit(ENDPOINT, {}), MOST_BYTES),
    "status": (lambda queue, handle, _: queue.progress(handle), MOST_BYTES),
    "result": (lambda queue, handle, _: queue.result(handle), MOST_BYTES),
    "cancel": (lambda queue, handle, _: queue.cancel(handle), MOST_BYTES),
    "key": (lambda queue, _, __: queue.accepts_key(), MOST_BYTES),
    "upload": (lambda queue, _, path: queue.upload(path, expires_in=60), MOST_BYTES),
    "listing": (lambda queue, _, __: queue.find(ENDPOINT, since=0), MOST_LISTED_BYTES),
    "events": (lambda queue, handle, _: queue.follow(handle, print), MOST_EVENT_BYTES),
}


@pytest.mark.parametrize("what", ASKED)
async def test_a_huge_answer_is_not_read_to_its_end(
    huge: tuple[Huge, str], tmp_path: Path, what: str
) -> None:
    server, url = huge
    server.body = b'data: "' if what == "events" else b'{"x": "'
    server.headers = {
        "Content-Type": "text/event-stream" if what == "events" else "application/json"
    }
    queue, picture = queue_at(url), tmp_path / "picture.jpg"
    picture.write_bytes(b"picture")
    ask, most = ASKED[what]
    try:
        outcome = await ask(queue, queue.handle(ENDPOINT, "id"), picture)
    except FalTrouble:
        outcome = None
    assert outcome is None or isinstance(outcome, Unknown), outcome
    # What the kernel's buffers hold was sent, but not read.
    assert server.sent < most + 12_000_000
    await queue.aclose()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", gzip.compress(LARGE)), ("deflate", zlib.compress(LARGE)), ("br", LARGE)],
)
async def test_an_answer_that_unpacks_to_a_huge_one_is_refused(
    huge: tuple[Huge, str], encoding: str, packed: bytes
) -> None:
    server, url = huge
    server.body, server.most = packed, 0
    server.headers = {"Content-Encoding": encoding}
    queue, keys = queue_at(url), Signatures(url)
    with pytest.raises(FalTrouble):
        await queue.progress(queue.handle(ENDPOINT, "id"))
    with pytest.raises(FalTrouble):
        await keys.is_fals(b"", b"")
    await queue.aclose()
    await keys.aclose()


async def test_the_catalogue_has_a_limit_too(huge: tuple[Huge, str]) -> None:
    server, url = huge
    server.body = b'{"models": "'
    catalogue = FalCatalogue("key", url, timeout=10)
    with pytest.raises(FalTrouble):
        await catalogue.describe([ENDPOINT], print)
    assert server.sent < MOST_LISTED_BYTES + 12_000_000
    await catalogue.aclose()


async def test_a_long_stream_of_small_events_goes_on(huge: tuple[Huge, str]) -> None:
    server, url = huge
    event = b'data: {"status": "IN_QUEUE"}\n\n'
    server.body, server.most = event * 10_000, 0
    server.headers = {"Content-Type": "text/event-stream"}
    received: list[Progress] = []
    async with httpx.AsyncClient(transport=LimitedTransport(), headers=PLAIN) as http:
        await stream(http, url, "id", received.append, patience=10)
    assert len(received) == 10_000
    # Many lines without an end of the event.
    server.body = event + b"data: x\n" * 10_000 + event
    async with httpx.AsyncClient(transport=LimitedTransport(), headers=PLAIN) as http:
        with pytest.raises(FalTrouble, match="TooLong"):
            await stream(http, url, "id", received.append, patience=10)
