"""The loopback fal's answers, changed by a network, a proxy or another API version."""

import json
from collections.abc import AsyncGenerator
from typing import cast

import fal_client
import httpx
import httpx_sse
import pytest

from sandbox.fal import (
    Drop,
    FailJob,
    FalServer,
    Fault,
    Flood,
    Mangle,
    Timing,
    Trickle,
    WrongLength,
    policy_violation,
    proxy_page,
    redirect,
)
from sandbox.fal.errors import JsonObject
from tests.sandbox.fal_harness import (
    FOX,
    TEXT,
    download,
    finish,
    parse,
    real_client,
    status,
    submit,
)

pytest_plugins = ["tests.sandbox.fal_harness"]
BROKEN = (httpx.RemoteProtocolError, httpx.ReadError)


class TestMangled:
    async def test_missing_keys_break_the_real_client(
        self, fal: FalServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """This is why the bot reads statuses itself."""
        fal.timing.queue_seconds = 60
        async with real_client(fal, monkeypatch) as client:
            handle = await client.submit(TEXT, FOX)
            fal.arm(Fault("status", Mangle(drop=("queue_position",))))
            with pytest.raises(KeyError):
                await handle.status()
            fal.arm(Fault("status", Mangle(change={"status": "PAUSED"})))
            with pytest.raises(ValueError, match="PAUSED"):
                await handle.status()
            assert isinstance(await handle.status(), fal_client.Queued)

    async def test_a_submit_whose_answer_lost_its_id(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.arm(Fault("submit", Mangle(drop=("request_id", "status_url"))))
        answer = await submit(http)
        assert not answer.keys() & {"request_id", "status_url"}
        assert "response_url" in answer
        assert len(fal.requests) == 1

    async def test_inner_keys_headers_and_status(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        submitted = await submit(http)
        whole = await finish(fal, http, submitted)
        action = Mangle(
            drop=("video.file_size",),
            change={"video.url": "http://127.0.0.2:1/x.mp4", "seed": 7},
            drop_headers=("X-Fal-Billable-Units",),
            status=203,
        )
        fal.arm(Fault("result", action))
        answer = await http.get(str(submitted["response_url"]))
        assert answer.status_code == 203
        assert "x-fal-billable-units" not in answer.headers
        assert answer.headers["x-fal-request-id"] == submitted["request_id"]
        video = cast("JsonObject", parse(answer)["video"])
        assert "file_size" not in video
        assert (video["url"], parse(answer)["seed"]) == ("http://127.0.0.2:1/x.mp4", 7)
        again = await http.get(str(submitted["response_url"]))
        assert parse(again) == parse(whole)

    async def test_a_failure_that_status_keeps_to_itself(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.arm(Fault("submit", FailJob(policy_violation("prompt"))))
        fal.arm(Fault("status", Mangle(drop=("error", "error_type"))))
        submitted = await submit(http)
        result = await finish(fal, http, submitted)
        assert not (await status(http, submitted)).keys() & {"error", "error_type"}
        assert result.status_code == 422


class TestProxy:
    @pytest.mark.parametrize("code", [502, 503, 504])
    async def test_its_page(self, fal: FalServer, http: httpx.AsyncClient, code: int) -> None:
        fal.arm(Fault("submit", proxy_page(code)))
        fal.arm(Fault("submit", proxy_page(code, request_id="abc")))
        without, with_id = [await http.post(f"/{TEXT}", json=FOX) for _ in range(2)]
        for answer in (without, with_id):
            assert answer.status_code == code
            assert answer.headers["content-type"] == "text/html"
            assert f"<title>{code} " in answer.text
            assert "nginx" in answer.text
        assert "x-fal-request-id" not in without.headers
        assert with_id.headers["x-fal-request-id"] == "abc"
        assert not fal.requests

    async def test_the_real_client_repeats_the_post_unless_it_reached_fal(
        self, fal: FalServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fal.arm(Fault("submit", proxy_page(502), times=2))
        async with real_client(fal, monkeypatch) as client:
            await client.submit(TEXT, FOX)
            assert [post.status for post in fal.posts] == [502, 502, 200]
            fal.arm(Fault("submit", proxy_page(502, request_id="abc")))
            with pytest.raises(fal_client.FalClientHTTPError):
                await client.submit(TEXT, FOX)
        assert [post.status for post in fal.posts] == [502, 502, 200, 502]


class TestBodies:
    async def test_a_slow_one_arrives_whole(self, fal: FalServer, http: httpx.AsyncClient) -> None:
        submitted = await submit(http)
        fal.arm(Fault("status", Trickle(pause=0.005, chunk=20)))
        async with http.stream("GET", str(submitted["status_url"])) as response:
            pieces = [piece async for piece in response.aiter_raw()]
        assert len(pieces) > 3
        assert json.loads(b"".join(pieces))["request_id"] == submitted["request_id"]

    async def test_one_that_stalls(self, fal: FalServer, http: httpx.AsyncClient) -> None:
        result = await finish(fal, http, await submit(http))
        video = cast("dict[str, str]", parse(result)["video"])
        fal.arm(Fault("file", Trickle(pause=60, chunk=1000)))
        async with httpx.AsyncClient() as anonymous:
            with pytest.raises(httpx.ReadTimeout):
                await anonymous.get(video["url"], timeout=0.2)
            assert (await anonymous.get(video["url"])).is_success

    async def test_a_content_length_that_promises_more(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        result = await finish(fal, http, await submit(http))
        fal.arm(Fault("file", WrongLength(1_000_000)))
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            await download(result)
        fal.arm(Fault("result", WrongLength(5000)))
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            await http.get(str(result.url))

    async def test_a_content_length_that_promises_less(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        result = await finish(fal, http, await submit(http))
        whole = (await download(result)).content
        fal.arm(Fault("file", WrongLength(100)))
        assert (await download(result)).content == whole[:100]

    async def test_head(self, fal: FalServer, http: httpx.AsyncClient) -> None:
        result = await finish(fal, http, await submit(http))
        url = cast("dict[str, str]", parse(result)["video"])["url"]
        whole = await download(result)
        async with httpx.AsyncClient() as anonymous:
            head = await anonymous.head(url)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(whole.content))
        assert head.headers["content-type"] == "video/mp4"

    @pytest.mark.parametrize(
        "location",
        ["http://10.0.0.1/x.mp4", "http://169.254.169.254/", "file:///etc/passwd", "//[::1]/x"],
    )
    async def test_a_file_that_sends_elsewhere(
        self, fal: FalServer, http: httpx.AsyncClient, location: str
    ) -> None:
        result = await finish(fal, http, await submit(http))
        fal.arm(Fault("file", redirect(location)))
        fal.arm(Fault("file", redirect(location, 307)))
        for code in (302, 307):
            answer = await download(result)
            assert (answer.status_code, answer.headers["location"]) == (code, location)
        assert (await download(result)).status_code == 200


class TestStream:
    async def listen(
        self, http: httpx.AsyncClient, submitted: JsonObject
    ) -> AsyncGenerator[JsonObject]:
        url = f"{submitted['status_url']}/stream"
        async with httpx_sse.aconnect_sse(http, "GET", url, params={"logs": 1}) as source:
            assert source.response.headers["content-type"] == "text/event-stream"
            async for event in source.aiter_sse():
                yield cast("JsonObject", event.json())

    async def events(self, http: httpx.AsyncClient, submitted: JsonObject) -> list[JsonObject]:
        return [event async for event in self.listen(http, submitted)]

    async def test_every_status_until_the_end(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.timing = Timing(queue_seconds=60, run_seconds=60, concurrency=1)
        await submit(http)
        submitted = await submit(http)
        events = list[JsonObject]()
        async for event in self.listen(http, submitted):
            events.append(event)
            fal.advance(61)
        shown = [event["status"] for event in events]
        assert shown == ["IN_QUEUE", "IN_QUEUE", "IN_PROGRESS", "COMPLETED"]
        assert [event["queue_position"] for event in events[:2]] == [1, 0]
        assert events[-1] == await status(http, submitted, logs=1)

    async def test_of_what_has_ended_there_is_one(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        submitted = await submit(http)
        await finish(fal, http, submitted)
        (event,) = await self.events(http, submitted)
        assert event["status"] == "COMPLETED"

    async def test_it_can_fail_like_everything_else(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        submitted = await submit(http)
        await finish(fal, http, submitted)
        fal.arm(Fault("stream", Drop()))
        with pytest.raises(BROKEN):
            await self.events(http, submitted)
        fal.arm(Fault("stream", Mangle(change={"status": "PAUSED"})))
        (event,) = await self.events(http, submitted)
        assert event["status"] == "PAUSED"
        unknown = await http.get("/fal-ai/pika/requests/nobody/status/stream")
        assert unknown.status_code == 404


class TestFiles:
    async def test_a_file_that_is_larger_than_it_should_be(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        result = await finish(fal, http, await submit(http))
        whole = (await download(result)).content
        fal.arm(Fault("file", Flood(len(whole) + 200_000)))
        flooded = await download(result)
        assert "Content-Length" not in flooded.headers
        assert flooded.content == whole + bytes(200_000)
        with pytest.raises(ValueError, match="Flood belongs to the route file"):
            Fault("result", Flood(1))

    async def test_files_of_results_may_lie_elsewhere(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.habits.media_url = "http://media.invalid"
        result = await finish(fal, http, await submit(http))
        with pytest.raises(httpx.ConnectError):
            await download(result)
        (request,) = fal.requests.values()
        assert request.result_url is not None
        assert request.result_url.startswith(fal.base_url)
