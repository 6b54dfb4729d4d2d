"""Deleting a finished video for good: its files, and what its message shows."""

import logging
from contextlib import suppress
from dataclasses import dataclass

from bot.domain.calendar import DAY_MS
from bot.domain.jobs.chains import frame_key
from bot.domain.jobs.job import DeletedBy, Job, Status
from bot.domain.refusal import NotPossible, NotYours
from bot.ports import (
    Archive,
    Clock,
    Conflict,
    Delivery,
    JobStore,
    PastVideos,
    Undeliverable,
    Unreachable,
)

log = logging.getLogger(__name__)
# A place that the bot lost may come back; who deleted the message itself doesn't say so.
_TRIED_MS = 3 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteVideo:
    """Members delete their own videos, moderators any of their server.

    The row and what the video cost stay. The row says first that the video is deleted, so that the
    next start finishes a deletion that a crash cut off.
    """

    store: JobStore
    past: PastVideos
    archive: Archive
    delivery: Delivery
    clock: Clock

    async def check(self, job_id: int, *, guild_id: int, member_id: int, moderator: bool) -> Job:
        """Return a finished video that this member may delete. Raises Refusal."""
        job = await self.store.job(job_id)
        if job is None or job.place.guild_id != guild_id:
            raise NotPossible(f"There is no video #{job_id} here any more.")
        if job.place.member_id != member_id and not moderator:
            raise NotYours(
                f"Video #{job_id} isn't yours; its maker and the server's moderators can delete it."
            )
        if job.status is Status.STORED:
            # Its message may stand already, and the rest of the delivery would undo the deletion.
            raise NotPossible(
                f"Video #{job_id} is still being posted; please try again in a moment."
            )
        if job.status is not Status.DELIVERED:
            raise NotPossible(
                f"There is no finished video #{job_id}; `/pika jobs` says where it stands."
            )
        return job

    async def __call__(self, job_id: int, *, guild_id: int, member_id: int, moderator: bool) -> Job:
        """Record that the video is deleted, unless it is already; `finish` does the rest.

        Raises Refusal.
        """
        job = await self.check(job_id, guild_id=guild_id, member_id=member_id, moderator=moderator)
        if job.deleted_by is not None:
            return job
        by = DeletedBy.MAKER if job.place.member_id == member_id else DeletedBy.MODERATOR
        try:
            job = await self.store.mark_deleted(job, by, at=self.clock.now())
        except Conflict:
            # Of two presses at once, the first one says by whom.
            return await self.check(
                job_id, guild_id=guild_id, member_id=member_id, moderator=moderator
            )
        log.info("job %d: its video is deleted by its %s", job.id, by)
        return job

    async def finish(self, job: Job) -> None:
        """Remove the files and the message of a video that was deleted. Raises Undeliverable."""
        assert job.deleted_by is not None, "only a video that somebody deleted is removed"
        is_removed = True
        try:
            await self._remove_files(job)
        except OSError as trouble:
            # Such as a disk that isn't mounted just now: the sweep finishes it once it is.
            log.warning("job %d: its files aren't removed yet: %s", job.id, trouble.strerror)
            is_removed = False
        place, at = job.place, self.clock.now()
        is_shown = place.message_id is None or await self.erase(
            job, place.channel_id, place.message_id
        )
        age = _TRIED_MS if job.deleted_at is None else at - job.deleted_at
        if is_removed and (is_shown or not 0 <= age < _TRIED_MS):
            # A press and the hourly sweep may do the same at the same time.
            with suppress(Conflict):
                await self.store.mark_erased(job, at=at)

    async def _remove_files(self, job: Job) -> None:
        if job.video is not None:
            await self.archive.remove(job.video)
        if job.tag is not None:
            # In a database that was put back a job may get another request, and another file.
            await self.archive.remove(f"videos/{job.tag}.mp4")
        keys = {*job.inputs, frame_key(job)}
        for key in await self.past.only_of(job, keys):
            await self.archive.remove(key)

    async def erase(self, job: Job, channel_id: int, message_id: int) -> bool:
        """Turn a message of the job into a note that its video is deleted; False: out of reach.

        Raises Undeliverable.
        """
        try:
            await self.delivery.erase(job, channel_id, message_id)
        except Unreachable as gone:
            log.info("job %d: a message of it is out of reach: %s", job.id, gone)
            return False
        return True

    async def finish_all(self) -> None:
        """Finish the deletions that a crash or Discord's trouble left unfinished."""
        for job in await self.past.deleting():
            try:
                await self.finish(job)
            except Undeliverable as trouble:
                log.warning("job %d: not deleted everywhere yet: %s", job.id, trouble)
