"""Queues before work that this machine does few at a time: members take turns."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.domain.line.slow_files import SlowFiles
from bot.domain.line.turns import Turns
from bot.ports import Clock


class MemberQueue:
    """Lets work begin in the order of `Turns`. It is in memory: so is the work."""

    def __init__(self, slots: int = 1):
        self._turns = Turns(slots)
        self._waiting: dict[int, asyncio.Future[None]] = {}

    @asynccontextmanager
    async def slot(self, member_id: int) -> AsyncGenerator[None]:
        """Wait for a slot for the member's work, and keep it meanwhile."""
        number = self._turns.ask(member_id)
        begins = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._begin()
            await begins
            yield
        finally:
            self._waiting.pop(number, None)
            self._turns.end(number)
            self._begin()

    def _begin(self) -> None:
        for number in self._turns.begin():
            begins = self._waiting.pop(number)
            # A caller that is cancelled in this moment gives its slot back by itself.
            if not begins.done():
                begins.set_result(None)


class SlowFileWatch:
    """Notes members' files that take too long to decode. Pictures and videos share one."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._files = SlowFiles()

    def note(self, member_id: int) -> None:
        """Note that decoding a member's file took too long."""
        self._files.note(member_id, at=self._clock.steady())

    def check(self, member_id: int) -> None:
        """Raise Refusal while a member has to wait, as too many took too long."""
        self._files.check(member_id, at=self._clock.steady(), now=self._clock.now())
