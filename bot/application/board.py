"""The status messages: each says what its job's row says, and is edited only when that changes."""

import asyncio
import logging
from weakref import WeakValueDictionary

from bot.domain.job import ENDED, Job, Status
from bot.ports import Archive, Clock, Delivery, Store, Undeliverable

log = logging.getLogger(__name__)

# Seconds between two edits of a channel that tell of progress, but for a few at once. Discord allows a channel about five
# edits in five seconds; the rest is for videos and endings.
_PROGRESS_PACE = 2.0
_PROGRESS_BURST = 2
_PROGRESS = {Status.CREATED, Status.SUBMITTED, Status.RUNNING}
# Too short to be worth an edit: what follows says more.
_UNSHOWN = {Status.SUBMITTING, Status.SUCCEEDED, Status.STORED, Status.DELIVERED}


def headline(job: Job, place: int | None) -> str | None:
    """Return a key for what the status message should say; None if it may stay as it is."""
    if job.status in _UNSHOWN:
        return None
    if job.status in ENDED:
        return job.status
    parts = [job.status, place or "", "held" if job.attempts else "", job.cancel_requested_at or ""]
    return ":".join(map(str, parts))


class Board:
    """Shows jobs. For one job at a time, so that an older text never overwrites a newer one."""

    def __init__(self, store: Store, delivery: Delivery, archive: Archive, clock: Clock):
        self._store = store
        self._delivery = delivery
        self._archive = archive
        self._clock = clock
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._paid_off: dict[int, float] = {}

    async def show(self, job_id: int) -> None:
        """Bring the status message up to date. Raises Undeliverable."""
        async with self._locks.setdefault(job_id, asyncio.Lock()):
            job = await self._store.job(job_id)
            assert job is not None, "jobs are never deleted"
            standing = await self._store.standing(job)
            says = headline(job, standing.place)
            if says is None or says == job.shown or self._is_too_soon(job):
                return
            message_id = await self._delivery.show(job, standing)
            if job.status is Status.FAILED:
                await self._mention(job, message_id)
            await self._store.note_shown(job, says, message_id)

    def _is_too_soon(self, job: Job) -> bool:
        """Say whether news of progress must wait; whoever looks at the job next shows it."""
        if job.status not in _PROGRESS:
            return False
        now = asyncio.get_running_loop().time()
        # When the channel's edits so far would be paid off, had each to wait for the one before.
        # Nobody waits for the first word.
        paid_off = max(now, self._paid_off.get(job.place.channel_id, 0))
        if paid_off - now > _PROGRESS_BURST * _PROGRESS_PACE and job.shown is not None:
            return True
        self._paid_off[job.place.channel_id] = paid_off + _PROGRESS_PACE
        return False

    async def try_to_show(self, job_id: int) -> None:
        """Like `show`, for a text that is nice to have: trouble is only logged."""
        try:
            await self.show(job_id)
        except Undeliverable as trouble:
            log.warning("job %d: status not shown: %s", job_id, trouble)

    async def deliver(self, job: Job) -> None:
        """Put the video into the status message, then mention the member. Raises Undeliverable."""
        assert job.video is not None, "a stored job has its video"
        async with self._locks.setdefault(job.id, asyncio.Lock()):
            message_id = await self._delivery.deliver(job, self._archive.path(job.video))
            await self._mention(job, message_id)
            await self._store.advance(
                job,
                Status.DELIVERED,
                at=self._clock.now(),
                changes={"message_id": message_id, "shown": Status.DELIVERED},
            )
            log.info("job %d: %s -> %s", job.id, job.status, Status.DELIVERED)

    async def _mention(self, job: Job, message_id: int) -> None:
        try:
            await self._delivery.mention(job, message_id)
        except Undeliverable as trouble:
            log.warning("job %d: member not mentioned: %s", job.id, trouble)
