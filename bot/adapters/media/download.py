"""Downloads, from the hosts that the operator allows only."""

import asyncio
import logging
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from typing import BinaryIO, Self

import httpx

from bot.adapters.process.tls import trusted

# httpcore imports it at the first request, which would stall the event loop for 30 ms.
import_module("anyio._backends._asyncio")

CHUNK_BYTES = 1 << 20
HOST = re.compile(rb"[a-z0-9._:-]+")
GONE_STATUSES = frozenset({403, 404, 410})


class DownloadError(Exception):
    """A download failed. The text names the host at most: signed URLs are secrets."""


class NotAllowed(DownloadError):
    """The URL isn't on an allowed host."""


class DownloadTooLarge(DownloadError):
    """The body is larger than the caller's limit."""


class Gone(DownloadError):
    """The server doesn't have the file, or not any more: 403, 404, 410."""


class TemporaryDownloadError(DownloadError):
    """The network or the server failed, or the body was incomplete: another try may go well."""


@dataclass(frozen=True, slots=True)
class HostPattern:
    """An entry of the list of allowed hosts."""

    scheme: str
    """`https` or `http`."""
    host: str
    """The host's name, or with `subdomains` the domain's."""
    port: int | None
    """None: the scheme's own port."""
    subdomains: bool
    """True: each host below the domain is allowed, instead of the host itself."""

    @classmethod
    def parse(cls, entry: str) -> Self:
        """Read `host`, `host:port` or `*.domain` (https), or the same behind `http://`.

        Raises ValueError.
        """
        scheme = "http" if entry.startswith("http://") else "https"
        place = entry.removeprefix("http://")
        try:
            url = httpx.URL(f"{scheme}://{place.removeprefix('*.')}")
        except httpx.InvalidURL as error:
            raise ValueError(f"{entry!r} is not a host") from error
        plain = url.path == "/" and not (url.userinfo or url.query or url.fragment)
        if not plain or HOST.fullmatch(url.raw_host) is None:
            raise ValueError(f"{entry!r} is not a host")
        return cls(scheme, url.host, url.port, place.startswith("*."))

    def allows(self, url: httpx.URL) -> bool:
        if (url.scheme, url.port) != (self.scheme, self.port):
            return False
        return url.host.endswith(f".{self.host}") if self.subdomains else url.host == self.host


class Downloader:
    """Downloads by GET, without credentials, proxies or redirects. Close it with `aclose`."""

    def __init__(
        self,
        hosts: Iterable[str],
        *,
        connect_seconds: float = 10,
        read_seconds: float = 30,
        total_seconds: float = 300,
    ):
        """Raises ValueError for an entry of `hosts` that HostPattern doesn't parse."""
        self._patterns = tuple(HostPattern.parse(entry) for entry in hosts)
        self._total_seconds = total_seconds
        # httpx logs every URL at INFO, with its signature.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._client = httpx.AsyncClient(
            trust_env=False,
            verify=trusted(),
            follow_redirects=False,
            timeout=httpx.Timeout(read_seconds, connect=connect_seconds),
            # A compressed body could unpack to any size.
            headers={"Accept": "*/*", "Accept-Encoding": "identity"},
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def download(self, url: str, file: BinaryIO, *, limit: int) -> int:
        """Write the body, of at most `limit` bytes, to `file` and return its size.

        At most one chunk of the body is in memory. Raises DownloadError, and OSError from the disk;
        `file` then holds a part of the body.
        """
        size = 0
        async with self._body(url, limit) as chunks:
            async for chunk in chunks:
                size += await asyncio.to_thread(file.write, chunk)
        return size

    async def save(self, url: str, path: Path, *, limit: int) -> int:
        """Download to a file at `path` that only the bot's own user can read, like `download`."""
        # Not in a thread: on cancellation the thread would go on, and the file stay open.
        file = open(path, "wb", opener=_open_private)  # noqa: ASYNC230, SIM115
        try:
            return await self.download(url, file, limit=limit)
        finally:
            await asyncio.to_thread(file.close)

    @asynccontextmanager
    async def _body(self, address: str, limit: int) -> AsyncGenerator[AsyncIterator[bytes]]:
        url = self._allowed(address)
        try:
            async with asyncio.timeout(self._total_seconds):
                if url.scheme == "https":
                    await _check_public(url)
                async with self._client.stream("GET", url) as response:
                    _check_head(response, limit)
                    yield _capped(response, limit)
        # A body shorter than its Content-Length is a RemoteProtocolError.
        except (httpx.HTTPError, TimeoutError) as error:
            raise TemporaryDownloadError(f"{url.host}: {type(error).__name__}") from error

    def _allowed(self, address: str) -> httpx.URL:
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            raise NotAllowed("unreadable address") from None
        if url.userinfo:
            raise NotAllowed(f"{url.host}: address with a user name")
        if not any(pattern.allows(url) for pattern in self._patterns):
            raise NotAllowed(f"{url.scheme}://{url.host}: not an allowed host")
        return url


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


async def _check_public(url: httpx.URL) -> None:
    """Raise NotAllowed for a host name with an address in the operator's own network.

    A plain http host isn't checked: such a host is allowed only if the operator listed it.
    """
    loop = asyncio.get_running_loop()
    try:
        addresses = await loop.getaddrinfo(url.host, url.port or 443)
    except OSError as error:
        raise TemporaryDownloadError(f"{url.host}: {type(error).__name__}") from error
    for *_, address in addresses:
        if not ip_address(str(address[0]).partition("%")[0]).is_global:
            raise NotAllowed(f"{url.host}: a private address")


def _check_head(response: httpx.Response, limit: int) -> None:
    host = response.url.host
    if response.status_code in GONE_STATUSES:
        raise Gone(f"{host}: HTTP {response.status_code}")
    if response.status_code != HTTPStatus.OK:
        raise TemporaryDownloadError(f"{host}: HTTP {response.status_code}")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise TemporaryDownloadError(f"{host}: compressed though not asked to")
    # The HTTP library has refused anything but digits.
    if int(response.headers.get("Content-Length", "0")) > limit:
        raise DownloadTooLarge(f"{host}: more than {limit} bytes announced")


async def _capped(response: httpx.Response, limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in response.aiter_raw(CHUNK_BYTES):
        size += len(chunk)
        if size > limit:
            raise DownloadTooLarge(f"{response.url.host}: more than {limit} bytes sent")
        yield chunk
