"""fal's listing of our own requests, page by page.

https://fal.ai/docs/platform-apis/v1/models/requests/by-endpoint
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import httpx

from bot.adapters.fal.answers import Listing, read
from bot.domain.jobs.fal import FalTrouble, ListedRequest

# Of 100 requests each: more than an account sends between a backup and its restore.
_MOST_PAGES = 200
# The time of a whole look, in time limits of one request.
_MOST_TIMEOUTS = 5
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)

Ask = Callable[[dict[str, str]], Awaitable[httpx.Response]]
"""Asks for one page by its query."""


async def listed(
    ask: Ask, endpoint: str, since: int, *, patience: float
) -> Sequence[ListedRequest]:
    """Return the requests that were sent after `since` (Unix milliseconds). Raises FalTrouble.

    `patience` is the time for one request, in seconds; all pages together may take a few of it.
    """
    start = datetime.fromtimestamp(since / 1000, UTC).isoformat()
    query = {"endpoint_id": endpoint, "start": start, "expand": "payloads", "limit": "100"}
    try:
        async with asyncio.timeout(_MOST_TIMEOUTS * patience):
            return await _all_pages(ask, query)
    except TimeoutError as error:
        raise FalTrouble("the listing takes too long") from error


async def _all_pages(ask: Ask, query: dict[str, str]) -> Sequence[ListedRequest]:
    # Requests that end meanwhile shift the pages, so one request may be on two of them.
    by_id: dict[str, ListedRequest] = {}
    cursors: set[str] = set()
    for _ in range(_MOST_PAGES):
        page = await _page(ask, query)
        for item in page.items:
            by_id[item.request_id] = ListedRequest(
                request_id=item.request_id,
                sent_at=(item.sent_at - _EPOCH) // _MILLISECOND,
                arguments=item.json_input or {},
            )
        if not page.has_more or page.next_cursor is None:
            return [*by_id.values()]
        if page.next_cursor in cursors:
            raise FalTrouble("the listing goes round in a circle")
        cursors.add(page.next_cursor)
        query["cursor"] = page.next_cursor
    raise FalTrouble(f"the listing has more than {len(by_id)} requests")


async def _page(ask: Ask, query: dict[str, str]) -> Listing:
    response = await ask(query)
    page = read(response, Listing)
    if page is None:
        raise FalTrouble(f"listing answered HTTP {response.status_code}")
    return page
