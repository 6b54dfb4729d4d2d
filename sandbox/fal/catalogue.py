"""fal's catalogue of models and unit prices.

https://fal.ai/docs/platform-apis/v1/models.md and https://fal.ai/docs/platform-apis/v1/models/pricing.md
"""

from aiohttp import web

from sandbox.fal.errors import Json, JsonObject
from sandbox.fal.schemas import ENDPOINTS
from sandbox.fal.server import FalServer

MOST_ASKED = 50
MOST_EXPANDED = 10
"""Entries of an answer with schemas in it, as clients report."""
SCHEMAS, ACCESS = "openapi-3.0", "enterprise_status"


class Refused(Exception):
    """The platform API's "no": status, type and sentence."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type


class Catalogue:
    """Answers of `GET /v1/models` and `GET /v1/models/pricing`. Both raise Refused."""

    def __init__(self, server: FalServer) -> None:
        self._server = server

    def models(self, request: web.Request) -> JsonObject:
        """Describe the endpoints asked for, all if none is; their schemas if asked for."""
        self._check_parameters(request, {"endpoint_id", "expand"})
        expand = request.query.getall("expand", [])
        if unknown := set(expand) - {SCHEMAS, ACCESS}:
            raise Refused(400, "validation_error", f"expand can't be {', '.join(unknown)}")
        asked = self._asked(request)
        if SCHEMAS in expand and len(asked) > MOST_EXPANDED:
            message = f"at most {MOST_EXPANDED} models with {SCHEMAS}"
            raise Refused(400, "validation_error", message)
        models: list[Json] = [self._model(one, with_schema=SCHEMAS in expand) for one in asked]
        return {"models": models, "has_more": False, "next_cursor": None}

    def prices(self, request: web.Request) -> JsonObject:
        """Return unit prices: fal states one for each endpoint, whatever its resolutions cost."""
        self._check_parameters(request, {"endpoint_id"})
        prices: list[Json] = [self._price(one) for one in self._asked(request)]
        return {"prices": prices, "has_more": False, "next_cursor": None}

    def _check_parameters(self, request: web.Request, known: set[str]) -> None:
        for name in sorted(request.query.keys() - known):
            self._server.violated(f"{request.path} knows no parameter {name!r}")

    def _has(self, endpoint: str) -> bool:
        return endpoint in ENDPOINTS and endpoint not in self._server.gone_models

    def _asked(self, request: web.Request) -> list[str]:
        asked = request.query.getall("endpoint_id", [])
        asked = [one for many in asked for one in many.split(",")]
        if len(asked) > MOST_ASKED:
            raise Refused(400, "validation_error", f"at most {MOST_ASKED} endpoints")
        unknown = [one for one in asked if not self._has(one)]
        if unknown and not self._server.habits.answers_unknown_models:
            raise Refused(404, "not_found", f"Endpoint(s) not found: {', '.join(unknown)}")
        return asked or [one for one in ENDPOINTS if self._has(one)]

    def _model(self, endpoint: str, *, with_schema: bool) -> JsonObject:
        model: JsonObject = {"endpoint_id": endpoint}
        if not self._has(endpoint):
            return model
        model["metadata"] = {
            "display_name": endpoint.removeprefix("fal-ai/"),
            "category": ENDPOINTS[endpoint].category,
            "status": self._server.model_status.get(endpoint, "active"),
            "license_type": "commercial",
        }
        if with_schema:
            shown = self._server.shown_inputs.get(endpoint, ENDPOINTS[endpoint].schema)
            model["openapi"] = _openapi(endpoint, shown)
        return model

    def _price(self, endpoint: str) -> JsonObject:
        price: JsonObject = {
            "endpoint_id": endpoint,
            "unit_price": 0.0005,
            "unit": "compute seconds",
            "currency": "USD",
        }
        if self._has(endpoint):
            rule = ENDPOINTS[endpoint].price
            price |= {"unit_price": float(rule.unit_price), "unit": rule.unit}
        return price | self._server.shown_prices.get(endpoint, {})


def _openapi(endpoint: str, shown: JsonObject) -> JsonObject:
    """Return a document like fal's: the input is a schema of its own, named after the endpoint."""
    words = endpoint.removeprefix("fal-ai/").replace(".", "").replace("/", "-").split("-")
    name = "".join(word.capitalize() for word in words)
    reference: JsonObject = {"$ref": f"#/components/schemas/{name}Input"}
    body: JsonObject = {"required": True, "content": {"application/json": {"schema": reference}}}
    output: JsonObject = {"type": "object", "required": ["video"], "properties": {"video": {}}}
    return {
        "openapi": "3.0.4",
        "info": {"title": f"Queue OpenAPI for {endpoint}", "version": "1.0.0"},
        "components": {"schemas": {f"{name}Input": shown, f"{name}Output": output}},
        "paths": {
            "/fal-ai/pika/requests/{request_id}/status": {"get": {}},
            f"/{endpoint}": {"post": {"requestBody": body}},
        },
    }
