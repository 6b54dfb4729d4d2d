"""The loopback fal's queue, cancels and failures, over sockets."""

from typing import cast

import httpx
import pytest

from sandbox.fal import (
    Answer,
    Delay,
    Drop,
    FailJob,
    Failure,
    FalServer,
    Fault,
    Route,
    State,
    Timing,
    Truncate,
    infrastructure_error,
    policy_violation,
)
from sandbox.fal.errors import JsonObject
from tests.sandbox.fal_harness import (
    FOX,
    IMAGE,
    TEXT,
    download,
    finish,
    parse,
    png,
    real_client,
    status,
    submit,
    upload,
)

pytest_plugins = ["tests.sandbox.fal_harness"]


class TestQueue:
    async def test_only_so_many_run_and_the_rest_waits_in_order(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.timing = Timing(run_seconds=60, concurrency=1)
        first, second, third = [await submit(http) for _ in range(3)]
        await fal.wait_for(lambda: State.IN_PROGRESS in {r.state for r in fal.requests.values()})
        answer = await http.get(str(first["status_url"]))
        assert (answer.status_code, parse(answer)["logs"]) == (202, [])
        assert (await status(http, first, logs=1))["status"] == "IN_PROGRESS"
        assert (await status(http, first, logs=1))["logs"]
        assert (await status(http, first))["logs"] == []
        assert (await status(http, second))["queue_position"] == 0
        assert (await status(http, third))["queue_position"] == 1
        assert (await http.get(str(third["status_url"]))).status_code == 202
        fal.advance(61)
        await finish(fal, http, first)
        assert (await http.get(str(first["status_url"]))).status_code == 200

    async def test_result_before_the_end(self, fal: FalServer, http: httpx.AsyncClient) -> None:
        fal.timing = Timing(run_seconds=60, concurrency=1)
        running, waiting = await submit(http), await submit(http)
        await fal.wait_for(lambda: State.IN_PROGRESS in {r.state for r in fal.requests.values()})
        for one in (running, waiting):
            response = await http.get(str(one["response_url"]))
            assert (response.status_code, parse(response)) == (
                400,
                {"detail": "Request is still in progress"},
            )

    async def test_cancel_takes_a_waiting_request_out(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.timing.queue_seconds = 60
        submitted = await submit(http)
        response = await http.put(str(submitted["cancel_url"]))
        assert (response.status_code, parse(response)) == (
            202,
            {"status": "CANCELLATION_REQUESTED"},
        )
        assert (await status(http, submitted))["error_type"] == "client_cancelled"
        assert (await finish(fal, http, submitted)).status_code == 499
        assert fal.requests[str(submitted["request_id"])].started_at is None

    async def test_cancel_lets_a_running_request_go_on(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.timing.run_seconds = 0.3
        submitted = await submit(http)
        request = fal.requests[str(submitted["request_id"])]
        await fal.wait_for(lambda: request.state is State.IN_PROGRESS)
        assert (await http.put(str(submitted["cancel_url"]))).status_code == 202
        assert request.cancel_requested
        assert (await finish(fal, http, submitted)).status_code == 200
        late = await http.put(str(submitted["cancel_url"]))
        assert (late.status_code, parse(late)) == (400, {"status": "ALREADY_COMPLETED"})

    async def test_unknown_request(self, http: httpx.AsyncClient) -> None:
        submitted = await submit(http)
        other_app = f"/fal-ai/flux/requests/{submitted['request_id']}"
        for answer in [
            await http.get("/fal-ai/pika/requests/no-such-id/status"),
            await http.get("/fal-ai/pika/requests/no-such-id"),
            await http.put("/fal-ai/pika/requests/no-such-id/cancel"),
            await http.get(other_app),
            await http.get(f"{other_app}/status"),
            await http.put(f"{other_app}/cancel"),
        ]:
            assert (answer.status_code, parse(answer)) == (404, {"status": "NOT_FOUND"})

    async def test_time_to_start_limit(self, fal: FalServer, http: httpx.AsyncClient) -> None:
        fal.timing.queue_seconds = 60
        headers = {"X-Fal-Request-Timeout": "0.2"}
        submitted = parse(await http.post(f"/{TEXT}", json=FOX, headers=headers))
        result = await finish(fal, http, submitted)
        assert result.status_code == 504
        assert result.headers["x-fal-error-type"] == "request_timeout"

    @pytest.mark.parametrize(
        ("uploaded", "error_type"), [(None, "file_download_error"), (b"text", "image_load_error")]
    )
    async def test_bad_picture_fails_the_job(
        self,
        fal: FalServer,
        http: httpx.AsyncClient,
        uploaded: bytes | None,
        error_type: str,
    ) -> None:
        url = await upload(http, uploaded) if uploaded else "https://fal.media/files/other.png"
        submitted = await submit(http, {**FOX, "image_url": url}, IMAGE)
        result = await finish(fal, http, submitted)
        assert result.status_code == 422
        [detail] = cast("list[JsonObject]", parse(result)["detail"])
        assert (detail["type"], detail["loc"]) == (error_type, ["body", "image_url"])
        assert detail["input"] == url
        assert (await status(http, submitted))["error_type"] == error_type

    async def test_waiting_in_vain_times_out(self, fal: FalServer) -> None:
        with pytest.raises(TimeoutError):
            await fal.wait_for(lambda: False, timeout=0.01)


class TestFaults:
    @pytest.mark.parametrize("accepted", [False, True])
    async def test_dropped_submit(
        self, fal: FalServer, http: httpx.AsyncClient, accepted: bool
    ) -> None:
        fal.arm(Fault("submit", Drop(accepted)))
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await http.post(f"/{TEXT}", json=FOX)
        await fal.wait_for(lambda: len(fal.requests) == int(accepted))
        [post] = fal.posts
        assert post.status is None
        assert (post.request_id in fal.requests) is accepted
        await submit(http)

    @pytest.mark.parametrize("accepted", [False, True])
    async def test_answered_otherwise(
        self, fal: FalServer, http: httpx.AsyncClient, accepted: bool
    ) -> None:
        headers = {"Content-Type": "text/html", "X-Fal-Request-Id": "1"}
        fal.arm(Fault("submit", Answer(502, "<h1>nginx", headers, accepted)))
        response = await http.post(f"/{TEXT}", json=FOX)
        assert (response.status_code, response.text) == (502, "<h1>nginx")
        assert response.headers["x-fal-request-id"] == "1"
        assert response.headers["content-type"] == "text/html"
        assert fal.posts[0].status == 502
        assert len(fal.requests) == int(accepted)

    async def test_delay_goes_on_though_the_client_has_gone(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.arm(Fault("submit", Delay(0.3)))
        with pytest.raises(httpx.ReadTimeout):
            await http.post(f"/{TEXT}", json=FOX, timeout=0.1)
        await fal.wait_for(lambda: len(fal.requests) == 1)
        assert [post.status for post in fal.posts] == [None]

    @pytest.mark.parametrize(
        ("failure", "sentence"),
        [
            (policy_violation("prompt"), "Invalid status code: 422"),
            (infrastructure_error("runner_disconnected", "gone"), "gone"),
        ],
    )
    async def test_failed_job_is_completed_with_an_error(
        self, fal: FalServer, http: httpx.AsyncClient, failure: Failure, sentence: str
    ) -> None:
        fal.arm(Fault("submit", FailJob(failure)))
        submitted = await submit(http)
        result = await finish(fal, http, submitted)
        assert (result.status_code, parse(result)) == (
            failure.status,
            failure.echoing(FOX).body,
        )
        assert result.headers["x-fal-error-type"] == failure.error_type
        shown = await status(http, submitted)
        assert shown["status"] == "COMPLETED"
        assert shown["error"] == sentence
        assert shown["error_type"] == failure.error_type

    async def test_the_real_client_repeats_a_dropped_post(
        self, fal: FalServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """This is why the bot has its own POST."""
        fal.arm(Fault("submit", Drop(accepted=True), times=2))
        async with real_client(fal, monkeypatch) as client:
            await client.submit(TEXT, FOX)
        assert [post.status for post in fal.posts] == [None, None, 200]
        assert len(fal.requests) == 3
        await fal.wait_for(lambda: fal.charged == 600_000)

    async def test_truncated_file(self, fal: FalServer, http: httpx.AsyncClient) -> None:
        result = await finish(fal, http, await submit(http))
        whole = (await download(result)).content
        fal.arm(Fault("file", Truncate(1000)))
        assert (await download(result)).content == whole[:1000]
        fal.arm(Fault("file", Truncate(1000, announce_all=True)))
        with pytest.raises(httpx.RemoteProtocolError):
            await download(result)
        assert (await download(result)).content == whole

    @pytest.mark.parametrize(
        "route", ["status", "result", "cancel", "listing", "token", "upload", "file"]
    )
    async def test_every_route_can_fail(
        self, fal: FalServer, http: httpx.AsyncClient, route: Route
    ) -> None:
        submitted = await submit(http)
        await finish(fal, http, submitted)
        picture = await upload(http, png())

        async def call() -> httpx.Response:
            match route:
                case "status":
                    return await http.get(str(submitted["status_url"]))
                case "result":
                    return await http.get(str(submitted["response_url"]))
                case "cancel":
                    return await http.put(str(submitted["cancel_url"]))
                case "listing":
                    return await http.get(f"/v1/models/requests/by-endpoint?endpoint_id={TEXT}")
                case "token":
                    return await http.post("/storage/auth/token?storage_type=fal-cdn-v3")
                case "upload":
                    return await http.post("/files/upload", content=png())
                case _:
                    return await http.get(picture)

        before = (await call()).status_code
        assert before != 503
        fal.arm(Fault(route, Answer(503, {"detail": "busy"}), times=2))
        fal.arm(Fault(route, Drop()))
        assert [(await call()).status_code for _ in range(2)] == [503, 503]
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await call()
        assert (await call()).status_code == before

    async def test_fault_waits_for_the_request_it_is_meant_for(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.arm(Fault("submit", Answer(500), match="köder"))
        fal.arm(Fault("status", Answer(500), match="a fox"))
        bear, fox = await submit(http, {"prompt": "a bear"}), await submit(http)
        assert (await http.post(f"/{TEXT}", json={"prompt": "der köder"})).status_code == 500
        assert (await http.get(str(bear["status_url"]))).status_code != 500
        assert (await http.get(str(fox["status_url"]))).status_code == 500

    def test_a_fault_that_makes_no_sense_is_refused(self) -> None:
        with pytest.raises(ValueError, match="FailJob"):
            Fault("status", FailJob(policy_violation("prompt")))
        with pytest.raises(ValueError, match="Truncate"):
            Fault("upload", Truncate(1))
