"""Verifies fal's ED25519 signatures with the keys that fal publishes.

https://fal.ai/docs/documentation/model-apis/inference/webhooks
"""

import asyncio
import base64
import binascii
import logging

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ValidationError

from bot.adapters.fal.transport import PLAIN, LimitedTransport
from bot.domain.jobs.fal import FalTrouble

log = logging.getLogger(__name__)

KEYS_VALID_SECONDS = 86_400.0
"""The longest use of published keys that fal allows."""
LEAST_PAUSE_SECONDS = 60.0
"""The least time between two requests for the keys, however many calls come in."""
_TIMEOUT_SECONDS = 10.0
_MOST_BYTES = 1 << 16
_MOST_KEYS = 16


class _Key(BaseModel):
    kty: str = "OKP"
    crv: str = "Ed25519"
    x: str


class _Keys(BaseModel):
    keys: list[object]


class Signatures:
    """Fetches fal's keys when they are needed, at most once a pause. Close it with `aclose`."""

    def __init__(self, rest_url: str, *, least_pause: float = LEAST_PAUSE_SECONDS):
        """`least_pause` (seconds) is the least time between two requests for the keys."""
        self._url = f"{rest_url}/.well-known/jwks.json"
        self._least_pause = least_pause
        # Not the client that carries our key: the published keys are public.
        self._http = httpx.AsyncClient(
            headers=PLAIN,
            timeout=_TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
            transport=LimitedTransport(_MOST_BYTES),
        )
        self._keys: tuple[Ed25519PublicKey, ...] = ()
        self._fetched_at = self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def is_fals(self, signature: bytes, message: bytes) -> bool:
        """Return whether fal signed the message. Raises FalTrouble if no valid keys can be had."""
        asked_at = _now()
        if _any_verifies(await self._current(asked_at - KEYS_VALID_SECONDS), signature, message):
            return True
        # fal may have published a new key since the keys were fetched.
        return _any_verifies(await self._current(asked_at), signature, message)

    async def _current(self, not_before: float) -> tuple[Ed25519PublicKey, ...]:
        """Return keys fetched after `not_before` if possible, else the newest valid ones."""
        async with self._lock:
            now = _now()
            if self._fetched_at < not_before and now >= self._tried_at + self._least_pause:
                self._tried_at = now
                try:
                    self._keys, self._fetched_at = await self._fetch(), now
                except FalTrouble as trouble:
                    log.warning("fal's keys: %s", trouble)
            if now > self._fetched_at + KEYS_VALID_SECONDS:
                raise FalTrouble("fal's keys aren't known")
            return self._keys

    async def _fetch(self) -> tuple[Ed25519PublicKey, ...]:
        try:
            async with (
                asyncio.timeout(_TIMEOUT_SECONDS),
                self._http.stream("GET", self._url) as response,
            ):
                body = bytearray()
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise FalTrouble("far too long")
        except (httpx.HTTPError, TimeoutError) as error:
            raise FalTrouble(type(error).__name__) from error
        if not response.is_success:
            raise FalTrouble(f"HTTP {response.status_code}")
        return _read(bytes(body))


def _read(body: bytes) -> tuple[Ed25519PublicKey, ...]:
    """Return the ED25519 keys of a JSON Web Key Set. Raises FalTrouble if there are none."""
    try:
        published = _Keys.model_validate_json(body).keys
    except ValidationError as error:
        raise FalTrouble("no key set") from error
    keys = [key for entry in published[:_MOST_KEYS] if (key := _key(entry)) is not None]
    if not keys:
        raise FalTrouble("no key that signs webhooks")
    return tuple(keys)


def _key(published: object) -> Ed25519PublicKey | None:
    try:
        key = _Key.model_validate(published)
        if (key.kty, key.crv) != ("OKP", "Ed25519"):
            return None
        raw = base64.b64decode(key.x + "=" * (-len(key.x) % 4), altchars=b"-_", validate=True)
        return Ed25519PublicKey.from_public_bytes(raw)
    except (ValidationError, binascii.Error, ValueError):
        return None


def _any_verifies(keys: tuple[Ed25519PublicKey, ...], signature: bytes, message: bytes) -> bool:
    return any(_verifies(key, signature, message) for key in keys)


def _verifies(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _now() -> float:
    return asyncio.get_running_loop().time()
