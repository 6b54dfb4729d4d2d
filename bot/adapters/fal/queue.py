"""The port `bot.ports.Fal` over HTTP: submit, follow, fetch, cancel and list requests.

fal-client is used where it is safe: cancelling. For the rest it isn't: its `submit` repeats the
paid POST up to ten times when a connection drops, its `status` raises KeyError when fal leaves a
field out, its `get` loses the headers that say what was billed, and its `upload` goes to constant
hosts (uploads.py).
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import fal_client
import httpx
from typing_extensions import override

from bot.adapters.fal.answers import (
    CancelAnswer,
    PricesAnswer,
    ResultAnswer,
    StatusAnswer,
    SubmitAnswer,
    check_own,
    error_of,
    is_fals,
    read,
    trusted_url,
    words_of,
)
from bot.adapters.fal.clock import FalClock
from bot.adapters.fal.events import progress_of, stream
from bot.adapters.fal.listing import listed
from bot.adapters.fal.transport import MOST_LISTED_BYTES, PLAIN, LimitedTransport
from bot.adapters.fal.uploads import Uploader
from bot.adapters.process.clock import SystemClock
from bot.domain.jobs.fal import (
    Accepted,
    FalTrouble,
    Forgotten,
    ListedRequest,
    ModelError,
    NotTaken,
    Progress,
    Result,
    Submission,
    Unknown,
    Video,
    classify_refusal,
)
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import Handle
from bot.ports import Clock, Fal

# Raised before a byte of the request was sent.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# Raised by fal-client and httpx for an answer, or a URL of one, that is nonsense.
_UNREADABLE = (
    *(ValueError, KeyError, TypeError, OverflowError, RecursionError),
    httpx.InvalidURL,
)
# Uploads at a time.
_MOST_UPLOADS = 2
# The archive holds only these two kinds of inputs: every input was encoded anew.
_CONTENT_TYPES = {".jpg": "image/jpeg", ".mp4": "video/mp4"}
_GONE = frozenset({404, 410})
# A cancel that comes too late, or of a request that fal doesn't know.
_TOO_LATE = frozenset({400, 404})
_CANCEL_TAKEN = frozenset({"CANCELLATION_REQUESTED", "OK"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FalUrls:
    """The base URLs of fal's services."""

    queue: str
    """Requests: submit, status, result, cancel."""
    rest: str
    """Tokens for the storage, and the public keys of webhooks."""
    cdn: str
    """The storage for uploads."""
    api: str
    """The platform: listing of requests, models and prices."""


