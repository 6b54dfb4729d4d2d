"""The age check beside a clock that is set while it waits for fal's listing."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

from bot.application.pipeline.age_check import AgeCheck
from bot.ports import Delivery, Shown, Undeliverable
from tests.application.life import Life
from tests.set_clock import SetClock

LONGEST = 600.0


@dataclass
class Away:
    """Discord out of reach: no message can be read."""

    looks: int = 0
    looked: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def shown(self, _channel_id: int, _message_id: int) -> Shown:
        async with self.looked:
            self.looks += 1
            self.looked.notify_all()
        raise Undeliverable("away")

    async def wait_for(self, more: int) -> None:
        async with self.looked, asyncio.timeout(60):
            until = self.looks + more
            await self.looked.wait_for(lambda: self.looks >= until)


def age_check(life: Life, clock: SetClock, delivery: Away) -> AgeCheck:
    recovery = life.recovery(LONGEST)
    life.line.servers_compared.set()
    return AgeCheck(
        store=life.rows.store,
        fal=life.queue,
        delivery=cast("Delivery", cast("object", delivery)),
        clock=clock,
        random=recovery.random,
        timings=recovery.timings,
        line=life.line,
    )


async def test_a_row_of_a_clock_that_was_ahead_hides_no_request_in_fals_listing(life: Life):
    job = await life.submit()
    await life.send(job)
    await life.rows.sql("UPDATE jobs SET created_at = created_at + ?", 600_000)
    older = asyncio.Event()
    check = age_check(life, SetClock(even=0), Away())
    await check.begin()
    running = asyncio.create_task(
        check.run(is_copy=False, older=lambda _: older.set(), wake=lambda: None)
    )
    async with asyncio.timeout(60):
        await older.wait()
    running.cancel()


async def test_a_clock_that_is_set_makes_no_listing_complete_and_none_late(life: Life):
    job = await life.submit()
    await life.rows.store.record_shown(job, "created", 5)
    clock, delivery = SetClock(even=0), Away()
    check = age_check(life, clock, delivery)
    await check.begin()
    running = asyncio.create_task(
        check.run(is_copy=False, older=life.went_on.append, wake=lambda: None)
    )
    clock.at += 3_600_000
    # The listing may lack what still renders, whatever the clock says.
    await delivery.wait_for(3)
    assert life.line.unverified == {job.id}
    clock.at -= 7_200_000
    clock.even = round(LONGEST * 1000)
    async with asyncio.timeout(60):
        await running
    assert life.line.unverified == set()
