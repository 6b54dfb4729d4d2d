"""The measure of the event loop's stalls."""

import asyncio
import logging
import re
import time

import pytest

from bot.adapters.process.loop_lag import LoopLagMeter, measuring

STALL_SECONDS = 0.05


def keep_the_loop_busy() -> None:
    end = time.thread_time() + STALL_SECONDS
    while time.thread_time() < end:
        pass


async def test_a_stall_is_noticed_and_told_at_the_end(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, "bot.adapters.process.loop_lag")
    async with measuring():
        await asyncio.sleep(0.03)
        keep_the_loop_busy()
        await asyncio.sleep(0.03)
    told = re.search(r"worst stall ([\d.]+) ms, of its own making at most ([\d.]+)", caplog.text)
    assert told is not None
    worst, own = map(float, told.groups())
    # It may begin just after a tick began, which then is late by a tick less.
    assert worst >= own > STALL_SECONDS * 1000 - 15


async def test_nothing_is_measured_unless_debugging(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "bot.adapters.process.loop_lag")
    before = asyncio.all_tasks()
    async with measuring():
        assert asyncio.all_tasks() == before
    assert caplog.text == ""


def test_quantiles():
    meter = LoopLagMeter()
    assert meter.quantile_seconds(0.99) == 0
    for late, own, times in [(0.001, 0.0, 990), (0.02, 0.03, 9), (0.5, 0.01, 1)]:
        for _ in range(times):
            meter.record(late, own)
    assert meter.quantile_seconds(0.99) == pytest.approx(0.001, abs=0.0002)
    assert meter.quantile_seconds(0.999) == pytest.approx(0.02, abs=0.0002)
    assert meter.quantile_seconds(1) == pytest.approx(0.5, abs=0.0002)
    # What a tick took beyond its being late came while the loop was free.
    assert (meter.worst_seconds, meter.worst_own_seconds) == (0.5, 0.02)
