"""fal's webhooks, signed as fal signs them. Only addresses of this machine are ever called.

https://fal.ai/docs/documentation/model-apis/inference/webhooks.md
"""

import asyncio
import base64
import hashlib
import json
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sandbox.fal.errors import JsonObject
from sandbox.fal.faults import Delay, Drop, Mangle
from sandbox.fal.records import Delivery, FalRequest
from sandbox.fal.retention import stored_result_expires
from sandbox.fal.server import FalServer
from sandbox.fal.tampering import mangled
from sandbox.fal.views import webhook_body

USER_ID = "loopback-user"
MOST_RETRIES = 31
FIRST_PATIENCE, LATER_PATIENCE = 15, 120
"""Seconds that a receiver may take for its answer."""


class Webhooks:
    """Calls receivers, and publishes the keys that they check signatures with."""

    def __init__(self, server: FalServer) -> None:
        self._server = server
        # The first is retired: a receiver has to try all that are published.
        self._keys = [Ed25519PrivateKey.generate() for _ in range(2)]

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/.well-known/jwks.json", self.keys)]

    async def keys(self, _: web.Request) -> web.Response:
        """Publish the keys: everybody may ask."""
        return web.json_response({"keys": [_published(key) for key in self._keys]})

    async def deliver(self, request: FalRequest, url: str) -> None:
        """Call until the receiver acknowledges, redirects, or the stored result expires."""
        if not _is_here(url):
            self._note(request, url, None, "not an address of this machine")
            return
        pause, patience = self._server.timing.webhook_retry_seconds, FIRST_PATIENCE
        for _ in range(1 + MOST_RETRIES):
            delivery = await self._attempt(request, url, patience)
            expires = stored_result_expires(request)
            over = expires is not None and self._server.now() >= expires
            if over or (delivery.status is not None and 200 <= delivery.status < 400):
                return
            await self._server.clock.sleep_until(delivery.at + timedelta(seconds=pause))
            pause, patience = 2 * pause, LATER_PATIENCE

    async def _attempt(self, request: FalRequest, url: str, patience: float) -> Delivery:
        body = webhook_body(request)
        subject = f"{url} {json.dumps(request.arguments, ensure_ascii=False)}"
        match self._server.take_action("webhook", subject):
            case Drop():
                return self._note(request, url, None, "dropped")
            case Delay(seconds):
                await asyncio.sleep(seconds)
            case Mangle() as action:
                body = mangled(body, action)
            case _:
                pass
        raw = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **self._signature(request, raw)}
        timeout = aiohttp.ClientTimeout(total=patience)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
                session.post(url, data=raw, headers=headers, allow_redirects=False) as response,
            ):
                return self._note(request, url, response.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            return self._note(request, url, None, type(error).__name__)

    def _signature(self, request: FalRequest, raw: bytes) -> dict[str, str]:
        at = str(int(self._server.now().timestamp()))
        digest = hashlib.sha256(raw).hexdigest()
        message = f"{request.request_id}\n{USER_ID}\n{at}\n{digest}"
        return {
            "X-Fal-Webhook-Request-Id": request.request_id,
            "X-Fal-Webhook-User-Id": USER_ID,
            "X-Fal-Webhook-Timestamp": at,
            "X-Fal-Webhook-Signature": self._keys[-1].sign(message.encode()).hex(),
        }

    def _note(
        self, request: FalRequest, url: str, status: int | None, problem: str = ""
    ) -> Delivery:
        delivery = Delivery(request.request_id, url, self._server.now(), status, problem)
        self._server.deliveries.append(delivery)
        self._server.changed()
        return delivery


def _is_here(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return ip_address(host).is_loopback
    except ValueError:
        # A name, even localhost, would have to be looked up.
        return False


def _published(key: Ed25519PrivateKey) -> JsonObject:
    raw = key.public_key().public_bytes_raw()
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": base64.urlsafe_b64encode(raw).rstrip(b"=").decode(),
    }
