"""Ending in good order: what is at fal is finished, and nothing else is begun."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.application.line.line_state import LineState
from bot.application.messages.status_messages import StatusMessages
from bot.application.pipeline.dispatcher import Dispatcher
from bot.domain.jobs.job import UNDER_WAY, Status
from bot.domain.refusal import Refusal
from bot.ports import JobStore

log = logging.getLogger(__name__)

_LOOK_EVERY = 0.5
# Of those who wait in line; Discord takes about one edit a second in a channel.
_TOLD = 100
_TELL_SECONDS = 30.0


@dataclass(slots=True, kw_only=True)
class DrainLine:
    """Lets the bot end once everything that fal was paid for is delivered.

    `stop_intake` refuses further requests, and returns once those being taken in are.
    """

    store: JobStore
    messages: StatusMessages
    dispatcher: Dispatcher
    line: LineState
    stop_intake: Callable[[], Awaitable[None]]
    _draining: asyncio.Task[None] | None = field(default=None, init=False)

    async def __call__(self, end: Callable[[], None], *, wait: bool) -> str:
        """Begin, unless that was done before; return what came of it, or with `wait` will have come.

        Calls `end` when all is done. Raises Refusal if the bot is stopped before.
        """
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain(end), name="drain")
        if not wait:
            return f"The bot takes no more requests and ends after {_videos(await self._left())}."
        await asyncio.wait({self._draining})
        if self._draining.cancelled():
            raise Refusal("the bot was told to stop at once; what is at fal goes on when it's back")
        waiting = (await self.store.open_counts()).get(Status.CREATED, 0)
        return f"Everything fal has made is delivered; in line for the bot's return: {waiting}."

    def stop(self) -> None:
        """Give up waiting."""
        if self._draining is not None:
            self._draining.cancel()

    async def _drain(self, end: Callable[[], None]) -> None:
        log.info("draining: nothing more is sent to fal; the bot ends when the rest is delivered")
        self.line.is_draining = True
        self.dispatcher.wake()
        await self.stop_intake()
        await self._tell()
        while await self._left():  # noqa: ASYNC110  # rows tell nobody, and half a second is soon enough
            await asyncio.sleep(_LOOK_EVERY)
        log.info("drained")
        end()

    async def _left(self) -> int:
        """Return how many videos are waited for; at least one if that can't be known just now."""
        try:
            counts = await self.store.open_counts()
        except Exception:
            log.exception("what is left can't be counted")
            return 1
        # One that was let go is on its way to fal, whatever its row says yet.
        under_way = sum(counts.get(status, 0) for status in UNDER_WAY)
        return under_way or self.dispatcher.admitting

    async def _tell(self) -> None:
        """Tell those who wait in line that they go on waiting."""
        jobs = await self.store.line(limit=_TOLD)
        telling = [
            asyncio.create_task(self.messages.try_to_show(job.id, at_once=True)) for job in jobs
        ]
        if telling:
            _, late = await asyncio.wait(telling, timeout=_TELL_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


def _videos(count: int) -> str:
    return "one more video" if count == 1 else f"{count} more videos"
