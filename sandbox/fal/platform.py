"""fal's platform API: what was requested, and what it costs.

https://fal.ai/docs/platform-apis/v1/models/requests/by-endpoint.md
"""

from datetime import UTC, datetime, timedelta

from aiohttp import web

from sandbox.fal.errors import Json, JsonObject
from sandbox.fal.faults import Action
from sandbox.fal.gate import Gate
from sandbox.fal.schemas import ENDPOINTS
from sandbox.fal.server import FalRequest, FalServer, now, timestamp

LARGEST_PAGE = 100
USUAL_PAGE = 50
USUAL_REACH = timedelta(hours=24)
LISTING_QUERY = {
    "endpoint_id", "start", "end", "status", "request_id", "expand", "limit", "cursor"
}  # fmt: skip


class Platform:
    """The routes of api.fal.ai."""

    def __init__(self, server: FalServer, gate: Gate) -> None:
        self._server = server
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/models/requests/by-endpoint", self.listing),
            web.get("/v1/models/pricing", self.pricing),
        ]

    async def listing(self, request: web.Request) -> web.StreamResponse:
        """List requests that have ended, the latest first."""

        async def handle(_: Action | None) -> web.StreamResponse:
            return self._list(request)

        return self._refusal(request) or await self._gate.play("listing", request, handle)

    async def pricing(self, request: web.Request) -> web.StreamResponse:
        """Tell the unit prices of the endpoints asked for."""
        if refusal := self._refusal(request):
            return refusal
        asked = request.query.getall("endpoint_id", [])
        unknown = [endpoint for endpoint in asked if endpoint not in ENDPOINTS]
        if unknown:
            return _error(404, "not_found", f"Endpoint(s) not found: {', '.join(unknown)}")
        prices: list[Json] = [
            {
                "endpoint_id": endpoint,
                "unit_price": float(ENDPOINTS[endpoint].unit_price),
                "unit": ENDPOINTS[endpoint].unit,
                "currency": "USD",
            }
            for endpoint in asked or ENDPOINTS
        ]
        return web.json_response({"prices": prices, "has_more": False, "next_cursor": None})

    def _refusal(self, request: web.Request) -> web.Response | None:
        if self._gate.refusal(request) is None:
            return None
        return _error(401, "authorization_error", "Authentication required")

    def _list(self, request: web.Request) -> web.Response:
        query = request.query
        for name in sorted(query.keys() - LISTING_QUERY):
            self._server.violated(f"the request listing knows no parameter {name!r}")
        endpoint_ids = query.getall("endpoint_id", [])
        if not endpoint_ids:
            return _error(400, "validation_error", "endpoint_id is required")
        try:
            limit, offset = int(query.get("limit", USUAL_PAGE)), int(query.get("cursor", 0))
            start, end = (
                _time(query.get("start"), now() - USUAL_REACH),
                _time(query.get("end"), now()),
            )
        except ValueError as error:
            return _error(400, "validation_error", str(error))
        if not 1 <= limit <= LARGEST_PAGE:
            return _error(400, "validation_error", f"limit must be 1 to {LARGEST_PAGE}")
        found = [
            (ended_at, one)
            for one in self._server.requests.values()
            if one.endpoint in endpoint_ids
            and (ended_at := one.ended_at) is not None
            and start <= ended_at <= end
            and query.get("request_id", one.request_id) == one.request_id
            and query.get("status", _outcome(one)) == _outcome(one)
        ]
        found.sort(key=lambda pair: pair[0], reverse=True)
        more = len(found) > offset + limit
        payloads = "payloads" in ",".join(query.getall("expand", [])).split(",")
        page: list[Json] = [_item(*one, payloads) for one in found[offset : offset + limit]]
        next_cursor = str(offset + limit) if more else None
        return web.json_response({"items": page, "has_more": more, "next_cursor": next_cursor})


def _item(ended_at: datetime, request: FalRequest, payloads: bool) -> JsonObject:
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
    if payloads:
        item["json_input"] = request.arguments
        item["json_output"] = request.error.body if request.error else request.result
    return item


def _outcome(request: FalRequest) -> str:
    return "error" if request.error else "success"


def _time(given: str | None, default: datetime) -> datetime:
    if given is None:
        return default
    at = datetime.fromisoformat(given)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _error(status: int, error_type: str, message: str) -> web.Response:
    return web.json_response({"error": {"type": error_type, "message": message}}, status=status)
