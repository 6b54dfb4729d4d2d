"""Delivery of finished videos: as much of each as its place takes."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.application.messages.status_messages import StatusMessages
from bot.application.messages.upload_limits import UploadLimits, lower_limit
from bot.domain.jobs.job import DeliveredAs, Job, Status
from bot.ports import (
    Archive,
    Attachment,
    Changes,
    Clock,
    Delivery,
    JobStore,
    NothingFits,
    TooLargeHere,
    Unreachable,
    Videos,
)

log = logging.getLogger(__name__)
T = TypeVar("T")
Send = Callable[[Attachment | None], Awaitable[T]]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoDelivery:
    """Brings finished videos to their members. Writes a job's messages under its lock."""

    store: JobStore
    delivery: Delivery
    archive: Archive
    videos: Videos
    limits: UploadLimits
    clock: Clock
    messages: StatusMessages

    async def deliver(self, job: Job) -> None:
        """Bring the video to its member: the status message, a new one, a direct one, or none.

        Raises Undeliverable for what may pass, and ShrinkTrouble.
        """
        async with self.messages.lock(job.id):
            try:
                with self.messages.heeding_limits(job):
                    message_id = await self.fitting(job, lambda f: self.delivery.deliver(job, f))
            except Unreachable as gone:
                log.warning("job %d: its channel is out of reach: %s", job.id, gone)
                how = await self._deliver_directly(job)
                await self._ended(job, how)
                return
            how = DeliveredAs.EDITED
            if message_id != job.place.message_id:
                # Noted before anything else: after some minutes Discord would post it once more.
                how = DeliveredAs.POSTED
                await self.store.record_shown(job, job.shown, message_id)
            await self.messages.mention(job, message_id)
            await self._ended(job, how)

    async def keep(self, job: Job) -> None:
        """Give up delivering: the archive keeps the video."""
        async with self.messages.lock(job.id):
            await self._ended(job, DeliveredAs.KEPT)
        await self.messages.try_to_show(job.id)

    async def _deliver_directly(self, job: Job) -> DeliveredAs:
        try:
            await self.fitting(job, lambda f: self.delivery.deliver_directly(job, f), learn=False)
        except Unreachable as gone:
            log.warning("job %d: its member is out of reach, so it is kept: %s", job.id, gone)
            return DeliveredAs.KEPT
        return DeliveredAs.DIRECT

    async def _ended(self, job: Job, how: DeliveredAs) -> None:
        changes: Changes = {"delivered_as": how}
        if how is not DeliveredAs.KEPT:
            changes["shown"] = Status.DELIVERED
        await self.store.advance(job, Status.DELIVERED, at=self.clock.now(), changes=changes)
        log.info("job %d: %s -> %s (%s)", job.id, job.status, Status.DELIVERED, how)

    async def fitting(self, job: Job, send: Send[T], *, learn: bool = True) -> T:
        """Send the video as it is, or as much of it as the place takes.

        `learn`: the place is the job's server, whose limit is remembered. Raises what `send` does,
        and ShrinkTrouble.
        """
        assert job.video is not None, "a stored job has its video"
        size = await self.archive.size(job.video)
        most = await self.limits.of(job.place.guild_id) if learn else None
        while True:
            try:
                file = await self._of_at_most(job.video, size, most)
            except NothingFits as error:
                log.warning("job %d: nothing of it can be shown here: %s", job.id, error)
                return await send(None)
            try:
                return await send(file)
            except TooLargeHere:
                refused = size if most is None else min(size, most)
            most = lower_limit(refused)
            if most is None or not file.is_video:
                return await send(None)
            log.info("job %d: %d bytes are too many here, trying %d", job.id, refused, most)
            if learn:
                await self.limits.learn(job.place.guild_id, most)

    async def _of_at_most(self, key: str, size: int, most: int | None) -> Attachment:
        if most is None or size <= most:
            return Attachment(self.archive.path(key), is_video=True, is_whole=True)
        fitted = await self.videos.fit(key, most_bytes=most)
        return Attachment(fitted.path, is_video=fitted.is_video, is_whole=False)
