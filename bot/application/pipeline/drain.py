"""The drain: everything at fal is finished and delivered, nothing else is sent, the bot ends."""

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
# Messages of jobs in line; Discord allows about one edit a second in a channel.
_MOST_SHOWN = 100
_SHOW_SECONDS = 30.0


@dataclass(slots=True, kw_only=True)
class DrainLine:
    """Ends the bot once everything that fal was paid for is delivered."""

    store: JobStore
    """Job rows."""
    messages: StatusMessages
    """Tells members in line that their jobs go on waiting."""
    dispatcher: Dispatcher
    """Sends nothing more, but finishes what it has sent."""
    line: LineState
    """Holds the line as draining."""
    patience: float
    """Seconds after which what is made, and can't be fetched or posted, waits for the return."""
    stop_intake: Callable[[], Awaitable[None]]
    """Refuses further requests; returns once those being accepted are."""
    _draining: asyncio.Task[None] | None = field(default=None, init=False)
    """The drain; None before it was ordered."""

    async def __call__(self, end: Callable[[], None], *, wait: bool) -> str:
        """Begin the drain, unless it has begun; return a sentence for the operator.

        With `wait`, returns at the drain's end. Calls `end` when everything is delivered. Raises
        Refusal if the bot is stopped before.
        """
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain(end), name="drain")
        if not wait:
            return f"The bot takes no more requests and ends after {_videos(await self._videos_left())}."
        await asyncio.wait({self._draining})
        if self._draining.cancelled():
            raise Refusal("the bot was told to stop at once; what is at fal goes on when it's back")
        counts = await self.store.open_counts()
        waiting = counts.get(Status.CREATED, 0)
        unkept = counts.get(Status.SUCCEEDED, 0) + counts.get(Status.STORED, 0)
        but = f" but for {unkept}, fetched when the bot is back" if unkept else ""
        return (
            f"Everything fal has made is delivered{but}; in line for the bot's return: {waiting}."
        )

    def stop(self) -> None:
        """End the drain before everything is delivered."""
        if self._draining is not None:
            self._draining.cancel()

    async def _drain(self, end: Callable[[], None]) -> None:
        log.info("draining: nothing more is sent to fal; the bot ends when the rest is delivered")
        self.line.is_draining = True
        self.dispatcher.wake()
        await self.stop_intake()
        await self._show_waiting()
        loop = asyncio.get_running_loop()
        until = loop.time() + self.patience
        while left := await self._videos_left():
            if loop.time() > until and not await self._at_fal():
                log.warning("drained, but for %d videos that can't be fetched or posted now", left)
                break
            await asyncio.sleep(_LOOK_EVERY)
        log.info("drained")
        end()

    async def _videos_left(self) -> int:
        """Return the number of videos still to deliver; 1 while the database can't be read."""
        try:
            counts = await self.store.open_counts()
        except Exception:
            log.exception("what is left can't be counted")
            return 1
        # A job that is being sent may still be `created` in its row.
        under_way = sum(counts.get(status, 0) for status in UNDER_WAY)
        # Files that can't be had now may take days, and nothing gets lost by the bot's end.
        under_way -= min(len(self.line.unkept), counts.get(Status.SUCCEEDED, 0))
        return under_way or self.dispatcher.admitting

    async def _at_fal(self) -> bool:
        """Return whether fal still has videos; True while the database can't be read."""
        try:
            return await self.store.at_fal(excluding=()) > 0
        except Exception:
            log.exception("what is at fal can't be counted")
            return True

    async def _show_waiting(self) -> None:
        """Show in the messages of jobs in line that they go on waiting."""
        jobs = await self.store.line(limit=_MOST_SHOWN)
        edits = [
            asyncio.create_task(self.messages.try_to_show(job.id, at_once=True)) for job in jobs
        ]
        if edits:
            _, late = await asyncio.wait(edits, timeout=_SHOW_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


def _videos(count: int) -> str:
    return "one more video" if count == 1 else f"{count} more videos"
