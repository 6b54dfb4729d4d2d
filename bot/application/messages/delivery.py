"""Delivery of finished videos: whole, smaller or as a frame, as the place's upload limit allows."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from bot.application.messages.status_messages import StatusMessages
from bot.application.messages.upload_limits import UploadLimits, lower_limit
from bot.domain.jobs.job import FILE_REFUSED, DeletedBy, DeliveredAs, Job, Status
from bot.ports import (
    Archive,
    Attachment,
    Changes,
    Clock,
    Delivery,
    FileRefused,
    JobStore,
    NothingFits,
    Standing,
    TooLargeHere,
    Undeliverable,
    Unreachable,
    Videos,
)

log = logging.getLogger(__name__)
T = TypeVar("T")
Send = Callable[[Attachment | None], Awaitable[T]]


# In `Job.shown` of a stored job, before how its video reached its member: it stands in a message
# already; Discord refused its file in the job's channel.
_POSTED, _REFUSED = f"{Status.DELIVERED}:", f"{FILE_REFUSED}:"


def _delivered_as(job: Job, mark: str) -> DeliveredAs | None:
    """Return how the video of a stored job reached its member, by that mark; None without it."""
    shown = job.shown or ""
    if job.status is not Status.STORED or not shown.startswith(mark):
        return None
    return DeliveredAs(shown.removeprefix(mark))


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoDelivery:
    """Posts finished videos for their members. Writes a job's messages under its lock."""

    store: JobStore
    """Job rows."""
    delivery: Delivery
    """Posts to Discord."""
    archive: Archive
    """The finished videos."""
    videos: Videos
    """Makes smaller copies."""
    limits: UploadLimits
    """The upload limits of servers, as learned."""
    clock: Clock
    """The time of transitions."""
    messages: StatusMessages
    """Locks of a job's messages, rate limits and mentions."""
    finish_deletion: Callable[[Job], Awaitable[None]]
    """Removes the files of a deleted video."""

    async def deliver(self, job: Job) -> None:
        """Post the video in the status message, a new one, a direct one, or nowhere.

        Raises Undeliverable for trouble that may pass, and ShrinkTrouble.
        """
        async with self.messages.lock(job.id):
            refused_as = _delivered_as(job, _REFUSED)
            if refused_as is not None:
                await self._explain_refusal(job, refused_as)
                return
            delivered_as, message_id = _delivered_as(job, _POSTED), job.place.message_id
            if delivered_as is None or message_id is None:
                if (by := await self.messages.shown_deletion(job)) is not None:
                    await self._record_deletion(job, by)
                    return
                try:
                    with self.messages.recording_rate_limits(job):
                        message_id = await self.fitting(job, partial(self.delivery.deliver, job))
                except Unreachable as gone:
                    log.warning("job %d: its channel is out of reach: %s", job.id, gone)
                    delivered_as = await self._deliver_directly(job)
                    await self._record_delivery(job, delivered_as, {"end_missed": True})
                    return
                except FileRefused as refusal:
                    log.warning("job %d: its file isn't taken: %s", job.id, refusal)
                    refused_as = await self._deliver_directly(job)
                    await self.store.record_shown(job, f"{_REFUSED}{refused_as}", message_id)
                    await self._explain_refusal(job, refused_as)
                    return
                delivered_as = DeliveredAs.EDITED
                if message_id != job.place.message_id:
                    # Recorded first: a repeated step would post once more, as Discord
                    # recognizes a repeated post only for some minutes.
                    delivered_as = DeliveredAs.POSTED
                    await self.store.record_shown(job, job.shown, message_id)
            try:
                await self.messages.mention(job, message_id)
            except Undeliverable:
                # The video stands, and stays whatever becomes of the mention.
                await self.store.record_shown(job, f"{_POSTED}{delivered_as}", message_id)
                raise
            await self._record_delivery(job, delivered_as)

    async def give_up(self, job: Job) -> None:
        """End the delivery: where no message has the video, the archive keeps it."""
        async with self.messages.lock(job.id):
            job = await self.store.job(job.id) or job
            posted_as = _delivered_as(job, _POSTED)
            if posted_as is not None:
                log.warning("job %d: its video stands, but its member isn't mentioned", job.id)
            delivered_as = posted_as or _delivered_as(job, _REFUSED) or DeliveredAs.KEPT
            await self._record_delivery(job, delivered_as, {"end_missed": posted_as is None})
        await self.messages.try_to_show(job.id)

    async def _deliver_directly(self, job: Job) -> DeliveredAs:
        try:
            await self.fitting(job, lambda f: self.delivery.deliver_directly(job, f), learn=False)
        except (Unreachable, FileRefused) as gone:
            log.warning("job %d: its member is out of reach, so it is kept: %s", job.id, gone)
            return DeliveredAs.KEPT
        return DeliveredAs.DIRECT

    async def _explain_refusal(self, job: Job, delivered_as: DeliveredAs) -> None:
        """Say in the channel that Discord refused the file, and end the delivery.

        Raises Undeliverable for trouble that may pass.
        """
        more: Changes = {"failure_type": FILE_REFUSED, "shown": Status.DELIVERED}
        ended = replace(
            job, status=Status.DELIVERED, delivered_as=delivered_as, failure_type=FILE_REFUSED
        )
        try:
            with self.messages.recording_rate_limits(job):
                message_id = await self.delivery.show(ended, Standing(place=None, counts=True))
        except Unreachable as gone:
            log.warning("job %d: its channel is out of reach: %s", job.id, gone)
            more["end_missed"] = True
        else:
            await self.messages.mention(ended, message_id)
            more["message_id"] = message_id
        await self._record_delivery(job, delivered_as, more)

    async def _record_delivery(
        self, job: Job, delivered_as: DeliveredAs, more: Changes | None = None
    ) -> None:
        changes: Changes = {"delivered_as": delivered_as, "end_missed": False}
        if delivered_as is not DeliveredAs.KEPT:
            changes["shown"] = Status.DELIVERED
        changes |= more or {}
        await self.store.advance(job, Status.DELIVERED, at=self.clock.now(), changes=changes)
        log.info("job %d: %s -> %s (%s)", job.id, job.status, Status.DELIVERED, delivered_as)

    async def _record_deletion(self, job: Job, by: DeletedBy) -> None:
        """End a job whose video was delivered and deleted in a time that its row doesn't know."""
        now = self.clock.now()
        changes: Changes = {
            "delivered_as": DeliveredAs.EDITED,
            "shown": Status.DELIVERED,
            "deleted_by": by,
            "deleted_at": now,
        }
        job = await self.store.advance(job, Status.DELIVERED, at=now, changes=changes)
        log.warning("job %d: its message says that its %s deleted its video", job.id, by)
        try:
            await self.finish_deletion(job)
        except Undeliverable as trouble:
            # The next sweep goes on with it.
            log.warning("job %d: not deleted everywhere yet: %s", job.id, trouble)

    async def fitting(
        self, job: Job, send: Send[T], *, learn: bool = True, member_id: int | None = None
    ) -> T:
        """Call `send` with the video, or with as much of it as the place takes; return its result.

        With `learn`, the place is the job's server, whose upload limit is remembered. A smaller
        copy is made by turns of members: of `member_id`, or of the job's own. Raises the
        errors of `send`, Undeliverable where the archive can't be read, and ShrinkTrouble.
        """
        assert job.video is not None, "a stored job has its video"
        try:
            size = await self.archive.size(job.video)
        except FileNotFoundError:
            raise
        except OSError as error:
            # Such as a disk that isn't mounted just now: the video is delivered once it is.
            raise Undeliverable(f"archive: {error.strerror}") from error
        limit = await self.limits.of(job.place.guild_id) if learn else None
        while True:
            try:
                file = await self._file_within(job, size, limit, member_id)
            except NothingFits as error:
                log.warning("job %d: nothing of it can be shown here: %s", job.id, error)
                return await send(None)
            try:
                return await send(file)
            except TooLargeHere:
                refused = size if limit is None else min(size, limit)
            limit = lower_limit(refused)
            if limit is None or not file.is_video:
                return await send(None)
            log.info("job %d: %d bytes are too many here, trying %d", job.id, refused, limit)
            if learn:
                await self.limits.learn(job.place.guild_id, limit)

    async def _file_within(
        self, job: Job, size: int, limit: int | None, member_id: int | None
    ) -> Attachment:
        key = job.video
        assert key is not None, "a stored job has its video"
        if limit is None or size <= limit:
            return Attachment(self.archive.path(key), is_video=True, is_whole=True)
        fitted = await self.videos.fit(
            key, most_bytes=limit, member_id=member_id or job.place.member_id
        )
        return Attachment(fitted.path, is_video=fitted.is_video, is_whole=False)
