"""The loopback fal's answers are dated by its own clock, and a fault may change any header."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from sandbox.fal import Answer, FalServer, Fault, Mangle, Timing
from tests.sandbox.fal_harness import FOX, TEXT, parse, submit

pytest_plugins = ["tests.sandbox.fal_harness"]


def apart(response: httpx.Response) -> timedelta:
    """Return how far an answer's date is from now."""
    return abs(parsedate_to_datetime(response.headers["Date"]) - datetime.now(UTC))  # noqa: TID251


async def test_every_answer_has_fals_date(fal: FalServer, http: httpx.AsyncClient) -> None:
    fal.timing = Timing(queue_seconds=10_000)
    accepted = await http.post(f"/{TEXT}", json=FOX)
    assert apart(accepted) < timedelta(seconds=5)
    fal.advance(600)
    url = str(parse(accepted)["status_url"])
    assert timedelta(seconds=595) < apart(await http.get(url)) < timedelta(seconds=605)
    async with http.stream("GET", f"{url}/stream") as events:
        assert timedelta(seconds=595) < apart(events) < timedelta(seconds=605)
    fal.arm(Fault("status", Answer(500)))
    assert timedelta(seconds=595) < apart(await http.get(url)) < timedelta(seconds=605)


async def test_a_date_and_an_id_may_be_wrong_or_missing(
    fal: FalServer, http: httpx.AsyncClient
) -> None:
    old = "Thu, 01 Jan 2026 00:00:00 GMT"
    url = str((await submit(http))["status_url"])
    fal.arm(Fault("status", Answer(500, headers={"Date": old})))
    assert (await http.get(url)).headers["Date"] == old
    changed = {"Date": old, "x-fal-request-id": "another"}
    fal.arm(Fault("status", Mangle(change_headers=changed)))
    answer = await http.get(url)
    assert {name: answer.headers[name] for name in changed} == changed
    fal.arm(Fault("status", Mangle(change_headers={"Date": ""})))
    assert "Date" not in (await http.get(url)).headers
