"""Downloads, from the hosts that the operator allows only."""

import asyncio
import logging
import os
import re
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Self, TypeAlias

import httpx

from bot.adapters.media.addresses import PrivateAddress, public_addresses
from bot.adapters.process.tls import trusted
from bot.domain.jobs.unkept import Unkept

# httpcore imports it at the first request, which would stall the event loop for 30 ms.
import_module("anyio._backends._asyncio")

CHUNK_BYTES = 1 << 20
HOST = re.compile(rb"[a-z0-9._:-]+")
GONE_STATUSES = frozenset({403, 404, 410})


class DownloadError(Exception):
    """A download failed. The text names the host at most: signed URLs are secrets."""

    reason = Unkept.SERVER
    """The side on which the trouble lies."""

    def __init__(self, text: str, reason: Unkept | None = None):
        super().__init__(text)
        self.reason = reason or self.reason


class NotAllowed(DownloadError):
    """The URL isn't on an allowed host."""

    reason = Unkept.HOST


class DownloadTooLarge(DownloadError):
    """The body is larger than the caller's limit."""

    reason = Unkept.UNUSABLE


class Gone(DownloadError):
    """The server doesn't have the file, or doesn't give it: 403, 404, 410."""

    reason = Unkept.LOST


class TemporaryDownloadError(DownloadError):
    """The network or the server failed, or the body was incomplete: another try may go well."""


Inspect: TypeAlias = Callable[[bytes, int | None], None]
"""Called with each piece of a body and the announced size of all; raises to end the download."""


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
            host = url.host
        except (httpx.InvalidURL, ValueError) as error:
            raise ValueError(f"{entry!r} is not a host") from error
        plain = url.path == "/" and not (url.userinfo or url.query or url.fragment)
        if not plain or HOST.fullmatch(url.raw_host) is None:
            raise ValueError(f"{entry!r} is not a host")
        return cls(scheme, host, url.port, place.startswith("*."))

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
            mounts={"https://": _connecting_anew()},
            # A compressed body could unpack to any size.
            headers={"Accept": "*/*", "Accept-Encoding": "identity"},
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def download(
        self, url: str, file: BinaryIO, *, limit: int, inspect: Inspect | None = None
    ) -> int:
        """Write the body, of at most `limit` bytes, to `file` and return its size.

        At most one chunk of the body is in memory. `inspect` gets each chunk first; what it raises
        ends the download. Raises DownloadError, and OSError from the disk; `file` then holds a part
        of the body.
        """
        size = 0
        async with self._body(url, limit) as (chunks, announced):
            async for chunk in chunks:
                if inspect is not None:
                    inspect(chunk, announced)
                size += await asyncio.to_thread(file.write, chunk)
        return size

    async def save(
        self, url: str, path: Path, *, limit: int, inspect: Inspect | None = None
    ) -> int:
        """Download to a file at `path` that only the bot's own user can read, like `download`."""
        # Not in a thread: on cancellation the thread would go on, and the file stay open.
        file = open(path, "wb", opener=_open_private)  # noqa: ASYNC230, SIM115
        try:
            return await self.download(url, file, limit=limit, inspect=inspect)
        finally:
            await asyncio.to_thread(file.close)

    @asynccontextmanager
    async def _body(
        self, address: str, limit: int
    ) -> AsyncGenerator[tuple[AsyncIterator[bytes], int | None]]:
        """Yield the body's chunks, and its announced size."""
        url = self._allowed(address)
        try:
            async with asyncio.timeout(self._total_seconds):
                async with self._response(url) as response:
                    yield _capped(response, limit), _check_head(response, limit)
        # A body shorter than its Content-Length is a RemoteProtocolError.
        except (httpx.HTTPError, TimeoutError) as error:
            reason = reason_of(error)
            raise TemporaryDownloadError(f"{url.host}: {type(error).__name__}", reason) from error

    @asynccontextmanager
    async def _response(self, url: httpx.URL) -> AsyncGenerator[httpx.Response]:
        """Yield the answer of the URL's host, at an address that was checked.

        A plain http host isn't checked: such a host is allowed only if the operator listed it.
        """
        if url.scheme != "https":
            async with self._client.stream("GET", url) as response:
                yield response
            return
        async with AsyncExitStack() as stack:
            yield await self._from_public(stack, url)

    async def _from_public(self, stack: AsyncExitStack, url: httpx.URL) -> httpx.Response:
        """Connect to the addresses of the URL's host by turns, and to no other."""
        *others, last = await _public_addresses(url)
        for address in [*others, last]:
            # The name would be resolved once more, perhaps to another address.
            request = self._client.build_request(
                "GET",
                url.copy_with(host=address),
                headers={"Host": url.netloc.decode()},
                extensions={"sni_hostname": url.host},
            )
            try:
                response = await self._client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if address == last:
                    raise
            else:
                stack.push_async_callback(response.aclose)
                return response
        raise AssertionError("the last address returns or raises")

    def _allowed(self, address: str) -> httpx.URL:
        try:
            url = httpx.URL(address)
            host = url.host
        except (httpx.InvalidURL, ValueError):
            # A host that is no name, such as `xn--a`, is a ValueError when it is read.
            raise NotAllowed("unreadable address", Unkept.UNUSABLE) from None
        if not host:
            raise NotAllowed("unreadable address", Unkept.UNUSABLE)
        if url.userinfo:
            raise NotAllowed(f"{host}: address with a user name", Unkept.UNUSABLE)
        if not any(pattern.allows(url) for pattern in self._patterns):
            raise NotAllowed(f"{url.scheme}://{host}: not an allowed host")
        return url


