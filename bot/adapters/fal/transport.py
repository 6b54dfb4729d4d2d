"""HTTP transport with limits: no answer, and no event of a stream, is larger than its bound.

A body is limited as it is read, before httpx, fal-client or a parser keeps it. Answers in an
encoding that wasn't asked for are refused, as a small body can unpack to a huge one.
"""

from collections.abc import AsyncIterator
from typing import TypedDict

import httpx
from typing_extensions import override

from bot.adapters.process.tls import trusted

MOST_BYTES = 1_000_000
"""The largest answer of fal's queue: a result is one URL, an error repeats the input."""
MOST_LISTED_BYTES = 8_000_000
"""The largest page of fal's listing or catalogue: it has the inputs, or schemas, of many."""
MOST_EVENT_BYTES = 64_000
"""The largest event of a status stream; the stream itself may go on for any time."""
PLAIN = {"Accept-Encoding": "identity"}
"""The header that asks for bodies as they are."""

_EVENT_ENDS = (b"\n\n", b"\r\n\r\n", b"\r\r")
_LONGEST_END = 4


class Limits(TypedDict, total=False):
    """The limits of one request, given as httpx's `extensions`."""

    most_bytes: int
    """The largest body."""
    most_event_bytes: int
    """The largest event of a stream, whose body may have any size."""


class TooLong(httpx.DecodingError):
    """The answer is larger than its limit. As no error of the connection, it isn't asked again."""


class _Limited(httpx.AsyncByteStream):
    """A body that ends with TooLong beyond its limit."""

    def __init__(self, whole: httpx.AsyncByteStream, most: int):
        self._whole = whole
        self._most = most

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._whole:
            size += len(part)
            if size > self._most:
                raise TooLong(f"an answer of more than {self._most} bytes")
            yield part

    @override
    async def aclose(self) -> None:
        await self._whole.aclose()


class _LimitedEvents(_Limited):
    """A stream of events that ends with TooLong at an event beyond the limit."""

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        size, end = 0, b""
        async for part in self._whole:
            known = end + part
            after = max(
                (known.rfind(mark) + len(mark) for mark in _EVENT_ENDS if mark in known),
                default=None,
            )
            size = size + len(part) if after is None else len(known) - after
            if size > self._most:
                raise TooLong(f"an event of more than {self._most} bytes")
            end = known[-_LONGEST_END + 1 :]
            yield part


class LimitedTransport(httpx.AsyncHTTPTransport):
    """Reads each answer up to `most_bytes`, unless its request's extensions say otherwise."""

    def __init__(self, most_bytes: int = MOST_BYTES):
        super().__init__(retries=0, trust_env=False, verify=trusted())
        self._most_bytes = most_bytes

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise httpx.DecodingError("an answer in an encoding that wasn't asked for")
        most_event: object = request.extensions.get("most_event_bytes")
        most: object = request.extensions.get("most_bytes", self._most_bytes)
        if isinstance(most_event, int) and response.is_success:
            response.stream = _LimitedEvents(response.stream, most_event)
        elif isinstance(most, int):
            response.stream = _Limited(response.stream, most)
        return response
