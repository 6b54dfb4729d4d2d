"""The loopback fal's rarer rules: each is broken here once, on purpose."""

import socket
from typing import cast

import httpx
import pytest

from sandbox.fal import Drop, FalServer, Fault, State, Timing, webhooks
from tests.sandbox.fal_harness import FOX, IMAGE, TEXT, finish, parse, status, submit
from tests.sandbox.test_fal_webhooks import receiving, submit_with

pytest_plugins = ["tests.sandbox.fal_harness"]
LISTING = "/v1/models/requests/by-endpoint"


async def test_only_one_kind_of_storage_is_spoken(http: httpx.AsyncClient) -> None:
    for query in ("", "?storage_type=gcs"):
        refused = await http.post(f"/storage/auth/token{query}", json={})
        assert refused.status_code == 400


async def test_a_listing_asked_for_what_it_does_not_know(
    fal: FalServer, http: httpx.AsyncClient
) -> None:
    answer = await http.get(LISTING, params={"endpoint_id": TEXT, "seed": "7"})
    assert answer.status_code == 200
    assert len(fal.violations) == 1
    assert "'seed'" in fal.violations[0]


async def test_the_addresses_of_a_request_are_under_its_app(
    fal: FalServer, http: httpx.AsyncClient
) -> None:
    submitted = await submit(http)
    urls = [str(submitted[name]) for name in ("response_url", "status_url", "cancel_url")]
    request = f"{fal.base_url}/fal-ai/pika/requests/{submitted['request_id']}"
    assert urls == [request, f"{request}/status", f"{request}/cancel"]


async def test_how_long_a_request_ran_is_told_and_no_more(
    fal: FalServer, http: httpx.AsyncClient
) -> None:
    fal.timing = Timing(run_seconds=100, concurrency=1)
    running, waiting = [await submit(http) for _ in range(2)]
    await fal.wait_for(lambda: State.IN_PROGRESS in {r.state for r in fal.requests.values()})
    assert (await status(http, waiting)).keys() == {
        "status",
        "request_id",
        "response_url",
        "queue_position",
    }
    shown = {"status", "request_id", "response_url", "logs"}
    assert (await status(http, running)).keys() == shown
    for one in (running, waiting):
        fal.advance(101)
        await finish(fal, http, one)
        ended = await status(http, one)
        assert ended.keys() == {*shown, "metrics"}
        assert 101 <= cast("dict[str, float]", ended["metrics"])["inference_time"] < 110


async def test_a_receiver_has_so_long_and_so_many_tries(
    fal: FalServer, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (webhooks.FIRST_PATIENCE, webhooks.LATER_PATIENCE, webhooks.MOST_RETRIES) == (
        15,
        120,
        31,
    )
    monkeypatch.setattr(webhooks, "MOST_RETRIES", 1)
    monkeypatch.setattr(webhooks, "FIRST_PATIENCE", 1e-6)
    fal.timing.webhook_retry_seconds = 0.0
    async with receiving(500, 500, 500, 500) as receiver:
        first = await submit_with(http, receiver.url)
        await fal.wait_for(lambda: len(fal.deliveries) == 2)
        await finish(fal, http, await submit_with(http, receiver.url))
        await fal.wait_for(lambda: len(fal.deliveries) == 4)
    of_first = [one for one in fal.deliveries if one.request_id == first["request_id"]]
    assert [one.status for one in of_first] == [None, 500]


async def test_a_receiver_that_takes_too_long_is_hung_up_on(
    fal: FalServer, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert webhooks.FIRST_PATIENCE == 15
    monkeypatch.setattr(webhooks, "FIRST_PATIENCE", 0.2)
    # The kernel takes the connection, and nobody ever answers.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = cast("tuple[str, int]", silent.getsockname())
        await submit_with(http, f"http://{host}:{port}/hook")
        await fal.wait_for(lambda: len(fal.deliveries) == 1, timeout=5)
    assert fal.deliveries[0].status is None
    assert "Timeout" in fal.deliveries[0].problem


async def test_a_submit_names_the_whole_of_its_fault(http: httpx.AsyncClient) -> None:
    wrong = {**FOX, "prompt": 5, "duration": 7, "resolution": "480p"}
    answer = await http.post(f"/{TEXT}", json=wrong)
    details = cast("list[dict[str, list[str]]]", parse(answer)["detail"])
    assert [one["loc"][1] for one in details] == ["prompt", "resolution", "duration"]
    answer = await http.post(f"/{IMAGE}", json={"image_url": 5})
    details = cast("list[dict[str, list[str]]]", parse(answer)["detail"])
    assert [one["loc"][1] for one in details] == ["image_url", "prompt"]


async def test_every_call_is_counted_whatever_became_of_it(
    fal: FalServer, http: httpx.AsyncClient
) -> None:
    fal.arm(Fault("status", Drop()))
    submitted = await submit(http)
    path = f"/fal-ai/pika/requests/{submitted['request_id']}/status"
    with pytest.raises(httpx.RemoteProtocolError):
        await http.get(path)
    await http.get(path, params={"logs": 1})
    await http.get("/nowhere")
    assert fal.calls == {f"POST /{TEXT}": 1, f"GET {path}": 2, "GET /nowhere": 1}
