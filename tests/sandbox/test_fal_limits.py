"""Waiting at the loopback fal: concurrency, queue length, time to start, priority, cancel."""

import httpx
import pytest

from sandbox.fal import AfterCancel, CancelAnswer, FalServer, State, Timing
from sandbox.fal.errors import JsonObject
from tests.sandbox.fal_harness import FOX, IMAGE, TEXT, finish, parse, status, submit

pytest_plugins = ["tests.sandbox.fal_harness"]


def states(fal: FalServer) -> list[State]:
    return [request.state for request in fal.requests.values()]


class TestWaiting:
    async def test_only_those_in_progress_count(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.timing = Timing(run_seconds=100)
        submitted = [await submit(http, {**FOX, "image_url": "x"}, IMAGE)]
        submitted += [await submit(http, {**FOX, "seed": seed}) for seed in range(11)]
        await fal.wait_for(lambda: states(fal).count(State.IN_PROGRESS) == 2)
        assert (await status(http, submitted[2]))["queue_position"] == 0
        assert (await status(http, submitted[11]))["queue_position"] == 9
        fal.advance(101)
        await fal.wait_for(lambda: states(fal).count(State.COMPLETED) == 2)
        await fal.wait_for(lambda: states(fal).count(State.IN_PROGRESS) == 2)
        assert states(fal)[:4] == [State.COMPLETED] * 2 + [State.IN_PROGRESS] * 2

    async def test_the_queue_is_as_long_as_the_sender_allows(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.timing.run_seconds = 60
        limit = {"fal_max_queue_length": "2"}
        answers = [await http.post(f"/{TEXT}", json=FOX, params=limit) for _ in range(6)]
        # Two run. Refused when there are more than that many waiting already.
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert (await http.post(f"/{TEXT}", json=FOX)).status_code == 200
        picture: JsonObject = {**FOX, "image_url": "x"}
        other = await http.post(f"/{IMAGE}", json=picture, params=limit)
        assert other.status_code == 200
        assert len(fal.requests) == 7

    async def test_time_to_start_counts_the_queue_and_not_the_run(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.timing = Timing(queue_seconds=25, run_seconds=1000, concurrency=1)
        headers = {"X-Fal-Request-Timeout": "30"}
        running, waiting = [
            parse(await http.post(f"/{TEXT}", json=FOX, headers=headers)) for _ in range(2)
        ]
        fal.advance(26)
        await fal.wait_for(lambda: State.IN_PROGRESS in states(fal))
        fal.advance(1)
        assert (await status(http, waiting))["status"] == "IN_QUEUE"
        fal.advance(3)
        late = await finish(fal, http, waiting)
        assert late.status_code == 504
        assert late.headers["x-fal-request-timeout-type"] == "user"
        assert late.headers["x-fal-error-type"] == "request_timeout"
        assert (await status(http, waiting))["error_type"] == "request_timeout"
        assert (await status(http, running))["status"] == "IN_PROGRESS"

    @pytest.mark.parametrize("given", ["0.1", "-3", "soon", "nan", "inf"])
    async def test_a_time_limit_that_is_none(
        self, fal: FalServer, http: httpx.AsyncClient, given: str
    ) -> None:
        headers = {"X-Fal-Request-Timeout": given}
        answer = await http.post(f"/{TEXT}", json=FOX, headers=headers)
        assert (answer.status_code, parse(answer)["error_type"]) == (400, "bad_request")
        assert not fal.requests
        assert fal.violations

    async def test_low_priority_waits_behind_everyone(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.timing = Timing(run_seconds=100, concurrency=1)
        await submit(http)
        low = parse(await http.post(f"/{TEXT}", json=FOX, headers={"X-Fal-Queue-Priority": "low"}))
        normal = await submit(http)
        assert (await status(http, low))["queue_position"] == 1
        assert (await status(http, normal))["queue_position"] == 0
        await fal.wait_for(lambda: State.IN_PROGRESS in states(fal))
        fal.advance(101)
        await fal.wait_for(lambda: states(fal)[2] is State.IN_PROGRESS)
        assert states(fal) == [State.COMPLETED, State.IN_QUEUE, State.IN_PROGRESS]

    @pytest.mark.parametrize(
        ("headers", "query"),
        [
            ({"X-Fal-Queue-Priority": "high"}, {}),
            ({"X-Fal-Object-Lifecycle-Preference": "3600"}, {}),
            ({"X-Fal-Object-Lifecycle-Preference": "{"}, {}),
            ({"X-Fal-Object-Lifecycle-Preference": '{"expiration_duration_seconds": "1"}'}, {}),
            ({"X-Fal-Object-Lifecycle-Preference": '{"expiration_duration_seconds": 0}'}, {}),
            ({"X-Fal-Object-Lifecycle-Preference": '{"expires_in": 60}'}, {}),
            ({}, {"webhook": "http://127.0.0.1/"}),
            ({}, {"fal_max_queue_length": "-1"}),
        ],
    )
    async def test_what_fal_lets_pass_and_nobody_should_send(
        self,
        fal: FalServer,
        http: httpx.AsyncClient,
        headers: dict[str, str],
        query: dict[str, str],
    ) -> None:
        answer = await http.post(f"/{TEXT}", json=FOX, headers=headers, params=query)
        assert answer.status_code == 200
        assert len(fal.violations) == 1


class TestCancel:
    @pytest.mark.parametrize(
        ("habit", "expected"),
        [
            (CancelAnswer.REQUESTED, (202, {"status": "CANCELLATION_REQUESTED"})),
            (CancelAnswer.OK, (200, {"status": "OK"})),
            (CancelAnswer.SUCCESS, (200, {"success": True})),
        ],
    )
    async def test_accepted(
        self,
        fal: FalServer,
        http: httpx.AsyncClient,
        habit: CancelAnswer,
        expected: tuple[int, JsonObject],
    ) -> None:
        fal.timing.queue_seconds = 60
        fal.habits.cancel_answer = habit
        submitted = await submit(http)
        answer = await http.put(str(submitted["cancel_url"]))
        assert (answer.status_code, parse(answer)) == expected
        late = await http.put(str(submitted["cancel_url"]))
        assert (late.status_code, parse(late)) == (400, {"status": "ALREADY_COMPLETED"})

    @pytest.mark.parametrize(
        ("habit", "http_status", "shown"),
        [
            (AfterCancel.COMPLETED, 200, "COMPLETED"),
            (AfterCancel.NOT_FOUND, 404, "NOT_FOUND"),
            (AfterCancel.IN_QUEUE, 202, "IN_QUEUE"),
        ],
    )
    async def test_whatever_status_shows_it_never_runs(
        self,
        fal: FalServer,
        http: httpx.AsyncClient,
        habit: AfterCancel,
        http_status: int,
        shown: str,
    ) -> None:
        fal.timing.queue_seconds = 60
        fal.habits.after_cancel = habit
        submitted = await submit(http)
        await http.put(str(submitted["cancel_url"]))
        fal.timing.queue_seconds = 0
        fal.advance(3600)
        await finish(fal, http, await submit(http))
        answer = await http.get(str(submitted["status_url"]))
        assert (answer.status_code, parse(answer)["status"]) == (http_status, shown)
        if habit is AfterCancel.COMPLETED:
            assert parse(answer)["error_type"] == "client_cancelled"
            assert (await http.get(str(submitted["response_url"]))).status_code == 499
        first, second = fal.requests.values()
        assert first.started_at is None
        assert fal.charged == second.charged_micro_usd > 0

    async def test_a_canceled_request_makes_room_in_the_queue(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.timing.queue_seconds = 60
        fal.habits.after_cancel = AfterCancel.IN_QUEUE
        first, second = await submit(http), await submit(http)
        assert (await status(http, second))["queue_position"] == 1
        await http.put(str(first["cancel_url"]))
        assert (await status(http, second))["queue_position"] == 0
        limit = {"fal_max_queue_length": "1"}
        assert (await http.post(f"/{TEXT}", json=FOX, params=limit)).status_code == 200

    async def test_a_running_request_completes_anyway(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.timing.run_seconds = 100
        submitted = await submit(http)
        await fal.wait_for(lambda: State.IN_PROGRESS in states(fal))
        assert (await http.put(str(submitted["cancel_url"]))).status_code == 202
        assert (await status(http, submitted))["status"] == "IN_PROGRESS"
        fal.advance(101)
        assert (await finish(fal, http, submitted)).status_code == 200
        assert fal.charged == 200_000

    async def test_a_runner_that_heeds_the_cancel(
        self, fal: FalServer, http: httpx.AsyncClient
    ) -> None:
        fal.habits.runner_heeds_cancel = fal.habits.charges_refusals = True
        fal.timing = Timing(run_seconds=100, concurrency=1)
        submitted, next_one = await submit(http), await submit(http)
        await fal.wait_for(lambda: State.IN_PROGRESS in states(fal))
        await http.put(str(submitted["cancel_url"]))
        answer = await finish(fal, http, submitted)
        assert answer.status_code == 499
        assert answer.headers["x-fal-error-type"] == "client_cancelled"
        await fal.wait_for(lambda: states(fal)[1] is State.IN_PROGRESS)
        assert (await status(http, next_one))["status"] == "IN_PROGRESS"
        assert fal.charged == 0
