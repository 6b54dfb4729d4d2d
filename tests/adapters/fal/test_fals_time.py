"""fal's clock, learned from the dates of its answers."""

from collections.abc import Sequence
from email.utils import formatdate

import httpx
import pytest

from bot.adapters.fal.clock import FalClock
from tests.set_clock import SetClock

NOW = 1_796_000_000


def answer(seconds: float | str | None, **headers: str) -> httpx.Response:
    dated = (
        {}
        if seconds is None
        else {"Date": seconds if isinstance(seconds, str) else formatdate(seconds, usegmt=True)}
    )
    return httpx.Response(200, headers={**dated, **headers})


async def learned(clock: SetClock, answers: Sequence[httpx.Response]) -> int | None:
    fals = FalClock(clock)
    for one in answers:
        await fals.learn(one)
    return fals.offset()


@pytest.mark.parametrize(
    ("answers", "offset"),
    [
        ([], None),
        ([answer(None)], None),
        ([answer("yesterday")], None),
        ([answer("Mon, 99 Foo 2026 00:00:00 GMT")], None),
        ([answer(NOW)], 500),
        ([answer(NOW + 600)], 600_500),
        ([answer(NOW - 600)], -599_500),
        # One wrong date doesn't count among right ones, and neither does one from a cache.
        ([answer(NOW), answer(NOW + 9_000), answer(NOW)], 500),
        ([answer(NOW), answer(NOW - 9_000, Age="9000")], 500),
        ([answer(NOW), answer(NOW - 9_000, Age="x")], 500),
        # Two that agree do: a clock was set.
        ([answer(NOW), answer(NOW + 600), answer(NOW + 600)], 600_500),
    ],
)
async def test_the_offset_is_what_most_of_the_latest_answers_say(
    answers: Sequence[httpx.Response], offset: int | None
) -> None:
    assert await learned(SetClock(NOW * 1000, 0), answers) == offset


async def test_a_jump_of_this_machines_clock_changes_the_offset_at_once() -> None:
    clock = SetClock(NOW * 1000, 0)
    fals = FalClock(clock)
    await fals.learn(answer(NOW))
    clock.at -= 3_600_000
    assert fals.offset() == 3_600_500
    clock.at, clock.even = clock.at + 5_000, 5_000
    assert fals.offset() == 3_600_500
