"""Uploads with fal-client, sent to the hosts that the settings name.

fal-client's hosts are constants in its code. Two of its private classes are subclassed here, so
that each of its connections goes through one transport; hence its exact pin in pyproject.toml.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

import fal_client
import httpx
from asyncstdlib import cached_property
from fal_client.auth import AuthCredentials
from fal_client.client import (
    CDN_URL,
    REST_URL,
    USER_AGENT,
    AsyncCDNTokenManager,
    CDNToken,
)
from typing_extensions import override

from bot.adapters.fal.transport import PLAIN, LimitedTransport

PIECE_BYTES = 1 << 16


class _InPieces(httpx.AsyncByteStream):
    """A body in small pieces: a large body at once would be copied, and stall the event loop."""

    def __init__(self, whole: httpx.AsyncByteStream):
        self._whole = whole

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._whole:
            for start in range(0, len(part), PIECE_BYTES):
                yield part[start : start + PIECE_BYTES]
                # A socket that takes each piece at once would never give way to other tasks.
                await asyncio.sleep(0)


class RoutedTransport(LimitedTransport):
    """Sends requests for fal's well-known hosts to the configured ones, and refuses all others."""

    def __init__(self, routes: Mapping[str, str]):
        super().__init__()
        self._routes = {httpx.URL(known).host: httpx.URL(base) for known, base in routes.items()}

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        base = self._routes.get(request.url.host)
        if base is None:
            raise httpx.UnsupportedProtocol(f"{request.url.host} is not a host of fal's storage")
        request.url = request.url.copy_with(scheme=base.scheme, host=base.host, port=base.port)
        request.headers["Host"] = base.netloc.decode()
        assert isinstance(request.stream, httpx.AsyncByteStream)
        request.stream = _InPieces(request.stream)
        return await super().handle_async_request(request)


class _TokenManager(AsyncCDNTokenManager):
    """Fetches tokens with this client; the original opens its own, past the transport."""

    def __init__(self, key: str, client: httpx.AsyncClient):
        super().__init__(AuthCredentials("Key", key))
        self._http = client

    @override
    async def _refresh_token(self) -> CDNToken:
        url = f"{REST_URL}/storage/auth/token"
        headers = {"Authorization": self._auth.header_value}
        response = await self._http.post(
            url, params={"storage_type": "fal-cdn-v3"}, headers=headers, json={}
        )
        response.raise_for_status()
        answer: dict[str, str] = response.json()
        return CDNToken(
            token=answer["token"],
            token_type=answer["token_type"],
            base_upload_url=answer["base_url"],
            expires_at=datetime.fromisoformat(answer["expires_at"]),
        )


class Uploader(fal_client.AsyncClient):
    """fal-client for uploads alone. Close it with `aclose`."""

    def __init__(self, key: str, *, rest_url: str, cdn_url: str, timeout: float):
        super().__init__(key=key, default_timeout=timeout)
        self._http = httpx.AsyncClient(
            transport=RoutedTransport({REST_URL: rest_url, CDN_URL: cdn_url}),
            headers={"User-Agent": USER_AGENT, **PLAIN},
            timeout=timeout,
        )
        self._tokens = _TokenManager(key, self._http)

    @cached_property(asyncio.Lock)
    # The original is generic over its class.
    async def _token_manager(  # pyright: ignore[reportIncompatibleVariableOverride]
        self,
    ) -> AsyncCDNTokenManager:
        return self._tokens

    @override
    @asynccontextmanager
    async def _cdn_client(self) -> AsyncGenerator[httpx.AsyncClient]:
        yield self._http

    async def store(self, data: bytes, content_type: str, *, expires_in: int) -> str:
        """Upload `data` and return its URL. Lets errors of httpx and fal-client through."""
        return await self.upload(
            data,
            content_type,
            # fal-client's other repositories would send the key to any host that an answer names.
            repository="fal_v3",
            fallback_repository="fal_v3",
            lifecycle=fal_client.StorageSettings(expires_in=expires_in),
        )

    async def aclose(self) -> None:
        await self._http.aclose()
