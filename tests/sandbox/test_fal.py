"""The loopback fal, spoken to by the real fal-client and by httpx over sockets."""

import asyncio
from typing import cast

import fal_client
import httpx
import pytest

from sandbox.fal import (
    FailJob,
    FalServer,
    Fault,
    open_fal,
    policy_violation,
)
from sandbox.fal.errors import Json, JsonObject
from sandbox.render import Renderer
from tests.sandbox.fal_harness import (
    FOX,
    IMAGE,
    TEXT,
    download,
    finish,
    parse,
    png,
    real_client,
    submit,
    upload,
)

pytest_plugins = ["tests.sandbox.fal_harness"]


class TestWholeWay:
    async def test_picture_becomes_video_with_the_real_client(
        self, fal: FalServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with real_client(fal, monkeypatch) as client:
            url = await client.upload(
                png(),
                "image/png",
                "my fox.png",
                fallback_repository="fal_v3",
                lifecycle=fal_client.StorageSettings(expires_in="1d"),
            )
            arguments = {**FOX, "image_url": url, "duration": 10, "resolution": "1080p"}
            handle = await client.submit(IMAGE, arguments, start_timeout=30)
            seen = [event async for event in handle.iter_events(with_logs=True, interval=0.02)]
            result = cast("dict[str, JsonObject]", await handle.get())
        assert isinstance(seen[-1], fal_client.Completed)
        assert seen[-1].error is None
        assert seen[-1].logs
        assert result["video"]["content_type"] == "video/mp4"
        assert result["video"]["url"] == fal.requests[handle.request_id].result_url
        [post] = fal.posts
        assert (post.endpoint, post.status, post.arguments) == (IMAGE, 200, arguments)
        assert post.headers["x-fal-request-timeout"] == "30.0"
        [stored] = fal.uploads.values()
        assert (stored.data, stored.content_type, stored.file_name) == (
            png(),
            "image/png",
            "my fox.png",
        )
        assert stored.lifecycle == '{"expiration_duration_seconds": 86400}'
        assert not fal.violations

    async def test_text_becomes_video(self, fal: FalServer, http: httpx.AsyncClient) -> None:
        submitted = await submit(http)
        assert submitted["status"] == "IN_QUEUE"
        assert submitted["queue_position"] == 0
        result = await finish(fal, http, submitted)
        assert result.headers["x-fal-request-id"] == submitted["request_id"]
        assert result.headers["x-fal-billable-units"] == "5"
        video = cast("JsonObject", parse(result)["video"])
        data = (await download(result)).content
        assert video["file_size"] == len(data)
        assert data[4:8] == b"ftyp"
        assert not fal.violations

    @pytest.mark.parametrize(
        ("arguments", "units"),
        [
            ({"resolution": "1080p"}, "11.25"),
            ({"duration": 10}, "10"),
            ({"resolution": "1080p", "duration": 10}, "22.5"),
        ],
    )
    async def test_billed_units_follow_the_price(
        self, fal: FalServer, http: httpx.AsyncClient, arguments: JsonObject, units: str
    ) -> None:
        result = await finish(fal, http, await submit(http, {**FOX, **arguments}))
        assert result.headers["x-fal-billable-units"] == units

    async def test_parts_of_a_file(self, fal: FalServer, http: httpx.AsyncClient) -> None:
        result = await finish(fal, http, await submit(http))
        whole = (await download(result)).content
        part = await download(result, Range="bytes=10-19")
        assert (part.status_code, part.content) == (206, whole[10:20])
        assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
        assert (await download(result, Range="bytes=-5")).content == whole[-5:]
        rest = await download(result, Range="bytes=10-99999999")
        assert rest.content == whole[10:]
        assert rest.headers["content-range"] == f"bytes 10-{len(whole) - 1}/{len(whole)}"
        beyond = await download(result, Range="bytes=99999999-")
        assert (beyond.status_code, beyond.headers["content-range"]) == (
            416,
            f"bytes */{len(whole)}",
        )


class TestValidation:
    @pytest.mark.parametrize(
        ("endpoint", "body", "field", "error_type"),
        [
            (TEXT, {}, "prompt", "missing"),
            (TEXT, {"prompt": None}, "prompt", "string_type"),
            (TEXT, {"prompt": 5}, "prompt", "string_type"),
            (TEXT, {**FOX, "duration": 7}, "duration", "literal_error"),
            (TEXT, {**FOX, "duration": "5"}, "duration", "literal_error"),
            (TEXT, {**FOX, "duration": 5.0}, "duration", "int_type"),
            (TEXT, {**FOX, "aspect_ratio": "21:9"}, "aspect_ratio", "literal_error"),
            (TEXT, {**FOX, "resolution": "480p"}, "resolution", "literal_error"),
            (TEXT, {**FOX, "seed": "7"}, "seed", "int_type"),
            (TEXT, {**FOX, "seed": True}, "seed", "int_type"),
            (TEXT, {**FOX, "negative_prompt": None}, "negative_prompt", "string_type"),
            (IMAGE, FOX, "image_url", "missing"),
            (IMAGE, {"image_url": "x"}, "prompt", "missing"),
            (IMAGE, {**FOX, "image_url": 5}, "image_url", "string_type"),
            (IMAGE, {**FOX, "image_url": "x", "duration": 7}, "duration", "literal_error"),
            (IMAGE, {**FOX, "image_url": "x", "resolution": "480p"}, "resolution", "literal_error"),
            (IMAGE, {**FOX, "image_url": "x", "seed": "7"}, "seed", "int_type"),
        ],
    )
    async def test_wrong_input_is_422(
        self,
        fal: FalServer,
        http: httpx.AsyncClient,
        endpoint: str,
        body: Json,
        field: str,
        error_type: str,
    ) -> None:
        response = await http.post(f"/{endpoint}", json=body)
        assert response.status_code == 422
        [detail] = cast("list[JsonObject]", parse(response)["detail"])
        assert detail["loc"] == ["body", field]
        assert detail["type"] == error_type
        assert detail["msg"]
        assert detail["url"]
        assert [post.status for post in fal.posts] == [422]
        assert not fal.requests

    async def test_literal_error_names_the_choices(self, http: httpx.AsyncClient) -> None:
        wrong = {**FOX, "aspect_ratio": "21:9", "resolution": "480p", "duration": 3}
        response = await http.post(f"/{TEXT}", json=wrong)
        details = cast("list[JsonObject]", parse(response)["detail"])
        choices = [
            "'16:9', '9:16', '1:1', '4:5', '5:4', '3:2' or '2:3'",
            "'1080p' or '720p'",
            "5 or 10",
        ]
        assert [detail.get("ctx") for detail in details] == [{"expected": one} for one in choices]
        assert [detail["msg"] for detail in details] == [
            f"Input should be {one}" for one in choices
        ]
        assert [detail["type"] for detail in details] == ["literal_error"] * 3

    @pytest.mark.parametrize("body", [b"[]", b"{", b"", b'"text"', b"\xff"])
    async def test_body_that_is_no_object(self, http: httpx.AsyncClient, body: bytes) -> None:
        response = await http.post(f"/{TEXT}", content=body)
        assert response.status_code == 422
        [detail] = cast("list[JsonObject]", parse(response)["detail"])
        assert (detail["loc"], detail["type"]) == (["body"], "model_attributes_type")

    async def test_null_seed_is_fine(self, http: httpx.AsyncClient) -> None:
        await submit(http, {**FOX, "seed": None})

    async def test_unknown_key_is_taken_and_noted(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        await submit(http, {**FOX, "sync_mode": True})
        assert fal.violations == [f"{TEXT} knows no input 'sync_mode'"]

    @pytest.mark.parametrize(
        ("method", "path", "expected"),
        [
            ("POST", "/fal-ai/pika/v9/text-to-video", 404),
            ("POST", "/storage/upload/initiate", 404),
            ("GET", "/", 404),
            ("GET", "/nowhere", 404),
            ("DELETE", "/v1/models/pricing", 404),
            ("GET", f"/{TEXT}/requests/1", 405),
        ],
    )
    async def test_unknown_routes_fail_loudly(
        self, fal: FalServer, http: httpx.AsyncClient, method: str, path: str, expected: int
    ) -> None:
        response = await http.request(method, path)
        assert response.status_code == expected
        assert isinstance(parse(response)["detail"], str)
        assert len(fal.violations) == 1

    @pytest.mark.parametrize("given", [None, "Key wrong", "Bearer fake-fal-key"])
    async def test_key_is_needed(
        self, fal: FalServer, http: httpx.AsyncClient, given: str | None
    ) -> None:
        submitted = await submit(http)
        picture = await upload(http, png())
        headers = {} if given is None else {"Authorization": given}
        async with httpx.AsyncClient(base_url=fal.base_url, headers=headers) as stranger:
            answers = [
                await stranger.post(f"/{TEXT}", json=FOX),
                await stranger.get(str(submitted["status_url"])),
                await stranger.get(f"{submitted['status_url']}/stream"),
                await stranger.get(str(submitted["response_url"])),
                await stranger.put(str(submitted["cancel_url"])),
                await stranger.post("/storage/auth/token?storage_type=fal-cdn-v3", json={}),
                await stranger.post("/files/upload", content=png()),
                await stranger.get("/v1/models/pricing"),
                await stranger.get(f"/v1/models/requests/by-endpoint?endpoint_id={TEXT}"),
            ]
            assert (await stranger.get(picture)).status_code == 200
        assert {answer.status_code for answer in answers} == {401}
        assert [post.status for post in fal.posts] == [200, 401]
        assert [*fal.uploads] == [picture]

    async def test_key_must_not_go_to_files(self, fal: FalServer, http: httpx.AsyncClient) -> None:
        await upload(http, png())
        await finish(fal, http, await submit(http))
        for url in (*fal.uploads, *fal.results):
            await http.get(url)
        assert ["secret" in violation for violation in fal.violations] == [True, True]


class TestPlatform:
    LISTING = "/v1/models/requests/by-endpoint"

    async def ids(self, http: httpx.AsyncClient, **query: str | list[str]) -> list[Json]:
        answer = await http.get(self.LISTING, params={"endpoint_id": TEXT, **query})
        assert answer.status_code == 200
        items = cast("list[JsonObject]", parse(answer)["items"])
        return [item["request_id"] for item in items]

    async def test_listing_shows_what_has_ended_the_latest_first(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.timing.queue_seconds = 60
        slow = await submit(http)
        fal.timing.queue_seconds = 0
        quick = await submit(http)
        await finish(fal, http, quick)
        fal.advance(60)
        await finish(fal, http, slow)
        fal.arm(Fault("submit", FailJob(policy_violation("prompt"))))
        failed = await submit(http)
        await finish(fal, http, failed)
        fal.timing.run_seconds = 60
        await submit(http)
        latest, middle, first = [one["request_id"] for one in (failed, slow, quick)]
        assert await self.ids(http) == [latest, middle, first]
        assert await self.ids(http, request_id=str(middle)) == [middle]
        assert await self.ids(http, status="error") == [latest]
        assert await self.ids(http, status="success") == [middle, first]
        assert await self.ids(http, endpoint_id=[IMAGE, TEXT]) == [latest, middle, first]
        assert await self.ids(http, endpoint_id=IMAGE) == []
        at = str(fal.requests[str(middle)].ended_at)
        assert await self.ids(http, start=at) == [latest, middle]
        assert await self.ids(http, end=at) == [middle, first]
        assert not fal.violations

    async def test_payloads_and_pages(self, fal: FalServer, http: httpx.AsyncClient) -> None:
        for seed in (1, 2):
            await finish(fal, http, await submit(http, {**FOX, "seed": seed}))
        query = {"endpoint_id": TEXT, "limit": "1"}
        first = parse(await http.get(self.LISTING, params={**query, "expand": "payloads"}))
        assert first["has_more"] is True
        [item] = cast("list[JsonObject]", first["items"])
        assert item["json_input"] == {**FOX, "seed": 2}
        assert "video" in cast("JsonObject", item["json_output"])
        assert item["status_code"] == 200
        cursor = str(first["next_cursor"])
        last = parse(await http.get(self.LISTING, params={**query, "cursor": cursor}))
        assert (last["has_more"], last["next_cursor"]) == (False, None)
        [item] = cast("list[JsonObject]", last["items"])
        assert "json_input" not in item

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"limit": "101"},
            {"limit": "0"},
            {"limit": "x"},
            {"start": "yesterday"},
            {"end": "today"},
            {"cursor": "x"},
            {"cursor": "-1"},
            {"status": "failed"},
        ],
    )
    async def test_listing_refuses_nonsense(
        self, http: httpx.AsyncClient, query: dict[str, str]
    ) -> None:
        params = {"endpoint_id": TEXT, **query} if query else {}
        answer = await http.get(self.LISTING, params=params)
        assert answer.status_code == 400
        assert cast("JsonObject", parse(answer)["error"])["type"] == "validation_error"

    async def test_pricing(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/v1/models/pricing", params={"endpoint_id": [TEXT, IMAGE]})
        assert parse(answer)["prices"] == [
            {"endpoint_id": one, "unit_price": 0.04, "unit": "seconds", "currency": "USD"}
            for one in (TEXT, IMAGE)
        ]


async def test_many_at_once(fal: FalServer, http: httpx.AsyncClient) -> None:
    fal.timing.concurrency = 40
    submitted = await asyncio.gather(*(submit(http) for _ in range(60)))
    results = [await finish(fal, http, one) for one in submitted]
    assert {result.status_code for result in results} == {200}
    assert len(fal.posts) == 60


async def test_chosen_port_and_key(renderer: Renderer) -> None:
    async with open_fal(renderer=renderer, key="other") as server:
        port = int(server.base_url.rsplit(":", 1)[1])
    async with open_fal(renderer=renderer, port=port, key="other") as server:
        assert server.base_url == f"http://127.0.0.1:{port}"
        assert server.key == "other"
