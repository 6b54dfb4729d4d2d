"""The loopback fal's webhooks, received by a server of our own and checked as fal says."""

import base64
import hashlib
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import httpx
import pytest
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sandbox.fal import Drop, FailJob, FalServer, Fault, Mangle, Trickle, policy_violation
from sandbox.fal.errors import JsonObject
from tests.sandbox.fal_harness import FOX, TEXT, finish, parse

pytest_plugins = ["tests.sandbox.fal_harness"]


@dataclass
class Receiver:
    url: str = ""
    answers: list[int] = field(default_factory=list[int])
    """Statuses for the next calls; 200 afterwards."""
    calls: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.calls.append((request.headers, await request.read()))
        status = self.answers.pop(0) if self.answers else 200
        return web.Response(status=status, headers={"Location": self.url})

    def bodies(self) -> list[JsonObject]:
        return [cast("JsonObject", json.loads(raw)) for _, raw in self.calls]


@asynccontextmanager
async def receiving(*answers: int) -> AsyncGenerator[Receiver]:
    receiver = Receiver(answers=list(answers))
    application = web.Application()
    application.add_routes([web.post("/hook", receiver.take)])
    runner = web.AppRunner(application, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = cast("tuple[str, int]", runner.addresses[0])[1]
    receiver.url = f"http://127.0.0.1:{port}/hook?job=7"
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def submit_with(http: httpx.AsyncClient, url: str) -> JsonObject:
    answer = await http.post(f"/{TEXT}", json=FOX, params={"fal_webhook": url})
    assert answer.status_code == 200
    return parse(answer)


async def is_signed(http: httpx.AsyncClient, headers: Mapping[str, str], raw: bytes) -> list[bool]:
    """Return for each published key whether it made the signature."""
    published = parse(await http.get("/.well-known/jwks.json"))
    keys = cast("list[dict[str, str]]", published["keys"])
    assert {(key["kty"], key["crv"], len(key["x"])) for key in keys} == {("OKP", "Ed25519", 43)}
    parts = [
        headers["X-Fal-Webhook-Request-Id"],
        headers["X-Fal-Webhook-User-Id"],
        headers["X-Fal-Webhook-Timestamp"],
        hashlib.sha256(raw).hexdigest(),
    ]
    signature = bytes.fromhex(headers["X-Fal-Webhook-Signature"])

    def made(key: str) -> bool:
        public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key + "="))
        try:
            public.verify(signature, "\n".join(parts).encode())
        except InvalidSignature:
            return False
        return True

    return [made(key["x"]) for key in keys]


