"""Implements `bot.ports.Fal`.

fal-client is used where it is safe: uploads and cancelling. It isn't for the rest: its `submit`
repeats the paid POST up to ten times when a connection drops, its `status` raises KeyError when
fal leaves a field out, and its `get` loses the headers that say what was billed.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import fal_client
import httpx
from typing_extensions import override

from bot.adapters.fal.answers import (
    Listing,
    ResultAnswer,
    StatusAnswer,
    SubmitAnswer,
    error_of,
    is_fals,
    read,
)
from bot.adapters.fal.events import progress_of, stream
from bot.adapters.fal.uploads import Uploader
from bot.adapters.process.tls import trusted
from bot.domain.jobs.fal import (
    Accepted,
    AccountTrouble,
    FalTrouble,
    Forgotten,
    Found,
    ModelError,
    NotTaken,
    Progress,
    Result,
    Submission,
    Unknown,
    Video,
    classify_refusal,
)
from bot.domain.jobs.hold_reason import OWNERS_BUSINESS, HoldReason
from bot.domain.jobs.job import Handle
from bot.ports import Fal, UploadRefused

# Raised before a byte of the request was sent.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# Of 100 requests each: more than an account makes between a backup and its return.
_MOST_PAGES = 200
# At a time.
_MOST_UPLOADS = 2
# What the archive keeps of members' own: everything was encoded anew.
_CONTENT_TYPES = {".jpg": "image/jpeg", ".mp4": "video/mp4"}
# What fal's storage says of a file that it will never take, in the words of fal's model errors.
_UPLOAD_REFUSED = {
    400: "image_load_error",
    413: "file_too_large",
    415: "unsupported_image_format",
    422: "image_load_error",
}
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True, kw_only=True)
class FalUrls:
    """The four bases that fal is spoken to at."""

    queue: str
    rest: str
    cdn: str
    api: str


class FalQueue(Fal):
    """fal, over one HTTP client. `timeout` and `start_timeout` are in seconds.

    `start_timeout` bounds how long a request may wait at fal; `file_lifetime` (seconds) how long
    fal keeps what it makes.
    """

    def __init__(
        self, key: str, urls: FalUrls, *, timeout: float, start_timeout: float, file_lifetime: int
    ):
        self._urls = urls
        self._timeout = timeout
        self._submit_headers = {
            "X-Fal-Request-Timeout": str(start_timeout),
            "X-Fal-Object-Lifecycle-Preference": json.dumps(
                {"expiration_duration_seconds": file_lifetime}
            ),
        }
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Key {key}"},
            timeout=httpx.Timeout(timeout, connect=min(10, timeout)),
            follow_redirects=False,
            trust_env=False,
            transport=httpx.AsyncHTTPTransport(retries=0, trust_env=False, verify=trusted()),
        )
        self._uploads = asyncio.Semaphore(_MOST_UPLOADS)
        self._uploader = Uploader(key, rest_url=urls.rest, cdn_url=urls.cdn, timeout=timeout)

    async def aclose(self) -> None:
        await self._http.aclose()
        await self._uploader.aclose()

    @override
    async def upload(self, path: Path, *, expires_in: int) -> str:
        # fal-client takes whole files: only so many are in memory at a time.
        async with self._uploads, self._no_trouble("upload"):
            data = await asyncio.to_thread(path.read_bytes)
            try:
                type_ = _CONTENT_TYPES[path.suffix]
                return await self._uploader.store(data, type_, expires_in=expires_in)
            except fal_client.FalClientHTTPError as error:
                if error.status_code in _UPLOAD_REFUSED:
                    raise UploadRefused(_UPLOAD_REFUSED[error.status_code]) from error
                raise
            except httpx.HTTPStatusError as error:
                # Of all that is uploaded, only the storage's token is asked for with the key.
                status = error.response.status_code
                refused = classify_refusal(status, *error_of(error.response))
                if isinstance(refused, NotTaken) and refused.hold in OWNERS_BUSINESS:
                    reason = f"the storage's token answered HTTP {status}"
                    raise AccountTrouble(reason, refused.hold) from error
                raise

    @override
    async def submit(
        self, endpoint: str, arguments: Mapping[str, object], *, webhook_url: str | None = None
    ) -> Submission:
        url = f"{self._urls.queue}/{endpoint}"
        query = None if webhook_url is None else {"fal_webhook": webhook_url}
        headers = self._submit_headers
        try:
            async with asyncio.timeout(2 * self._timeout):
                response = await self._http.post(url, json=arguments, headers=headers, params=query)
        except _NOT_SENT as error:
            return NotTaken(type(error).__name__, HoldReason.AWAY)
        except (httpx.HTTPError, TimeoutError) as error:
            return Unknown(type(error).__name__)
        if not response.is_success:
            return classify_refusal(response.status_code, *error_of(response))
        answer = read(response, SubmitAnswer)
        if answer is None:
            return Unknown("an answer without a request id")
        return Accepted(self._trusted(endpoint, answer))

    @override
    def handle(self, endpoint: str, request_id: str) -> Handle:
        """Return the handle of a request whose URLs fal didn't tell us.

        Status, result and cancel live under the app, the first two parts of an endpoint's id.
        """
        app = "/".join(endpoint.split("/")[:2])
        base = f"{self._urls.queue}/{app}/requests/{request_id}"
        return Handle(
            request_id=request_id,
            status_url=f"{base}/status",
            response_url=base,
            cancel_url=f"{base}/cancel",
        )

    def _trusted(self, endpoint: str, answer: SubmitAnswer) -> Handle:
        """Return fal's own URLs, but only those on its own host: the key is sent there."""
        own = self.handle(endpoint, answer.request_id)
        base = urlsplit(self._urls.queue)

        def pick(url: object, fallback: str) -> str:
            if isinstance(url, str) and urlsplit(url)[:2] == base[:2]:
                return url
            return fallback

        return Handle(
            request_id=answer.request_id,
            status_url=pick(answer.status_url, own.status_url),
            response_url=pick(answer.response_url, own.response_url),
            cancel_url=pick(answer.cancel_url, own.cancel_url),
        )

    @override
    async def progress(self, handle: Handle) -> Progress:
        response = await self._get(handle.status_url)
        if response.status_code in _GONE and is_fals(response):
            return Forgotten()
        answer = read(response, StatusAnswer)
        if answer is None:
            raise FalTrouble(f"status answered HTTP {response.status_code}")
        return progress_of(answer)

    @override
    async def follow(self, handle: Handle, hear: Callable[[Progress], None]) -> None:
        await stream(self._http, f"{handle.status_url}/stream", hear, patience=self._timeout)

    @override
    async def result(self, handle: Handle) -> Result:
        response = await self._get(handle.response_url)
        if response.is_success:
            answer = read(response, ResultAnswer)
            if answer is None:
                raise FalTrouble("the result names no video")
            units: str | None = response.headers.get("x-fal-billable-units")
            return Video(url=answer.video.url, billable_units=units)
        # 401, 403 and 429 speak of our account, a proxy's page of nothing at all.
        if not is_fals(response) or response.status_code in {401, 403, 429}:
            raise FalTrouble(f"result answered HTTP {response.status_code}")
        if response.status_code in _GONE:
            return Forgotten()
        type_, field = error_of(response)
        return ModelError(http_status=response.status_code, type=type_, field=field)

    @override
    async def cancel(self, handle: Handle) -> bool:
        request = fal_client.AsyncRequestHandle(
            request_id=handle.request_id,
            response_url=handle.response_url,
            status_url=handle.status_url,
            cancel_url=handle.cancel_url,
            client=self._http,
        )
        async with self._no_trouble("cancel"):
            try:
                await request.cancel()
            except fal_client.FalClientHTTPError as error:
                if error.status_code in {400, 404}:
                    return False
                raise
        return True

    @override
    async def find(self, endpoint: str, *, since: int) -> Sequence[Found]:
        start = datetime.fromtimestamp(since / 1000, UTC).isoformat()
        asked = {"endpoint_id": endpoint, "start": start, "expand": "payloads", "limit": "100"}
        # What ends meanwhile moves the pages on: one request may be on two of them.
        found: dict[str, Found] = {}
        for _ in range(_MOST_PAGES):
            page = await self._listing(asked)
            for item in page.items:
                found[item.request_id] = Found(
                    request_id=item.request_id,
                    sent_at=round(item.sent_at.timestamp() * 1000),
                    arguments=item.json_input or {},
                )
            if not page.has_more or page.next_cursor is None:
                return [*found.values()]
            asked["cursor"] = page.next_cursor
        raise FalTrouble(f"the listing has more than {len(found)} requests")

    async def _listing(self, asked: dict[str, str]) -> Listing:
        response = await self._get(f"{self._urls.api}/v1/models/requests/by-endpoint", asked)
        page = read(response, Listing)
        if page is None:
            raise FalTrouble(f"listing answered HTTP {response.status_code}")
        return page

    async def accepts_key(self) -> bool:
        """Say whether fal knows the key, by a call that costs nothing. Raises FalTrouble."""
        response = await self._get(
            f"{self._urls.api}/v1/models/pricing", {"endpoint_id": "fal-ai/pika"}
        )
        if response.status_code >= 500 or not is_fals(response):
            raise FalTrouble(f"pricing answered HTTP {response.status_code}")
        return response.status_code not in {401, 403}

    async def _get(self, url: str, parameters: dict[str, str] | None = None) -> httpx.Response:
        async with self._no_trouble("GET"):
            return await self._http.get(url, params=parameters)

    @asynccontextmanager
    async def _no_trouble(self, what: str) -> AsyncGenerator[None]:
        """Turn everything that fal-client and httpx raise into FalTrouble, in bounded time."""
        try:
            async with asyncio.timeout(2 * self._timeout):
                yield
        except fal_client.FalClientHTTPError as error:
            raise FalTrouble(f"{what} answered HTTP {error.status_code}") from error
        except (httpx.HTTPError, fal_client.FalClientError, TimeoutError) as error:
            raise FalTrouble(f"{what} failed: {type(error).__name__}") from error
        except (ValueError, KeyError) as error:
            raise FalTrouble(f"{what} answered something unreadable") from error
