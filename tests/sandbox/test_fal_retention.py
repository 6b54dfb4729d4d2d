"""The loopback fal's retention times, and its listing of requests."""

from datetime import datetime, timedelta
from typing import Literal, cast

import httpx
import pytest

from sandbox.fal import AfterCancel, FalServer, State
from sandbox.fal.errors import JsonObject
from tests.sandbox.fal_harness import FOX, IMAGE, TEXT, download, finish, parse, png, status, submit

pytest_plugins = ["tests.sandbox.fal_harness"]
MINUTE, HOUR, DAY = 60, 3600, 86_400
LISTING = "/v1/models/requests/by-endpoint"


async def listed(http: httpx.AsyncClient, **query: str) -> list[JsonObject]:
    params = {"endpoint_id": TEXT, "expand": "payloads", **query}
    return cast("list[JsonObject]", parse(await http.get(LISTING, params=params))["items"])


def of_size(size: int) -> JsonObject:
    """Return a result that is stored in so many bytes."""
    return {"more": "x" * (size - len('{"more": ""}'))}


class TestResults:
    @pytest.mark.parametrize("gone", [404, 410])
    async def test_a_stored_result_lasts_an_hour(
        self, fal: FalServer, http: httpx.AsyncClient, gone: Literal[404, 410]
    ) -> None:
        fal.habits.keeps_results = False
        fal.habits.gone_status = gone
        fal.timing.queue_seconds = 2 * MINUTE
        submitted = await submit(http)
        fal.advance(2 * MINUTE)
        await finish(fal, http, submitted)
        url = str(submitted["response_url"])
        fal.advance(HOUR - MINUTE)
        assert (await http.get(url)).status_code == 200
        fal.advance(MINUTE)
        assert (await http.get(url)).status_code == gone
        assert (await status(http, submitted))["status"] == "COMPLETED"

    async def test_a_large_one_lasts_six_minutes(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.habits.keeps_results = False
        large, small = [await submit(http) for _ in range(2)]
        for submitted, size in ((large, 10_000), (small, 9_999)):
            await finish(fal, http, submitted)
            fal.requests[str(submitted["request_id"])].result = of_size(size)
        fal.advance(5 * MINUTE)
        assert (await http.get(str(large["response_url"]))).status_code == 200
        fal.advance(MINUTE)
        assert (await http.get(str(large["response_url"]))).status_code == 404
        assert (await http.get(str(small["response_url"]))).status_code == 200

    async def test_usually_a_small_one_is_kept_for_thirty_days(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        small, large = [await submit(http) for _ in range(2)]
        for submitted, size in ((small, 1_000_000), (large, 1_000_001)):
            await finish(fal, http, submitted)
            fal.requests[str(submitted["request_id"])].result = of_size(size)
        fal.advance(29 * DAY)
        assert (await http.get(str(small["response_url"]))).status_code == 200
        assert (await http.get(str(large["response_url"]))).status_code == 404
        fal.advance(DAY)
        assert (await http.get(str(small["response_url"]))).status_code == 404

    async def test_without_stored_payloads_an_hour_is_all(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        headers = {"X-Fal-Store-IO": "0"}
        submitted = parse(await http.post(f"/{TEXT}", json=FOX, headers=headers))
        assert (await finish(fal, http, submitted)).status_code == 200
        (item,) = await listed(http)
        assert not item.keys() & {"json_input", "json_output"}
        fal.advance(HOUR - MINUTE)
        assert (await http.get(str(submitted["response_url"]))).status_code == 200
        fal.advance(MINUTE)
        assert (await http.get(str(submitted["response_url"]))).status_code == 404

    async def test_in_the_end_the_request_is_forgotten(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        submitted = await submit(http)
        await finish(fal, http, submitted)
        fal.advance(90 * DAY - MINUTE)
        assert (await status(http, submitted))["status"] == "COMPLETED"
        fal.advance(MINUTE)
        answer = await http.get(str(submitted["status_url"]))
        assert (answer.status_code, parse(answer)) == (404, {"status": "NOT_FOUND"})


class TestFiles:
    async def test_a_result_lives_as_long_as_the_submit_asked(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        headers = {"X-Fal-Object-Lifecycle-Preference": '{"expiration_duration_seconds": 3600}'}
        submitted = parse(await http.post(f"/{TEXT}", json=FOX, headers=headers))
        result = await finish(fal, http, submitted)
        fal.advance(HOUR - MINUTE)
        assert (await download(result)).status_code == 200
        fal.advance(MINUTE)
        assert (await download(result)).status_code == 404
        fal.habits.gone_status = 410
        assert (await download(result)).status_code == 410
        assert (await http.get("/files/results/never.mp4")).status_code == 404

    @pytest.mark.parametrize("lifecycle", [None, '{"expiration_duration_seconds": null}'])
    async def test_files_stay_unless_the_account_says_otherwise(
        self, fal: FalServer, http: httpx.AsyncClient, lifecycle: str | None
    ) -> None:
        headers = {"X-Fal-Object-Lifecycle-Preference": lifecycle} if lifecycle else {}
        submitted = parse(await http.post(f"/{TEXT}", json=FOX, headers=headers))
        result = await finish(fal, http, submitted)
        fal.advance(30 * DAY)
        assert (await download(result)).status_code == 200
        fal.habits.file_seconds = 30 * DAY + MINUTE
        assert (await download(result)).status_code == 200
        fal.advance(MINUTE)
        assert (await download(result)).status_code == (200 if lifecycle else 404)
        assert not fal.violations

    async def test_an_upload_that_has_expired_fails_the_job(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        token = parse(await http.post("/storage/auth/token?storage_type=fal-cdn-v3", json={}))
        stored = await http.post(
            "/files/upload",
            content=png(),
            headers={
                "Authorization": f"Bearer {token['token']}",
                "Content-Type": "image/png",
                "X-Fal-Object-Lifecycle": '{"expiration_duration_seconds": 60}',
            },
        )
        arguments: JsonObject = {**FOX, "image_url": parse(stored)["access_url"]}
        fal.timing.queue_seconds = 61
        submitted = await submit(http, arguments, IMAGE)
        fal.advance(61)
        result = await finish(fal, http, submitted)
        assert result.status_code == 422
        (detail,) = cast("list[JsonObject]", parse(result)["detail"])
        assert detail["type"] == "file_download_error"

    @pytest.mark.parametrize(
        "headers",
        [
            {"X-Fal-Object-Lifecycle": "60"},
            {"X-Fal-Object-Lifecycle-Preference": '{"expiration_duration_seconds": 60}'},
        ],
    )
    async def test_an_upload_has_a_header_of_its_own_for_its_end(
        self, fal: FalServer, http: httpx.AsyncClient, headers: dict[str, str]
    ) -> None:
        token = parse(await http.post("/storage/auth/token?storage_type=fal-cdn-v3", json={}))
        headers = {**headers, "Authorization": f"Bearer {token['token']}"}
        answer = await http.post("/files/upload", content=png(), headers=headers)
        assert answer.is_success
        assert len(fal.violations) == 1
        fal.advance(61)
        assert (await http.get(str(parse(answer)["access_url"]))).is_success

    async def test_an_upload_token_lasts_an_hour(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        token = parse(await http.post("/storage/auth/token?storage_type=fal-cdn-v3", json={}))
        headers = {"Authorization": f"Bearer {token['token']}", "Content-Type": "image/png"}
        left = datetime.fromisoformat(str(token["expires_at"])) - fal.now()
        assert HOUR - MINUTE < left.total_seconds() <= HOUR
        fal.advance(HOUR - MINUTE)
        assert (await http.post("/files/upload", content=b"x", headers=headers)).is_success
        fal.advance(MINUTE)
        late = await http.post("/files/upload", content=b"x", headers=headers)
        assert late.status_code == 401


class TestListing:
    async def test_it_hides_what_has_not_ended(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.timing.run_seconds, fal.timing.concurrency = 100, 1
        submitted, _waiting = [await submit(http) for _ in range(2)]
        await fal.wait_for(lambda: next(iter(fal.requests.values())).state is State.IN_PROGRESS)
        assert await listed(http) == []
        fal.advance(101)
        await finish(fal, http, submitted)
        assert [item["request_id"] for item in await listed(http)] == [submitted["request_id"]]

    async def test_it_may_lag_or_be_blind(self, fal: FalServer, http: httpx.AsyncClient) -> None:
        fal.habits.listing_lag_seconds = 120
        await finish(fal, http, await submit(http))
        fal.advance(110)
        assert await listed(http) == []
        fal.advance(11)
        assert len(await listed(http)) == 1
        fal.habits.listing_lag_seconds = None
        assert await listed(http) == []

    async def test_it_reaches_back_a_day_unless_asked_for_more(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        submitted = await submit(http)
        await finish(fal, http, submitted)
        long_ago = {"start": (fal.now() - timedelta(days=365)).isoformat()}
        request_id = str(submitted["request_id"])
        fal.advance(DAY - MINUTE)
        assert len(await listed(http)) == 1
        fal.advance(MINUTE)
        assert await listed(http) == []
        assert len(await listed(http, request_id=request_id)) == 1
        assert len(await listed(http, **long_ago)) == 1
        fal.advance(29 * DAY - MINUTE)
        (item,) = await listed(http, request_id=request_id)
        assert "json_input" in item
        fal.advance(MINUTE)
        (item,) = await listed(http, request_id=request_id)
        assert "json_input" not in item
        fal.advance(60 * DAY - MINUTE)
        assert len(await listed(http, request_id=request_id)) == 1
        assert len(await listed(http, **long_ago)) == 1
        fal.advance(MINUTE)
        assert await listed(http, request_id=request_id) == []
        assert await listed(http, **long_ago) == []

    async def test_a_page_holds_a_hundred(self, fal: FalServer, http: httpx.AsyncClient) -> None:
        fal.timing.queue_seconds = 60
        for seed in range(102):
            submitted = await submit(http, {**FOX, "seed": seed})
            await http.put(str(submitted["cancel_url"]))
        query = {"endpoint_id": TEXT, "limit": "100"}
        first = parse(await http.get(LISTING, params=query))
        assert len(cast("list[JsonObject]", first["items"])) == 100
        rest = parse(await http.get(LISTING, params={**query, "cursor": str(first["next_cursor"])}))
        assert len(cast("list[JsonObject]", rest["items"])) == 2
        too_many = await http.get(LISTING, params={**query, "limit": "101"})
        assert too_many.status_code == 400

    async def test_what_was_canceled_without_a_trace_is_not_listed(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.timing.queue_seconds = 60
        for habit in AfterCancel:
            fal.habits.after_cancel = habit
            await http.put(str((await submit(http))["cancel_url"]))
        (item,) = await listed(http)
        assert item["status_code"] == 499
