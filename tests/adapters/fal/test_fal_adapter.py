"""fal's answers become the right values: over sockets, against the loopback fal."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from bot.adapters.fal.listing import listed
from bot.adapters.fal.queue import FalQueue, FalUrls
from bot.domain.jobs.fal import (
    Accepted,
    FalTrouble,
    Finished,
    Forgotten,
    ModelError,
    NotTaken,
    Queued,
    Rejected,
    Running,
    Submission,
    Unknown,
    Video,
)
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import Handle
from sandbox.fal import (
    Answer,
    Delay,
    Drop,
    FailJob,
    FalServer,
    Fault,
    State,
    Timing,
    open_fal,
    policy_violation,
)
from sandbox.fal.errors import Json
from sandbox.render import Renderer

TEXT = "fal-ai/pika/v2.2/text-to-video"
FOX: dict[str, str | int] = {"prompt": "a fox", "seed": 7, "resolution": "720p", "duration": 5}
T = TypeVar("T")


@pytest.fixture
async def fal(renderer: Renderer) -> AsyncIterator[FalServer]:
    async with open_fal(renderer=renderer) as server:
        yield server
        assert not server.violations


def queue_at(base_url: str, key: str, timeout: float = 5) -> FalQueue:
    urls = FalUrls(queue=base_url, rest=base_url, cdn=base_url, api=base_url)
    return FalQueue(key, urls, timeout=timeout, start_timeout=900, file_lifetime=86_400)


@pytest.fixture
async def queue(fal: FalServer) -> AsyncIterator[FalQueue]:
    client = queue_at(fal.base_url, fal.key)
    yield client
    await client.aclose()


def as_a(kind: type[T], value: object) -> T:
    assert isinstance(value, kind), value
    return value


async def accepted(queue: FalQueue) -> Handle:
    return as_a(Accepted, await queue.submit(TEXT, FOX)).handle


async def ended(fal: FalServer, handle: Handle) -> None:
    await fal.wait_for(lambda: fal.requests[handle.request_id].state is State.COMPLETED)


async def test_a_request_from_submit_to_result(fal: FalServer, queue: FalQueue) -> None:
    fal.timing = Timing(queue_seconds=0.3, run_seconds=0.3)
    handle = await accepted(queue)
    assert await queue.progress(handle) == Queued()
    await fal.wait_for(lambda: fal.requests[handle.request_id].state is State.IN_PROGRESS)
    assert await queue.progress(handle) == Running()
    await ended(fal, handle)
    assert await queue.progress(handle) == Finished(failed=False, error_type=None)
    video = as_a(Video, await queue.result(handle))
    assert video.url in fal.results
    assert video.billable_units == "5"
    (post,) = fal.posts
    assert post.headers["X-Fal-Request-Timeout"] == "900"
    assert (
        post.headers["X-Fal-Object-Lifecycle-Preference"]
        == '{"expiration_duration_seconds": 86400}'
    )


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (Drop(), Unknown("RemoteProtocolError")),
        (Drop(accepted=True), Unknown("RemoteProtocolError")),
        (Answer(500), Unknown("HTTP 500")),
        (Answer(502, b"<html>nginx</html>"), Unknown("HTTP 502")),
        (Answer(503), Unknown("HTTP 503")),
        (Answer(504), Unknown("HTTP 504")),
        (Answer(408), Unknown("HTTP 408")),
        (Answer(409), Unknown("HTTP 409")),
        (Answer(307, headers={"Location": "/"}), Unknown("HTTP 307")),
        (Answer(200, b"not JSON", accepted=True), Unknown("an answer without a request id")),
        (Answer(200, {}, accepted=True), Unknown("an answer without a request id")),
        (Answer(200, {"request_id": ""}), Unknown("an answer without a request id")),
        (Answer(429), NotTaken("HTTP 429", HoldReason.BUSY)),
        (Answer(401), NotTaken("HTTP 401", HoldReason.KEY)),
        (
            Answer(403, {"detail": "User is locked. Reason:\nTOP_UP."}),
            NotTaken("HTTP 403", HoldReason.CREDIT, "User is locked. Reason: TOP_UP."),
        ),
        (Answer(402), NotTaken("HTTP 402", HoldReason.CREDIT)),
        (Answer(400, {"detail": "no", "error_type": "bad_request"}), Rejected(400, "bad_request")),
        (Answer(404), Rejected(404, "http_404")),
        (Answer(413), Rejected(413, "http_413")),
        (
            Answer(422, policy_violation("image_url").body),
            Rejected(422, "content_policy_violation", "image_url"),
        ),
        (Answer(422, b"[not JSON"), Rejected(422, "http_422")),
    ],
)
async def test_every_outcome_of_a_submit_takes_one_post(
    fal: FalServer, queue: FalQueue, action: Answer | Drop, expected: Submission
) -> None:
    fal.arm(Fault("submit", action, times=10))
    assert await queue.submit(TEXT, FOX) == expected
    assert len(fal.posts) == 1


async def test_an_answer_slower_than_the_time_limit_is_unknown(fal: FalServer) -> None:
    queue = queue_at(fal.base_url, fal.key, timeout=0.3)
    fal.arm(Fault("submit", Delay(1)))
    assert await queue.submit(TEXT, FOX) == Unknown("ReadTimeout")
    await fal.wait_for(lambda: len(fal.requests) == 1)
    assert len(fal.posts) == 1
    await queue.aclose()


async def test_nobody_listening_means_not_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        queue = queue_at(f"http://127.0.0.1:{taken.getsockname()[1]}", "key")
        assert await queue.submit(TEXT, FOX) == NotTaken("ConnectError", HoldReason.AWAY)
        await queue.aclose()


async def test_urls_on_another_host_are_not_trusted_with_the_key(
    fal: FalServer, queue: FalQueue
) -> None:
    answer = {
        "request_id": "abc",
        "status_url": "http://127.0.0.2:1/status",
        "response_url": 5,
        "cancel_url": f"{fal.base_url}/elsewhere/cancel",
    }
    fal.arm(Fault("submit", Answer(200, {**answer})))
    assert await accepted(queue) == Handle(
        request_id="abc",
        status_url=f"{fal.base_url}/fal-ai/pika/requests/abc/status",
        response_url=f"{fal.base_url}/fal-ai/pika/requests/abc",
        cancel_url=f"{fal.base_url}/elsewhere/cancel",
    )


@pytest.mark.parametrize(
    "tail",
    ["y" * 70_000, "y" * 3000, "\u0001", "a b", "\u00e4", "a\nb", "\u007f"],
    ids=["unaskable", "long", "control", "space", "no ASCII", "line", "delete"],
)
async def test_a_url_that_can_hardly_be_asked_is_replaced_by_the_bots_own(
    fal: FalServer, queue: FalQueue, tail: str
) -> None:
    odd = f"{fal.base_url}/{tail}"
    answer = {"request_id": "abc", "status_url": odd, "response_url": odd, "cancel_url": odd}
    fal.arm(Fault("submit", Answer(200, {**answer})))
    assert await accepted(queue) == queue.handle(TEXT, "abc")


async def test_an_odd_request_id_stays_one_part_of_its_urls(
    fal: FalServer, queue: FalQueue
) -> None:
    handle = queue.handle(TEXT, "../x y?z#\u0000")
    assert handle.cancel_url.endswith("/fal-ai/pika/requests/..%2Fx%20y%3Fz%23%00/cancel")
    fal.arm(Fault("submit", Answer(200, {"request_id": "x" * 100_000})))
    assert as_a(Unknown, await queue.submit(TEXT, FOX))


async def test_a_url_of_an_older_row_that_can_not_be_asked_is_trouble(queue: FalQueue) -> None:
    handle = replace(queue.handle(TEXT, "abc"), status_url="http://127.0.0.1/\u0001")
    with pytest.raises(FalTrouble):
        await queue.progress(handle)
    with pytest.raises(FalTrouble):
        await queue.follow(handle, print)


async def test_a_failed_job_tells_its_type_and_field(fal: FalServer, queue: FalQueue) -> None:
    fal.arm(Fault("submit", FailJob(policy_violation("prompt"))))
    handle = await accepted(queue)
    await ended(fal, handle)
    assert as_a(Finished, await queue.progress(handle)).failed
    assert await queue.result(handle) == ModelError(422, "content_policy_violation", "prompt")


async def test_an_unknown_request_is_forgotten(queue: FalQueue) -> None:
    assert await queue.progress(queue.handle(TEXT, "nobody")) == Forgotten()
    assert await queue.result(queue.handle(TEXT, "nobody")) == Forgotten()


@pytest.mark.parametrize(
    "action",
    [
        Drop(),
        Answer(500),
        Answer(404, b"<html>a proxy</html>", {"Content-Type": "text/html"}),
        Answer(200, {"status": "PAUSED"}),
        Answer(200, {}),
        Answer(200, b"<html>"),
        Answer(401),
        Answer(302, headers={"Location": "http://127.0.0.2:1/"}),
    ],
)
async def test_a_status_that_says_nothing_is_trouble_and_no_end(
    fal: FalServer, queue: FalQueue, action: Answer | Drop
) -> None:
    handle = await accepted(queue)
    await ended(fal, handle)
    fal.arm(Fault("status", action))
    with pytest.raises(FalTrouble):
        await queue.progress(handle)
    assert await queue.progress(handle) == Finished(failed=False, error_type=None)


async def test_missing_fields_do_not_hide_a_status(fal: FalServer, queue: FalQueue) -> None:
    handle = await accepted(queue)
    fal.arm(Fault("status", Answer(202, {"status": "IN_QUEUE"})))
    assert await queue.progress(handle) == Queued()
    fal.arm(Fault("status", Answer(200, {"status": "COMPLETED"})))
    assert await queue.progress(handle) == Finished(failed=False, error_type=None)


@pytest.mark.parametrize(
    "action", [Answer(200, {"images": []}), Answer(429), Answer(403), Answer(502, b"<html>")]
)
async def test_a_result_that_says_nothing_is_trouble(
    fal: FalServer, queue: FalQueue, action: Answer
) -> None:
    handle = await accepted(queue)
    await ended(fal, handle)
    fal.arm(Fault("result", action))
    with pytest.raises(FalTrouble):
        await queue.result(handle)
    as_a(Video, await queue.result(handle))


@pytest.mark.parametrize(
    ("answer", "confirmed"),
    [
        (Answer(202, {"status": "CANCELLATION_REQUESTED"}, accepted=True), True),
        (Answer(200, {"status": "OK"}, accepted=True), True),
        (Answer(200, {"success": True}, accepted=True), True),
        (Answer(200, {"success": False}), False),
        (Answer(200, {"status": "ALREADY_COMPLETED"}), False),
        (Answer(202, {"status": "ALREADY_COMPLETED"}), False),
        (Answer(200, {}), False),
    ],
)
async def test_only_fals_own_word_confirms_a_cancel(
    fal: FalServer, queue: FalQueue, answer: Answer, *, confirmed: bool
) -> None:
    handle = await accepted(queue)
    fal.arm(Fault("cancel", answer))
    assert await queue.cancel(handle) is confirmed


@pytest.mark.parametrize("body", [b"<html>Sign in to the WiFi</html>", b"", b"[]"])
async def test_a_page_confirms_no_cancel(fal: FalServer, queue: FalQueue, body: bytes) -> None:
    handle = await accepted(queue)
    fal.arm(Fault("cancel", Answer(200, body)))
    with pytest.raises(FalTrouble):
        await queue.cancel(handle)


async def test_cancel(fal: FalServer, queue: FalQueue) -> None:
    fal.timing = Timing(queue_seconds=30)
    handle = await accepted(queue)
    assert await queue.cancel(handle)
    await ended(fal, handle)
    assert await queue.progress(handle) == Finished(failed=True, error_type="client_cancelled")
    assert not await queue.cancel(handle)
    assert not await queue.cancel(queue.handle(TEXT, "nobody"))


async def test_a_large_upload_lets_others_run(
    fal: FalServer, queue: FalQueue, tmp_path: Path
) -> None:
    picture = bytes(8 << 20)
    path = tmp_path / "picture.jpg"
    path.write_bytes(picture)
    turns = 0
    uploading = asyncio.create_task(queue.upload(path, expires_in=3600))
    while not uploading.done():
        await asyncio.sleep(0)
        turns += 1
    assert fal.uploads[await uploading].data == picture
    # It goes out in 128 pieces.
    assert turns > 128


async def test_uploads_expire_and_never_fall_back(
    fal: FalServer, queue: FalQueue, tmp_path: Path
) -> None:
    path, video = tmp_path / "picture.jpg", tmp_path / "video.mp4"
    path.write_bytes(b"\xff\xd8\xff picture")
    video.write_bytes(b"video")
    url = await queue.upload(path, expires_in=3600)
    assert fal.uploads[url].content_type == "image/jpeg"
    assert fal.uploads[await queue.upload(video, expires_in=60)].content_type == "video/mp4"
    with pytest.raises(FileNotFoundError):
        await queue.upload(tmp_path / "gone.jpg", expires_in=60)
    assert fal.uploads[url].lifecycle == '{"expiration_duration_seconds": 3600}'
    fal.arm(Fault("upload", Answer(403, {"detail": "no"})))
    with pytest.raises(FalTrouble):
        await queue.upload(path, expires_in=3600)


async def test_the_listing_finds_ended_requests_with_their_input(
    fal: FalServer, queue: FalQueue
) -> None:
    handle = await accepted(queue)
    await ended(fal, handle)
    sent_at = round(fal.requests[handle.request_id].sent_at.timestamp() * 1000)
    (found,) = await queue.find(TEXT, since=sent_at - 60_000)
    assert found.request_id == handle.request_id
    assert found.arguments["seed"] == 7
    assert abs(found.sent_at - sent_at) < 1000
    fal.arm(Fault("listing", Answer(500)))
    with pytest.raises(FalTrouble):
        await queue.find(TEXT, since=0)


async def test_the_key_is_checked_by_a_free_call(fal: FalServer, queue: FalQueue) -> None:
    assert await queue.accepts_key()
    wrong = queue_at(fal.base_url, "wrong-key")
    assert not await wrong.accepts_key()
    await wrong.aclose()
    assert not fal.posts


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"status": "ok"}),
        Answer(200, b"<html>"),
        Answer(400, {}),
        Answer(404, b"<html>"),
    ],
)
async def test_who_answers_otherwise_than_fal_accepts_no_key(
    fal: FalServer, queue: FalQueue, answer: Answer
) -> None:
    fal.arm(Fault("platform", answer))
    with pytest.raises(FalTrouble, match="not as fal does"):
        await queue.accepts_key()
    fal.arm(Fault("platform", Answer(404, {"detail": "no such endpoint"})))
    assert await queue.accepts_key()


async def test_a_long_listing_is_read_to_its_end(fal: FalServer, queue: FalQueue) -> None:
    handles = [await accepted(queue) for _ in range(101)]
    for handle in handles:
        await ended(fal, handle)
    found = await queue.find(TEXT, since=0)
    assert {entry.request_id for entry in found} == {handle.request_id for handle in handles}


def page(*request_ids: str, cursor: str | None) -> Answer:
    sent_at = "2026-11-21T12:00:00Z"
    items: list[Json] = [{"request_id": one, "sent_at": sent_at} for one in request_ids]
    return Answer(200, {"items": items, "has_more": cursor is not None, "next_cursor": cursor})


async def test_what_ends_while_the_listing_is_read_is_listed_once(
    fal: FalServer, queue: FalQueue
) -> None:
    fal.arm(Fault("listing", page("a", "b", cursor="2")))
    fal.arm(Fault("listing", page("b", "c", cursor=None)))
    found = await queue.find(TEXT, since=0)
    assert [entry.request_id for entry in found] == ["a", "b", "c"]


async def test_a_listing_without_end_is_trouble_and_not_half_an_answer(
    fal: FalServer, queue: FalQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.fal.listing._MOST_PAGES", 3)
    for cursor in ("2", "3", "4"):
        fal.arm(Fault("listing", page("a", cursor=cursor)))
    with pytest.raises(FalTrouble, match="more than 1 requests"):
        await queue.find(TEXT, since=0)


async def test_a_listing_that_goes_round_in_a_circle_is_trouble(
    fal: FalServer, queue: FalQueue
) -> None:
    for cursor in ("2", "3", "2", "3"):
        fal.arm(Fault("listing", page("a", cursor=cursor)))
    with pytest.raises(FalTrouble, match="circle"):
        await queue.find(TEXT, since=0)
    assert sum(count for call, count in fal.calls.items() if call.endswith("by-endpoint")) == 3


async def test_a_listing_whose_pages_are_slow_is_trouble_after_a_while() -> None:
    pages = 0

    async def slow(_: dict[str, str]) -> httpx.Response:
        nonlocal pages
        pages += 1
        await asyncio.sleep(0.05)
        body: Json = {"items": [], "has_more": True, "next_cursor": str(pages)}
        return httpx.Response(200, json=body)

    with pytest.raises(FalTrouble, match="too long"):
        await listed(slow, TEXT, 0, patience=0.06)
    assert 1 < pages < 20
