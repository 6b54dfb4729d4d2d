"""fal's platform API: models, requests, prices: https://fal.ai/docs/platform-apis/v1/models.md"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import cast

from aiohttp import web

from sandbox.fal.catalogue import Catalogue, Refused
from sandbox.fal.errors import Json, JsonObject
from sandbox.fal.faults import Action, Route
from sandbox.fal.gate import Gate
from sandbox.fal.listing import PARAMETERS, listing
from sandbox.fal.schemas import ENDPOINTS
from sandbox.fal.server import FalServer

ESTIMATES = {"unit_price": "unit_quantity", "historical_api_price": "call_quantity"}
"""Kinds of estimates, each with what it counts."""


class Platform:
    """The routes of api.fal.ai."""

    def __init__(self, server: FalServer, gate: Gate) -> None:
        self._server = server
        self._gate = gate
        self._catalogue = Catalogue(server)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/models/requests/by-endpoint", self.listing),
            web.get("/v1/models", self.models),
            web.get("/v1/models/pricing", self.pricing),
            web.post("/v1/models/pricing/estimate", self.estimate),
            web.get("/v1/models/usage", self.only_for_admins),
            web.get("/v1/account/billing", self.only_for_admins),
            web.get("/v1/meta", self.meta),
        ]

    async def listing(self, request: web.Request) -> web.StreamResponse:
        """List requests that have ended, the latest first."""

        def answer() -> JsonObject:
            for name in sorted(request.query.keys() - PARAMETERS):
                self._server.violated(f"the request listing knows no parameter {name!r}")
            try:
                return listing(self._server, request)
            except ValueError as error:
                raise Refused(400, "validation_error", str(error)) from error

        return await self._answer(request, answer, "listing")

    async def models(self, request: web.Request) -> web.StreamResponse:
        """Describe the endpoints asked for; their schemas with `expand=openapi-3.0`."""
        return await self._answer(request, lambda: self._catalogue.models(request))

    async def pricing(self, request: web.Request) -> web.StreamResponse:
        """Answer with the unit prices of the endpoints asked for."""
        return await self._answer(request, lambda: self._catalogue.prices(request))

    async def estimate(self, request: web.Request) -> web.StreamResponse:
        """Answer with the total price of quantities of endpoints."""
        raw = await request.read()
        return await self._answer(request, lambda: _estimate(raw))

    async def only_for_admins(self, request: web.Request) -> web.StreamResponse:
        """Refuse: reports on money need a key of the scope ADMIN, and this one has API."""

        def answer() -> JsonObject:
            raise Refused(403, "authorization_error", "Admin API key required")

        return await self._answer(request, answer)

    async def meta(self, request: web.Request) -> web.StreamResponse:
        """Answer with the addresses that webhooks come from."""
        return await self._answer(request, lambda: {"webhook_ip_ranges": ["127.0.0.0/8"]})

    async def _answer(
        self, request: web.Request, answer: Callable[[], JsonObject], route: Route = "platform"
    ) -> web.StreamResponse:
        async def handle(_: Action | None) -> web.StreamResponse:
            try:
                return web.json_response(answer())
            except Refused as refused:
                return _error(refused)

        if self._gate.refusal(request) is not None:
            return _error(Refused(401, "authorization_error", "Authentication required"))
        return await self._gate.play(route, request, handle)


def _check_known(endpoints: list[str]) -> None:
    if unknown := [one for one in endpoints if one not in ENDPOINTS]:
        raise Refused(404, "not_found", f"Endpoint(s) not found: {', '.join(unknown)}")


def _estimate(raw: bytes) -> JsonObject:
    try:
        body = cast("Json", json.loads(raw))
    except ValueError as error:
        raise Refused(400, "validation_error", "not JSON") from error
    kind = body.get("estimate_type") if isinstance(body, dict) else None
    wanted = body.get("endpoints") if isinstance(body, dict) else None
    if kind not in ESTIMATES or not isinstance(wanted, dict) or not wanted:
        message = f"estimate_type must be one of {', '.join(ESTIMATES)}, endpoints an object"
        raise Refused(400, "validation_error", message)
    _check_known(list(wanted))
    total, counted = Decimal(0), ESTIMATES[str(kind)]
    for endpoint, asked in wanted.items():
        quantity = asked.get(counted) if isinstance(asked, dict) else None
        if isinstance(quantity, bool) or not isinstance(quantity, int | float) or quantity <= 0:
            raise Refused(400, "validation_error", f"{endpoint} needs a positive {counted}")
        total += Decimal(str(quantity)) * ENDPOINTS[endpoint].price.unit_price
    return {"estimate_type": kind, "total_cost": float(total), "currency": "USD"}


def _error(refused: Refused) -> web.Response:
    error: JsonObject = {"type": refused.error_type, "message": str(refused)}
    return web.json_response({"error": error}, status=refused.status)
