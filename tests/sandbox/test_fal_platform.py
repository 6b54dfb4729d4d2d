"""The loopback fal's platform API: models, prices, and what needs an administrator."""

import json
from typing import cast

import httpx
import pytest

from sandbox.fal import Answer, FalServer, Fault
from sandbox.fal.errors import Json, JsonObject
from tests.sandbox.fal_harness import IMAGE, TEXT, parse

pytest_plugins = ["tests.sandbox.fal_harness"]
EFFECTS = "fal-ai/pika/v1.5/pikaffects"
ESTIMATE = "/v1/models/pricing/estimate"


async def models(http: httpx.AsyncClient, **query: str | list[str]) -> list[JsonObject]:
    answer = await http.get("/v1/models", params=query)
    assert answer.status_code == 200
    return cast("list[JsonObject]", parse(answer)["models"])


async def test_models_say_whether_they_can_be_used(fal: FalServer, http: httpx.AsyncClient) -> None:
    fal.model_status[IMAGE] = "deprecated"
    found = await models(http, endpoint_id=[TEXT, IMAGE])
    assert [one["endpoint_id"] for one in found] == [TEXT, IMAGE]
    metadata = [cast("JsonObject", one["metadata"]) for one in found]
    assert [one["status"] for one in metadata] == ["active", "deprecated"]
    assert [one["category"] for one in metadata] == ["text-to-video", "image-to-video"]
    assert "openapi" not in found[0]
    assert len(await models(http)) == 11


async def test_models_show_their_schema(http: httpx.AsyncClient) -> None:
    (found,) = await models(http, endpoint_id=TEXT, expand="openapi-3.0")
    openapi = cast("dict[str, dict[str, dict[str, JsonObject]]]", found["openapi"])
    body = openapi["paths"][f"/{TEXT}"]["post"]["requestBody"]
    reference = "#/components/schemas/PikaV22TextToVideoInput"
    assert body == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": reference}}},
    }
    schema = openapi["components"]["schemas"]["PikaV22TextToVideoInput"]
    assert schema["required"] == ["prompt"]
    assert cast("JsonObject", schema["properties"])["duration"] == {
        "type": "integer",
        "enum": [5, 10],
        "default": 5,
    }


async def test_prices_per_second_and_per_video(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/models/pricing", params={"endpoint_id": f"{TEXT},{EFFECTS}"})
    assert parse(answer)["prices"] == [
        {"endpoint_id": TEXT, "unit_price": 0.04, "unit": "seconds", "currency": "USD"},
        {"endpoint_id": EFFECTS, "unit_price": 0.465, "unit": "videos", "currency": "USD"},
    ]


async def test_a_model_that_is_gone_has_an_empty_entry(
    fal: FalServer, http: httpx.AsyncClient
) -> None:
    fal.gone_models.add(IMAGE)
    assert await models(http, endpoint_id=[IMAGE, "fal-ai/no"], expand="openapi-3.0") == [
        {"endpoint_id": IMAGE},
        {"endpoint_id": "fal-ai/no"},
    ]
    assert len(await models(http)) == 10
    answer = await http.get("/v1/models/pricing", params={"endpoint_id": IMAGE})
    (price,) = cast("list[JsonObject]", parse(answer)["prices"])
    assert (price["unit_price"], price["unit"]) == (0.0005, "compute seconds")


async def test_the_catalogue_shows_what_a_test_wants(
    fal: FalServer, http: httpx.AsyncClient
) -> None:
    fal.shown_prices[TEXT] = {"unit_price": 0.05}
    fal.shown_inputs[TEXT] = {"type": "object", "properties": {}}
    answer = await http.get("/v1/models/pricing", params={"endpoint_id": TEXT})
    (price,) = cast("list[JsonObject]", parse(answer)["prices"])
    assert (price["unit_price"], price["unit"]) == (0.05, "seconds")
    (found,) = await models(http, endpoint_id=TEXT, expand="openapi-3.0")
    assert '"properties": {}' in json.dumps(found)


@pytest.mark.parametrize(
    "query",
    [
        {"expand": "openapi-3.0"},
        {"endpoint_id": ",".join([TEXT] * 51)},
        {"endpoint_id": TEXT, "expand": "everything"},
    ],
    ids=["eleven schemas", "51 endpoints", "no such expansion"],
)
async def test_a_catalogue_asked_for_too_much(
    http: httpx.AsyncClient, query: dict[str, str]
) -> None:
    answer = await http.get("/v1/models", params=query)
    assert answer.status_code == 400
    assert cast("JsonObject", parse(answer)["error"])["type"] == "validation_error"


async def test_a_catalogue_asked_for_all_it_gives(http: httpx.AsyncClient) -> None:
    assert len(await models(http, endpoint_id=[TEXT] * 50)) == 50
    found = await models(http, endpoint_id=[TEXT] * 10, expand=["openapi-3.0", "enterprise_status"])
    assert len([one["openapi"] for one in found]) == 10


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/models", "endpoint"),
        ("/v1/models/pricing", "endpoint"),
        ("/v1/models/pricing", "expand"),
    ],
)
async def test_a_catalogue_asked_for_what_it_does_not_know(
    fal: FalServer, http: httpx.AsyncClient, path: str, name: str
) -> None:
    assert (await http.get(path, params={name: TEXT})).status_code == 200
    assert fal.violations == [f"{path} knows no parameter {name!r}"]


