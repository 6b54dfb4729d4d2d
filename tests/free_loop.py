"""Whether work leaves the event loop free."""

import asyncio
from collections.abc import Awaitable, Callable

ATTEMPTS = 3


async def leaves_the_loop_free(work: Callable[[], Awaitable[None]], share: float) -> bool:
    """Whether the loop never stood still for so large a share of the time that the work took.

    A machine that halts looks the same, but doesn't each time.
    """
    for _ in range(ATTEMPTS):
        if await _longest_halt(work()) < share:
            return True
    return False


async def _longest_halt(work: Awaitable[None]) -> float:
    loop = asyncio.get_running_loop()
    start = last = loop.time()
    longest = 0.0
    task = asyncio.ensure_future(work)
    while not task.done():
        await asyncio.sleep(0.001)
        now = loop.time()
        longest, last = max(longest, now - last), now
    await task
    return longest / (last - start)
