"""The status messages: each says what its job's row says, and is edited only when that changes."""

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from bot.application.line.estimates import Estimates
from bot.application.line.line_state import LineState
from bot.application.messages.edit_pace import ChannelPace
from bot.domain.jobs.job import ENDED, Job, Status
from bot.ports import (
    Delivery,
    JobStore,
    Standing,
    Undeliverable,
    Unreachable,
)

log = logging.getLogger(__name__)

_PROGRESS = {Status.CREATED, Status.SUBMITTED, Status.RUNNING}
# Too short to be worth an edit: what follows says more.
_UNSHOWN = {Status.SUBMITTING, Status.SUCCEEDED, Status.STORED, Status.DELIVERED}


def headline(job: Job, standing: Standing) -> str | None:
    """Return a key for what the status message should say; None if it may stay as it is."""
    if job.deleted_by is not None:
        # Whoever deletes it says so.
        return None
    if job.is_kept:
        return job.status
    # It was admitted between the look at its row and the count of those before it.
    if standing.place == 0:
        return None
    # A download that goes wrong again and again is worth a word.
    if job.status in _UNSHOWN and not (job.status is Status.SUCCEEDED and job.attempts > 1):
        return None
    if job.status in ENDED:
        return job.status
    if standing.hold is not None:
        # Its place is kept, so it isn't told.
        return f"{job.status}:{standing.hold}"
    parts = [job.status, standing.place or "", job.cancel_requested_at or ""]
    if job.status is Status.CREATED:
        parts.append("held" if job.attempts else "")
    return ":".join(map(str, parts))


def _is_told(job: Job) -> bool:
    """Say whether the member is told in person: of every end but a video and their own wish."""
    return job.status is Status.FAILED or job.is_kept


class StatusMessages:
    """Shows jobs. For one job at a time, so that an older text never overwrites a newer one."""

    def __init__(
        self,
        *,
        store: JobStore,
        delivery: Delivery,
        line: LineState,
        estimates: Estimates,
    ):
        self._store = store
        self._delivery = delivery
        self._line = line
        self._estimates = estimates
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._pace = ChannelPace()

    def lock(self, job_id: int) -> asyncio.Lock:
        """Return the lock of a job's messages: hold it while one of them is written."""
        return self._locks.setdefault(job_id, asyncio.Lock())

    def is_news(self, job: Job) -> bool:
        """Say whether the message of a job at fal may be behind. Asks nobody."""
        return headline(job, Standing(place=None, counts=True)) != job.shown

    async def show(self, job_id: int, *, at_once: bool = False) -> None:
        """Bring the status message up to date. Raises Undeliverable.

        News of progress may wait for its channel's pace, unless it must be told `at_once`; all news
        wait while Discord takes nothing there.
        """
        async with self.lock(job_id):
            job = await self._store.job(job_id)
            assert job is not None, "jobs are never deleted"
            standing = self._line.add(job, await self._store.standing(job))
            says = headline(job, standing)
            if says is None or says == job.shown or (self._is_too_soon(job) and not at_once):
                return
            if self._pace.is_held(job.place.channel_id, asyncio.get_running_loop().time()):
                return
            # Not part of the key: Discord shows the time that passes without an edit.
            message_id = await self._put(job, await self._estimates.add(job, standing))
            if _is_told(job) and message_id is not None:
                await self.mention(job, message_id)
            await self._store.record_shown(job, says, message_id or job.place.message_id)

    async def _put(self, job: Job, standing: Standing) -> int | None:
        """Show the job where it belongs; an end that can't be shown there is told in private."""
        try:
            with self.heeding_limits(job):
                return await self._delivery.show(job, standing)
        except Unreachable as gone:
            if not _is_told(job):
                log.info("job %d: nowhere to show it: %s", job.id, gone)
                return None
        try:
            await self._delivery.show_directly(job, standing)
        except Unreachable as gone:
            log.warning("job %d: its member can't be told: %s", job.id, gone)
        return None

    @contextmanager
    def heeding_limits(self, job: Job) -> Generator[None]:
        """Remember for how long Discord takes nothing in the job's channel.

        Who asks all the same is kept out by Discord altogether in the end:
        https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit
        """
        try:
            yield
        except Undeliverable as trouble:
            if trouble.seconds:
                until = asyncio.get_running_loop().time() + trouble.seconds
                self._pace.hold(job.place.channel_id, until)
            raise

    def _is_too_soon(self, job: Job) -> bool:
        """Say whether news of progress must wait; whoever looks at the job next shows it."""
        if job.status not in _PROGRESS:
            return False
        now = asyncio.get_running_loop().time()
        # Nobody waits for the first word.
        return not self._pace.allows(job.place.channel_id, now, must=job.shown is None)

    async def try_to_show(self, job_id: int, *, at_once: bool = False) -> None:
        """Like `show`, for a text that is nice to have: trouble is only logged."""
        try:
            await self.show(job_id, at_once=at_once)
        except Undeliverable as trouble:
            log.warning("job %d: status not shown: %s", job_id, trouble)

    async def take_back(self, channel_id: int, message_id: int) -> None:
        """Say in an answer that no job came of that nothing will come of it.

        Raises Undeliverable for what may pass.
        """
        try:
            await self._delivery.take_back(channel_id, message_id)
        except Unreachable as gone:
            log.info("an answer without a job is out of reach: %s", gone)
        await self._store.forget_announcement(message_id)

    async def mention(self, job: Job, message_id: int) -> None:
        """Tell the member. Raises Undeliverable for what may pass: all of it is done once more."""
        try:
            with self.heeding_limits(job):
                await self._delivery.mention(job, message_id)
        except Unreachable as gone:
            log.warning("job %d: member not mentioned: %s", job.id, gone)