class FalQueue(Fal):
    """Client of fal's queue, storage and listing, over one HTTP client. Close it with `aclose`."""

    def __init__(
        self,
        key: str,
        urls: FalUrls,
        *,
        timeout: float,
        start_timeout: float,
        file_lifetime: int,
        clock: Clock | None = None,
    ):
        """All three times are in seconds; fal's clock is compared with `clock`.

        `timeout` is for one request, `start_timeout` limits how long a request may wait at fal
        before it runs, and `file_lifetime` how long fal keeps a result.
        """
        self._urls = urls
        self._timeout = timeout
        self._submit_headers = {
            "X-Fal-Request-Timeout": str(start_timeout),
            "X-Fal-Object-Lifecycle-Preference": json.dumps(
                {"expiration_duration_seconds": file_lifetime}
            ),
        }
        own_clock = clock or SystemClock()
        self._clock = FalClock(own_clock)
        self._transport = LimitedTransport()
        self._http = self._client({"Authorization": f"Key {key}", **PLAIN}, self._clock.learn)
        self._uploads = asyncio.Semaphore(_MOST_UPLOADS)
        self._uploader = Uploader(
            key, rest_url=urls.rest, cdn_url=urls.cdn, timeout=timeout, clock=own_clock
        )

    def _client(
        self,
        headers: Mapping[str, str],
        *after_answer: Callable[[httpx.Response], Awaitable[None]],
    ) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(self._timeout, connect=min(10, self._timeout)),
            follow_redirects=False,
            trust_env=False,
            transport=self._transport,
            event_hooks={"response": [*after_answer]},
        )

    async def aclose(self) -> None:
        await self._http.aclose()
        await self._uploader.aclose()

    @override
    def clock_offset(self) -> int | None:
        return self._clock.offset()

    @override
    async def upload(self, path: Path, *, expires_in: int) -> str:
        # Two at a time: more at once share the same line, and each takes longer.
        async with self._uploads, self._no_trouble("upload"):
            type_ = _CONTENT_TYPES[path.suffix]
            return await self._uploader.store(path, type_, expires_in=expires_in)

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
            words = words_of(response)
            return classify_refusal(response.status_code, *error_of(response), words)
        answer = read(response, SubmitAnswer)
        if answer is None:
            return Unknown("an answer without a request id")
        return Accepted(self._trusted(endpoint, answer))

    @override
    def handle(self, endpoint: str, request_id: str) -> Handle:
        """Return the handle of a request of which only the id is known.

        Status, result and cancel live under the app, the first two parts of an endpoint's id.
        """
        app = "/".join(endpoint.split("/")[:2])
        base = f"{self._urls.queue}/{app}/requests/{quote(request_id, safe='')}"
        return Handle(
            request_id=request_id,
            status_url=f"{base}/status",
            response_url=base,
            cancel_url=f"{base}/cancel",
        )

    def _trusted(self, endpoint: str, answer: SubmitAnswer) -> Handle:
        """Return the answer's URLs, and for those that can't be trusted the bot's own."""
        own, base = self.handle(endpoint, answer.request_id), self._urls.queue
        return Handle(
            request_id=answer.request_id,
            status_url=trusted_url(answer.status_url, base, own.status_url),
            response_url=trusted_url(answer.response_url, base, own.response_url),
            cancel_url=trusted_url(answer.cancel_url, base, own.cancel_url),
        )

    @override
    async def progress(self, handle: Handle) -> Progress:
        response = await self._get(handle.status_url)
        if response.status_code in _GONE and is_fals(response):
            return Forgotten()
        answer = read(response, StatusAnswer)
        if answer is None:
            raise FalTrouble(f"status answered HTTP {response.status_code}")
        check_own(handle.request_id, answer.request_id or response.headers.get("x-fal-request-id"))
        return progress_of(answer)

    @override
    async def follow(self, handle: Handle, receive: Callable[[Progress], None]) -> None:
        url = f"{handle.status_url}/stream"
        await stream(self._http, url, handle.request_id, receive, patience=self._timeout)

    @override
    async def result(self, handle: Handle) -> Result:
        response = await self._get(handle.response_url)
        check_own(handle.request_id, response.headers.get("x-fal-request-id"))
        if response.is_success:
            answer = read(response, ResultAnswer)
            if answer is None:
                raise FalTrouble("the result names no video")
            units: str | None = response.headers.get("x-fal-billable-units")
            return Video(url=answer.video.url, billable_units=units)
        # 401, 403 and 429 concern the account, and a proxy's page says nothing of the request.
        if not is_fals(response) or response.status_code in {401, 403, 429}:
            raise FalTrouble(f"result answered HTTP {response.status_code}")
        if response.status_code in _GONE:
            return Forgotten()
        type_, field = error_of(response)
        return ModelError(
            http_status=response.status_code, type=type_, field=field, words=words_of(response)
        )

    @override
    async def cancel(self, handle: Handle) -> bool:
        answers: list[httpx.Response] = []

        async def keep(answer: httpx.Response) -> None:
            await answer.aread()
            answers.append(answer)

        # fal-client's handle returns nothing of fal's answer, so its HTTP client keeps it. That
        # client has the connections of the other one, and is closed with them.
        http = self._client(self._http.headers, self._clock.learn, keep)
        async with self._no_trouble("cancel"):
            try:
                await fal_client.AsyncRequestHandle(**asdict(handle), client=http).cancel()
            except fal_client.FalClientHTTPError as error:
                if error.status_code in _TOO_LATE:
                    return False
                raise
            # A proxy's page is a success as well: only fal's own word counts.
            answer = CancelAnswer.model_validate_json(answers[-1].content)
        return answer.success or str(answer.status) in _CANCEL_TAKEN

    @override
    async def find(self, endpoint: str, *, since: int) -> Sequence[ListedRequest]:
        url = f"{self._urls.api}/v1/models/requests/by-endpoint"

        async def ask(query: dict[str, str]) -> httpx.Response:
            return await self._get(url, query, most_bytes=MOST_LISTED_BYTES)

        return await listed(ask, endpoint, since, patience=self._timeout)

    async def accepts_key(self) -> bool:
        """Return whether fal accepts the key, by a call that costs nothing. Raises FalTrouble."""
        response = await self._get(
            f"{self._urls.api}/v1/models/pricing", {"endpoint_id": "fal-ai/pika"}
        )
        is_priced = read(response, PricesAnswer) is not None
        # 404: fal knows the key, and no longer that endpoint.
        if not (is_priced or (response.status_code in {401, 403, 404} and is_fals(response))):
            raise FalTrouble(f"pricing answered HTTP {response.status_code}, not as fal does")
        return response.status_code not in {401, 403}

    async def _get(
        self, url: str, parameters: dict[str, str] | None = None, **limits: int
    ) -> httpx.Response:
        async with self._no_trouble("GET"):
            return await self._http.get(url, params=parameters, extensions=limits)

    @asynccontextmanager
    async def _no_trouble(self, what: str) -> AsyncGenerator[None]:
        """Turn each error of fal-client and httpx into FalTrouble, and limit the time."""
        try:
            async with asyncio.timeout(2 * self._timeout):
                yield
        except fal_client.FalClientHTTPError as error:
            raise FalTrouble(f"{what} answered HTTP {error.status_code}") from error
        except (httpx.HTTPError, fal_client.FalClientError, TimeoutError) as error:
            raise FalTrouble(f"{what} failed: {type(error).__name__}") from error
        except _UNREADABLE as error:
            raise FalTrouble(f"{what} answered something unreadable") from error