async def test_a_signed_result(fal: FalServer, http: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        submitted = await submit_with(http, receiver.url)
        result = await finish(fal, http, submitted)
        await fal.wait_for(lambda: len(fal.deliveries) == 1)
        ((headers, raw),) = receiver.calls
        # The first key is retired: whoever tries only that one rejects everything.
        assert await is_signed(http, headers, raw) == [False, True]
        assert await is_signed(http, headers, raw + b" ") == [False, False]
    assert receiver.bodies() == [
        {
            "request_id": submitted["request_id"],
            "gateway_request_id": submitted["gateway_request_id"],
            "status": "OK",
            "payload": parse(result),
        }
    ]
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Fal-Webhook-Request-Id"] == submitted["request_id"]
    assert abs(int(headers["X-Fal-Webhook-Timestamp"]) - fal.now().timestamp()) < 10
    assert fal.deliveries[0].status == 200
    assert not fal.violations


async def test_a_failed_job(fal: FalServer, http: httpx.AsyncClient) -> None:
    fal.arm(Fault("submit", FailJob(policy_violation("prompt"))))
    async with receiving() as receiver:
        result = await finish(fal, http, await submit_with(http, receiver.url))
        await fal.wait_for(lambda: len(fal.deliveries) == 1)
    (body,) = receiver.bodies()
    assert (body["status"], body["error"]) == ("ERROR", "Invalid status code: 422")
    assert body["payload"] == parse(result)


async def test_it_tries_again_later_and_later(fal: FalServer, http: httpx.AsyncClient) -> None:
    async with receiving(500, 404) as receiver:
        await submit_with(http, receiver.url)
        for attempt, wait in enumerate((10, 20), start=1):
            await fal.wait_for(lambda seen=attempt: len(fal.deliveries) == seen)
            fal.advance(wait - 1)
            for _ in range(3):  # round trips, in which an attempt would have come
                await http.get("/.well-known/jwks.json")
            assert len(receiver.calls) == attempt
            fal.advance(1)
        await fal.wait_for(lambda: len(fal.deliveries) == 3)
        fal.advance(40)
        for _ in range(3):
            await http.get("/.well-known/jwks.json")
    assert [delivery.status for delivery in fal.deliveries] == [500, 404, 200]


async def test_a_receiver_that_isnt_there_yet(fal: FalServer, http: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        url = receiver.url
    await submit_with(http, url)
    await fal.wait_for(lambda: len(fal.deliveries) == 1)
    assert fal.deliveries[0].status is None
    assert fal.deliveries[0].problem
    fal.advance(3581)
    await fal.wait_for(lambda: len(fal.deliveries) == 2)
    # Too late: the stored result has expired, and the next attempt is the last.
    fal.advance(20)
    await fal.wait_for(lambda: len(fal.deliveries) == 3)
    fal.advance(100_000)
    await finish(fal, http, await submit_with(http, url))
    await fal.wait_for(lambda: len(fal.deliveries) == 4)
    assert fal.deliveries[3].request_id != fal.deliveries[2].request_id


@pytest.mark.parametrize("code", [301, 302, 307, 308])
async def test_a_redirect_ends_it(fal: FalServer, http: httpx.AsyncClient, code: int) -> None:
    async with receiving(code) as receiver:
        await submit_with(http, receiver.url)
        await fal.wait_for(lambda: len(fal.deliveries) == 1)
        fal.advance(60)
        await submit_with(http, receiver.url)
        await fal.wait_for(lambda: len(fal.deliveries) == 2)
    assert [delivery.status for delivery in fal.deliveries] == [code, 200]
    assert len({delivery.request_id for delivery in fal.deliveries}) == 2


async def test_it_may_come_twice(fal: FalServer, http: httpx.AsyncClient) -> None:
    fal.habits.webhook_copies = 2
    async with receiving() as receiver:
        await submit_with(http, receiver.url)
        await fal.wait_for(lambda: len(fal.deliveries) == 2)
    first, second = receiver.bodies()
    assert first == second


async def test_it_may_be_lost_or_odd(fal: FalServer, http: httpx.AsyncClient) -> None:
    fal.arm(Fault("webhook", Drop()))
    fal.arm(Fault("webhook", Mangle(drop=("payload",), change={"payload_error": "too odd"})))
    async with receiving() as receiver:
        await submit_with(http, receiver.url)
        await fal.wait_for(lambda: len(fal.deliveries) == 1)
        assert not receiver.calls
        fal.advance(11)
        await fal.wait_for(lambda: len(fal.deliveries) == 2)
        ((headers, raw),) = receiver.calls
        assert any(await is_signed(http, headers, raw))
    (body,) = receiver.bodies()
    assert "payload" not in body
    assert body["payload_error"] == "too odd"


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/hook", "http://localhost:1/", "https://example.com/", "http://[/", "hook"],
)
async def test_nothing_leaves_this_machine(
    fal: FalServer, http: httpx.AsyncClient, url: str
) -> None:
    await submit_with(http, url)
    await fal.wait_for(lambda: len(fal.deliveries) == 1)
    for _ in range(3):
        await http.get("/.well-known/jwks.json")
    (delivery,) = fal.deliveries
    assert (delivery.status, delivery.problem) == (None, "not an address of this machine")


def test_a_fault_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="webhook"):
        Fault("webhook", Trickle(1))
