"""The real receiver over a socket, with real rows behind it and fal's keys on a server of ours."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import cast

import httpx
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.adapters.fal.queue import FalQueue, FalUrls
from bot.adapters.fal.webhook_signatures import Signatures
from bot.adapters.process.clock import SystemClock
from bot.adapters.webhook.receiver import receiving
from bot.adapters.webhook.urls import WebhookUrls
from bot.application.pipeline.webhook import AcceptWebhook, WebhookReply
from bot.domain.jobs.job import Job, Status
from tests.adapters.sqlite.store_harness import Stage, open_stage

PREFIX = "X-Fal-Webhook-"
ANSWERS = {WebhookReply.TAKEN: 200, WebhookReply.LATER: 503, WebhookReply.REFUSED: 403}


@dataclass
class KeyServer:
    """Publishes what it is told to, as fal publishes its keys."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    calls: int = 0

    def publish(self, *keys: Ed25519PrivateKey) -> None:
        published = [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": base64.urlsafe_b64encode(key.public_key().public_bytes_raw())
                .rstrip(b"=")
                .decode(),
            }
            for key in keys
        ]
        # What else is among them is none of ours.
        self.body = json.dumps({"keys": [{"kty": "RSA", "n": "AQAB"}, 5, *published]}).encode()

    async def answer(self, request: web.Request) -> web.Response:
        assert "Authorization" not in request.headers
        self.calls += 1
        headers = {"Location": "/elsewhere"} if self.status == HTTPStatus.FOUND else {}
        return web.Response(status=self.status, body=self.body, headers=headers)


@dataclass(frozen=True)
class Call:
    """One call of the receiver. `headers` are named without their prefix."""

    path: str
    body: bytes
    headers: tuple[tuple[str, str], ...]
    method: str = "POST"
    chunked: bool = False
    encoding: str | None = None

    def with_header(self, name: str, value: str | None) -> "Call":
        others = [(key, given) for key, given in self.headers if key != name]
        return replace(
            self, headers=(*others, (name, value)) if value is not None else tuple(others)
        )


@dataclass
class Desk:
    """`went_on` are the jobs to be driven, `looked_at` those of unknown outcome to look at."""

    rows: Stage
    keys: KeyServer
    key: Ed25519PrivateKey
    tickets: WebhookUrls
    url: str = ""
    went_on: list[int] = field(default_factory=list[int])
    looked_at: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    fal_offset: int | None = None
    jobs: dict[Status, Job] = field(default_factory=dict[Status, Job])

    def path(self, reference: str) -> str:
        url = self.tickets.url(reference)
        assert url is not None
        return httpx.URL(url).path

    def genuine(
        self,
        reference: str,
        request_id: str,
        *,
        body: bytes | None = None,
        ago: float = 0,
        key: Ed25519PrivateKey | None = None,
    ) -> Call:
        """Return what fal sends for a request that it ended `ago` seconds ago."""
        if body is None:
            told = {"request_id": request_id, "gateway_request_id": request_id, "status": "OK"}
            body = json.dumps({**told, "payload": {"video": {"url": "http://x/"}}}).encode()
        at = str(int(time.time() - ago))  # noqa: TID251 - fal has a clock of its own
        message = f"{request_id}\nuser-1\n{at}\n{hashlib.sha256(body).hexdigest()}"
        signature = (key or self.key).sign(message.encode()).hex()
        headers = (
            ("Request-Id", request_id),
            ("User-Id", "user-1"),
            ("Timestamp", at),
            ("Signature", signature),
        )
        return Call(self.path(reference), body, headers)

    async def send(self, call: Call) -> httpx.Response:
        async def in_parts() -> AsyncIterator[bytes]:
            for start in range(0, len(call.body), 1 << 16):
                yield call.body[start : start + (1 << 16)]

        headers = [(PREFIX + name, value) for name, value in call.headers]
        if call.encoding is not None:
            headers.append(("Content-Encoding", call.encoding))
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as http:
            content = in_parts() if call.chunked else call.body
            return await http.request(call.method, call.path, headers=headers, content=content)

    async def everything(self) -> list[tuple[object, ...]]:
        """Return all that is in the rows."""
        rows = await self.rows.sql("SELECT * FROM jobs ORDER BY id")
        return [tuple(row) for row in [*rows, *await self.rows.sql("SELECT * FROM ledger")]]

    async def now(self, status: Status) -> Job:
        """Return the job that had that status at first, as it is now."""
        job = await self.rows.store.job(self.jobs[status].id)
        assert job is not None
        return job


@asynccontextmanager
async def open_desk(folder: Path, *, least_pause: float = 60) -> AsyncGenerator[Desk]:
    """Open the receiver with a job that is uncertain, one at fal, and one in line."""
    keys, key = KeyServer(), Ed25519PrivateKey.generate()
    # fal retires keys before it stops publishing them.
    keys.publish(Ed25519PrivateKey.generate(), key)
    async with open_stage(folder) as rows, _serving(keys):
        desk = Desk(rows, keys, key, WebhookUrls("http://bot.example/pika", "a secret"))
        sent = Status.SUBMITTING
        for way in ((Status.CREATED,), (sent, Status.UNCERTAIN), (sent, Status.SUBMITTED)):
            job = await rows.submit()
            desk.jobs[way[-1]] = await rows.lead(
                job, *(one for one in way if one is not job.status)
            )
        urls = FalUrls(queue=keys.url, rest=keys.url, cdn=keys.url, api=keys.url)
        fal = FalQueue("key", urls, timeout=5, start_timeout=900, file_lifetime=86_400)
        hear = AcceptWebhook(
            store=rows.store,
            fal=fal,
            clock=SystemClock(),
            go_on=desk.went_on.append,
            adopt=lambda job_id, handle: desk.looked_at.append((job_id, handle.request_id)),
        )

        async def answer(reference: str, request_id: str) -> HTTPStatus:
            return HTTPStatus(ANSWERS[await hear(reference, request_id)])

        opening = receiving(
            "127.0.0.1",
            0,
            urls=desk.tickets,
            signatures=Signatures(keys.url, least_pause=least_pause),
            clock=SystemClock(),
            accept=answer,
            fal_offset=lambda: desk.fal_offset,
        )
        async with opening as port:
            desk.url = f"http://127.0.0.1:{port}"
            yield desk
        await fal.aclose()


@asynccontextmanager
async def _serving(keys: KeyServer) -> AsyncGenerator[None]:
    manager = web.Application()
    manager.router.add_get("/.well-known/jwks.json", keys.answer)
    runner = web.AppRunner(manager, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = cast("tuple[str, int]", runner.addresses[0])
    keys.url = f"http://{host}:{port}"
    try:
        yield
    finally:
        await runner.cleanup()


async def say(desk: Desk, raw: bytes) -> bytes:
    """Send bytes as they are; return what comes back until the receiver hangs up."""
    url = httpx.URL(desk.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(raw)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()
