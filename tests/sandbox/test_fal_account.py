"""The loopback fal's bills, and its answers when the credits are used up."""

import httpx
import pytest

from sandbox.fal import (
    FailJob,
    Failure,
    FalServer,
    Fault,
    documented_error,
    infrastructure_error,
    policy_violation,
)
from tests.sandbox.fal_harness import FOX, TEXT, finish, parse, submit

pytest_plugins = ["tests.sandbox.fal_harness"]


async def test_an_exhausted_balance_locks_submits_until_topped_up(
    fal: FalServer, http: httpx.AsyncClient
) -> None:
    fal.balance_micro_usd = 250_000
    await finish(fal, http, await submit(http))
    assert (fal.charged, fal.balance_micro_usd) == (200_000, 50_000)
    refused = await http.post(f"/{TEXT}", json=FOX)
    assert (refused.status_code, parse(refused)) == (
        403,
        {
            "detail": "User is locked. Reason: Exhausted balance. Top up your balance at "
            "fal.ai/dashboard/billing."
        },
    )
    assert len(fal.requests) == 1
    fal.top_up(150_000)
    await finish(fal, http, await submit(http))
    assert (fal.charged, fal.balance_micro_usd) == (400_000, 0)


async def test_wrong_input_is_refused_before_the_balance(
    fal: FalServer, http: httpx.AsyncClient
) -> None:
    fal.balance_micro_usd = 0
    assert (await http.post(f"/{TEXT}", json={})).status_code == 422
    assert (await http.post(f"/{TEXT}", json=FOX)).status_code == 403


@pytest.mark.parametrize(
    ("failure", "charges_refusals", "micro_usd"),
    [
        (policy_violation("prompt"), False, 0),
        (policy_violation("prompt"), True, 450_000),
        (Failure(422, {"detail": []}, "validation_error"), True, 0),
        (documented_error("generation_timeout"), True, 0),
        (documented_error("downstream_service_error"), True, 0),
        (infrastructure_error("runner_server_error"), True, 0),
    ],
)
async def test_what_a_failed_job_costs(
    fal: FalServer,
    http: httpx.AsyncClient,
    failure: Failure,
    charges_refusals: bool,
    micro_usd: int,
) -> None:
    fal.habits.charges_refusals = charges_refusals
    fal.top_up(1_000_000)
    fal.arm(Fault("submit", FailJob(failure)))
    result = await finish(fal, http, await submit(http, {**FOX, "resolution": "1080p"}))
    assert fal.charged == micro_usd
    assert fal.balance_micro_usd == 1_000_000 - micro_usd
    assert result.headers["x-fal-billable-units"] == ("11.25" if micro_usd else "0")


async def test_waiting_costs_nothing(fal: FalServer, http: httpx.AsyncClient) -> None:
    fal.habits.charges_refusals = True
    fal.timing.queue_seconds = 3600
    canceled = await submit(http)
    await http.put(str(canceled["cancel_url"]))
    headers = {"X-Fal-Request-Timeout": "60"}
    late = parse(await http.post(f"/{TEXT}", json=FOX, headers=headers))
    fal.advance(61)
    assert (await finish(fal, http, late)).status_code == 504
    assert fal.charged == 0
