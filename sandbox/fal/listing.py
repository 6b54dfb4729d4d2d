"""fal's listing of requests: the only way to find one whose id was lost.

https://fal.ai/docs/platform-apis/v1/models/requests/by-endpoint.md
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

from sandbox.fal.clock import timestamp
from sandbox.fal.errors import Json, JsonObject
from sandbox.fal.records import FalRequest
from sandbox.fal.retention import REQUESTS, payloads_are_gone
from sandbox.fal.server import FalServer

LARGEST_PAGE = 100
USUAL_PAGE = 50
USUAL_REACH = timedelta(hours=24)
PARAMETERS = {
    "endpoint_id", "start", "end", "status", "request_id", "expand", "limit", "cursor"
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A query of the listing."""

    endpoint_ids: list[str]
    start: datetime
    """Earliest end of a listed request."""
    end: datetime
    """Latest end of a listed request."""
    status: str | None
    """Only requests that ended so: `success` or `error`."""
    request_id: str | None
    """Only this request."""
    payloads: bool
    """Inputs and results are listed too."""
    limit: int
    """Most entries of the page."""
    offset: int
    """Entries before the page, from its cursor."""

    @classmethod
    def of(cls, request: web.Request, at: datetime) -> "Asked":
        """Read a query. Raises ValueError with a sentence for the client."""
        query = request.query
        endpoint_ids = query.getall("endpoint_id", [])
        if not endpoint_ids:
            raise ValueError("endpoint_id is required")
        request_id = query.get("request_id")
        # Asked for by id, a request is found as far back as the listing reaches.
        reach = USUAL_REACH if request_id is None else REQUESTS
        limit = int(query.get("limit", str(USUAL_PAGE)))
        if not 1 <= limit <= LARGEST_PAGE:
            raise ValueError(f"limit must be 1 to {LARGEST_PAGE}")
        status, offset = query.get("status"), int(query.get("cursor", "0"))
        if status not in {None, "success", "error"} or offset < 0:
            raise ValueError("status must be success or error, cursor one that was given")
        return cls(
            endpoint_ids=endpoint_ids,
            start=max(_time(query.get("start"), at - reach), at - REQUESTS),
            end=_time(query.get("end"), at),
            status=status,
            request_id=request_id,
            payloads="payloads" in ",".join(query.getall("expand", [])).split(","),
            limit=limit,
            offset=offset,
        )


def listing(server: FalServer, request: web.Request) -> JsonObject:
    """List requests that have ended, the latest first. Raises ValueError."""
    asked = Asked.of(request, server.now())
    found = [
        (ended_at, one)
        for one in server.requests.values()
        if (ended_at := _listed_end(server, one)) is not None and _wanted(one, ended_at, asked)
    ]
    found.sort(key=lambda pair: pair[0], reverse=True)
    after = asked.offset + asked.limit
    more = len(found) > after
    items: list[Json] = [
        _item(server, ended_at, one, asked.payloads)
        for ended_at, one in found[asked.offset : after]
    ]
    return {"items": items, "has_more": more, "next_cursor": str(after) if more else None}


def _listed_end(server: FalServer, request: FalRequest) -> datetime | None:
    """Return the time of a request's end, or None if the listing doesn't show it."""
    lag = server.habits.listing_lag_seconds
    if request.ended_at is None or lag is None:
        return None
    shown = server.now() >= request.ended_at + timedelta(seconds=lag)
    return request.ended_at if shown else None


def _wanted(request: FalRequest, ended_at: datetime, asked: Asked) -> bool:
    return (
        request.endpoint in asked.endpoint_ids
        and asked.start <= ended_at <= asked.end
        and asked.request_id in {None, request.request_id}
        and asked.status in {None, "error" if request.error else "success"}
    )


def _item(server: FalServer, ended_at: datetime, request: FalRequest, payloads: bool) -> JsonObject:
    started_at = request.started_at
    item: JsonObject = {
        "request_id": request.request_id,
        "endpoint_id": request.endpoint,
        "sent_at": timestamp(request.sent_at),
        "started_at": timestamp(started_at) if started_at else None,
        "ended_at": timestamp(ended_at),
        "status_code": request.error.status if request.error else 200,
        "duration": (ended_at - started_at).total_seconds() if started_at else None,
    }
    if payloads and not payloads_are_gone(server.now(), request):
        item["json_input"] = request.arguments
        item["json_output"] = request.error.body if request.error else request.result
    return item


def _time(given: str | None, default: datetime) -> datetime:
    if given is None:
        return default
    at = datetime.fromisoformat(given)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