async def test_estimate(http: httpx.AsyncClient) -> None:
    body: JsonObject = {
        "estimate_type": "unit_price",
        "endpoints": {TEXT: {"unit_quantity": 11.25}, EFFECTS: {"unit_quantity": 2}},
    }
    answer = await http.post(ESTIMATE, json=body)
    assert (answer.status_code, parse(answer)) == (
        200,
        {"estimate_type": "unit_price", "total_cost": 1.38, "currency": "USD"},
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        ([], 400),
        ({}, 400),
        ({"estimate_type": "guess", "endpoints": {TEXT: {"unit_quantity": 1}}}, 400),
        ({"estimate_type": "unit_price", "endpoints": {}}, 400),
        ({"estimate_type": "unit_price", "endpoints": [TEXT]}, 400),
        ({"estimate_type": "unit_price", "endpoints": {TEXT: 1}}, 400),
        ({"estimate_type": "unit_price", "endpoints": {TEXT: {"call_quantity": 1}}}, 400),
        ({"estimate_type": "unit_price", "endpoints": {TEXT: {"unit_quantity": 0}}}, 400),
        ({"estimate_type": "unit_price", "endpoints": {TEXT: {"unit_quantity": -1}}}, 400),
        ({"estimate_type": "unit_price", "endpoints": {TEXT: {"unit_quantity": "1"}}}, 400),
        ({"estimate_type": "unit_price", "endpoints": {TEXT: {"unit_quantity": True}}}, 400),
        ({"estimate_type": "unit_price", "endpoints": {"fal-ai/no": {"unit_quantity": 1}}}, 404),
    ],
)
async def test_estimate_refuses_nonsense(
    fal: FalServer, http: httpx.AsyncClient, body: Json | bytes, status: int
) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body)
    answer = await http.post(ESTIMATE, content=raw)
    assert answer.status_code == status
    error = cast("JsonObject", parse(answer)["error"])
    assert error["type"] == {400: "validation_error", 404: "not_found"}[status]
    assert error["message"]
    assert not fal.posts


@pytest.mark.parametrize("path", ["/v1/models/usage", "/v1/account/billing"])
async def test_money_is_shown_to_administrators_only(
    fal: FalServer, http: httpx.AsyncClient, path: str
) -> None:
    answer = await http.get(path)
    assert answer.status_code == 403
    assert cast("JsonObject", parse(answer)["error"])["type"] == "authorization_error"
    async with httpx.AsyncClient(base_url=fal.base_url) as stranger:
        assert (await stranger.get(path)).status_code == 401


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/pricing"])
async def test_unknown_endpoints_and_faults(
    fal: FalServer, http: httpx.AsyncClient, path: str
) -> None:
    fal.habits.answers_unknown_models = False
    fal.gone_models.add(IMAGE)
    for asked in ("fal-ai/none", f"{TEXT},fal-ai/none", IMAGE):
        unknown = await http.get(path, params={"endpoint_id": asked})
        assert unknown.status_code == 404
        assert cast("JsonObject", parse(unknown)["error"])["type"] == "not_found"
    fal.arm(Fault("platform", Answer(503)))
    assert (await http.get(path)).status_code == 503
    assert (await http.get(path)).status_code == 200


async def test_where_webhooks_come_from(http: httpx.AsyncClient) -> None:
    assert parse(await http.get("/v1/meta")) == {"webhook_ip_ranges": ["127.0.0.0/8"]}