def _connecting_anew() -> httpx.AsyncHTTPTransport:
    """Return a transport that keeps no connection: by address, two names would share one."""
    return httpx.AsyncHTTPTransport(
        trust_env=False, verify=trusted(), limits=httpx.Limits(max_keepalive_connections=0)
    )


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


async def _public_addresses(url: httpx.URL) -> Sequence[str]:
    """Return the addresses of the URL's host. Raises DownloadError."""
    try:
        return await public_addresses(url.host, url.port or 443)
    except (OSError, UnicodeError) as error:
        text = f"{url.host}: {type(error).__name__}"
        raise TemporaryDownloadError(text, Unkept.NAME) from error
    except PrivateAddress:
        raise NotAllowed(f"{url.host}: a private address", Unkept.NAME) from None


def reason_of(error: BaseException) -> Unkept:
    """Return the side on which a request's trouble lies, by the errors that led to it."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unkept.NAME
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Unkept.TLS
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return Unkept.CONNECTION
    return Unkept.SERVER


def _host(response: httpx.Response) -> str:
    # The URL may have the host's address in its name's place.
    return response.request.headers["Host"]


def _check_head(response: httpx.Response, limit: int) -> int | None:
    """Return the announced size of the body; None if there is none. Raises DownloadError."""
    host = _host(response)
    if response.status_code in GONE_STATUSES:
        raise Gone(f"{host}: HTTP {response.status_code}")
    if response.status_code != HTTPStatus.OK:
        raise TemporaryDownloadError(f"{host}: HTTP {response.status_code}")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise TemporaryDownloadError(f"{host}: compressed though not asked to")
    if (length := response.headers.get("Content-Length")) is None:
        return None
    # The HTTP library has refused anything but digits.
    if int(length) > limit:
        raise DownloadTooLarge(f"{host}: more than {limit} bytes announced")
    return int(length)


async def _capped(response: httpx.Response, limit: int) -> AsyncIterator[bytes]:
    """Yield the body: what came first at once, so that it can be looked at, then large chunks."""
    size, chunk = 0, bytearray()
    async for piece in response.aiter_raw():
        is_first = size == 0
        size += len(piece)
        if size > limit:
            raise DownloadTooLarge(f"{_host(response)}: more than {limit} bytes sent")
        chunk += piece
        if is_first or len(chunk) >= CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    if chunk:
        yield bytes(chunk)
