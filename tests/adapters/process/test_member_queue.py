"""Work begins by turns, and a caller that is cancelled gives its slot back."""

import asyncio
from collections.abc import Callable

import pytest

from bot.adapters.process.member_queue import MemberQueue

ADA, BEN = 1, 2


async def settled() -> None:
    """Let every task go on as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


class Work:
    """Pieces of work that end when they are told to."""

    def __init__(self, slots: int) -> None:
        self.queue = MemberQueue(slots)
        self.under_way: list[str] = []

    def begin(self, name: str, member_id: int) -> tuple[asyncio.Task[None], Callable[[], None]]:
        end = asyncio.Event()

        async def work() -> None:
            async with self.queue.slot(member_id):
                self.under_way.append(name)
                try:
                    await end.wait()
                finally:
                    self.under_way.remove(name)

        return asyncio.ensure_future(work()), end.set


async def test_members_take_turns():
    work = Work(2)
    ends = {name: work.begin(name, ADA)[1] for name in ("a1", "a2", "a3")}
    await settled()
    assert work.under_way == ["a1", "a2"]
    ends |= {name: work.begin(name, BEN)[1] for name in ("b1", "b2")}
    ends["a1"]()
    await settled()
    assert work.under_way == ["a2", "b1"]
    ends["a2"]()
    await settled()
    assert work.under_way == ["b1", "a3"]
    for end in ends.values():
        end()
    await settled()
    assert work.under_way == []


@pytest.mark.parametrize("begun", [True, False])
async def test_who_is_cancelled_frees_the_slot(begun: bool):
    work = Work(1)
    first, _ = work.begin("a1", ADA)
    await settled()
    second, _ = work.begin("b1", BEN)
    third, end = work.begin("a2", ADA)
    await settled()
    (first if begun else second).cancel()
    await settled()
    assert work.under_way == (["b1"] if begun else ["a1"])
    (second if begun else first).cancel()
    await settled()
    assert work.under_way == ["a2"]
    end()
    await third


async def test_who_is_cancelled_when_the_turn_comes_frees_the_slot():
    work = Work(1)
    _, end = work.begin("a1", ADA)
    await settled()
    second, _ = work.begin("b1", BEN)
    third, end_third = work.begin("a2", ADA)
    await settled()
    end()
    # The first ends in this round, and gives its slot to the second, which doesn't know yet.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second.cancel()
    await settled()
    assert work.under_way == ["a2"]
    end_third()
    await third


async def test_an_error_frees_the_slot():
    queue = MemberQueue()
    with pytest.raises(ValueError, match="no"):
        async with queue.slot(ADA):
            raise ValueError("no")
    async with asyncio.timeout(5), queue.slot(BEN):
        pass
