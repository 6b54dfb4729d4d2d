"""Status messages: each shows its job's row, and is edited only when the shown state changes."""

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from bot.application.line.estimates import Estimates
from bot.application.line.line_state import LineState
from bot.application.messages.edit_pace import ChannelPace
from bot.domain.calendar import DAY_MS
from bot.domain.jobs.job import ENDED, DeletedBy, Job, Status
from bot.domain.jobs.unkept import OURS
from bot.ports import (
    Delivery,
    JobStore,
    Standing,
    TextRefused,
    Undeliverable,
    Unreachable,
)

log = logging.getLogger(__name__)

# A place that isn't back by then stays as it is.
_MISSED_FOR_MS = 3 * DAY_MS
_MISSED_AT_ONCE = 50
_PROGRESS = {Status.CREATED, Status.SUBMITTED, Status.RUNNING}
# Statuses that last too short a time to be worth an edit.
_UNSHOWN = {Status.SUBMITTING, Status.STORED, Status.DELIVERED}


def content_key(job: Job, standing: Standing) -> str | None:
    """Return a key of the state that the status message shows; None if it may stay as it is."""
    if job.deleted_by is not None:
        # The deletion itself edits the message.
        return None
    if job.is_kept or job.is_refused_here:
        return job.status
    # The job was admitted between the reading of its row and of its place in line.
    if standing.place == 0:
        return None
    if job.status is Status.SUCCEEDED:
        # A download that fails repeatedly is worth an edit, and one that holds the line at once.
        if job.attempts > 1 or standing.unkept in OURS:
            return f"{job.status}:{standing.unkept or ''}"
        return None
    if job.status in _UNSHOWN:
        return None
    if job.status in ENDED:
        return job.status
    if standing.hold is not None:
        # A job on hold keeps its place, so the place isn't shown.
        return f"{job.status}:{standing.hold}"
    parts = [job.status, standing.place or "", job.cancel_requested_at or ""]
    if job.status is Status.CREATED:
        parts.append("held" if job.attempts else "")
    return ":".join(map(str, parts))


def _notifies_member(job: Job) -> bool:
    """Return whether the end mentions the member: all do but cancellation and delivery."""
    return job.status is Status.FAILED or job.is_kept


def _end_told(job: Job) -> str:
    """Return the end that a mention is about: the same one is mentioned once."""
    return job.failure or job.status


class StatusMessages:
    """Writes status messages, one at a time for each job: no older text overwrites a newer one."""

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
        # Of each job that an earlier process may have ended, the message is read once.
        self._deleted_by: dict[int, DeletedBy | None] = {}

    def begin(self, job_id: int) -> None:
        """Note that the job hadn't been sent when this process met it: its message knows no end."""
        self._deleted_by[job_id] = None

    async def shown_deletion(self, job: Job) -> DeletedBy | None:
        """Return by whom the job's video was deleted, if its message says so.

        In a database that was put back, a job may be on its way whose video was delivered and
        deleted since. Call it with the job's lock. Raises Undeliverable.
        """
        if job.id not in self._deleted_by:
            by: DeletedBy | None = None
            if job.place.message_id is not None:
                try:
                    with self.recording_rate_limits(job):
                        shown = await self._delivery.shown(
                            job.place.channel_id, job.place.message_id
                        )
                    by = shown.deleted_by
                except Unreachable as gone:
                    log.info("job %d: its message is out of reach: %s", job.id, gone)
            self._deleted_by[job.id] = by
        return self._deleted_by[job.id]

    def lock(self, job_id: int) -> asyncio.Lock:
        """Return the lock of a job's messages, which must be held while one of them is written."""
        return self._locks.setdefault(job_id, asyncio.Lock())

    def may_be_outdated(self, job: Job) -> bool:
        """Return whether the message of a job at fal may be outdated. Reads nothing but `job`."""
        return content_key(job, Standing(place=None, counts=True)) != job.shown

    async def show(self, job_id: int, *, at_once: bool = False) -> None:
        """Bring the status message up to date. Raises Undeliverable.

        An edit that shows progress may wait for its channel's pace, unless it must be made
        `at_once`; all edits wait while Discord refuses edits in the channel.
        """
        async with self.lock(job_id):
            job = await self._store.job(job_id)
            assert job is not None, "jobs are never deleted"
            if job.status is Status.CREATED and self._line.may_be_older(job_id):
                # The message may know more than the row, and then stays as it is.
                return
            standing = self._line.with_hold(job, await self._store.standing(job))
            key = content_key(job, standing)
            if key is None or key == job.shown or (self._is_too_soon(job) and not at_once):
                return
            if self._pace.is_suspended(job.place.channel_id, asyncio.get_running_loop().time()):
                return
            if await self._is_older(job):
                return
            end = _end_told(job) if _notifies_member(job) else None
            if job.status is Status.CREATED:
                # The age check has read the messages of those in line.
                self.begin(job.id)
            elif await self.shown_deletion(job) is not None:
                await self._store.record_shown(job, key, job.place.message_id, told=end)
                return
            # Estimates aren't part of the key: Discord counts shown times down without an edit.
            message_id = await self._post(job, await self._estimates.with_times(job, standing))
            if end is not None and end != job.told and message_id is not None:
                await self.mention(job, message_id)
            await self._store.record_shown(
                job,
                key,
                message_id or job.place.message_id,
                told=end,
                end_missed=message_id is None and job.status in ENDED,
            )

    async def _is_older(self, job: Job) -> bool:
        """Return whether the row of a job in line is older than what its message shows.

        Of a job that an earlier process left, another one on a copy of the database may have sent
        it by now. An edit would take away the only proof. Raises Undeliverable.
        """
        is_left = job.status is Status.CREATED and job.id in self._line.unsent
        if not is_left or job.place.message_id is None:
            return False
        try:
            with self.recording_rate_limits(job):
                shown = await self._delivery.shown(job.place.channel_id, job.place.message_id)
        except Unreachable:
            return False
        if shown.status is Status.CREATED:
            return False
        log.warning("job %d: its message shows %s: its row is older", job.id, shown.status)
        self._line.ahead[job.id] = shown.status
        return True

    async def show_missed(self, at: int) -> None:
        """Write the ends of the last days that a place out of reach kept from their messages.

        Call it rarely: each is one request in vain for as long as its place isn't back.
        """
        since = at - _MISSED_FOR_MS
        for job_id in await self._store.missed_ends(since=since, limit=_MISSED_AT_ONCE):
            async with self.lock(job_id):
                job = await self._store.job(job_id)
                if job is None or not job.end_missed or job.deleted_by is not None:
                    continue
                try:
                    with self.recording_rate_limits(job):
                        message_id = await self._delivery.show(job, await self._store.standing(job))
                except Undeliverable as trouble:
                    log.info("job %d: its end isn't in its message yet: %s", job.id, trouble)
                else:
                    await self._store.record_shown(job, job.shown, message_id)

    async def _post(self, job: Job, standing: Standing) -> int | None:
        """Show the job in its channel; an end out of reach there goes into a direct message."""
        try:
            with self.recording_rate_limits(job):
                return await self._delivery.show(job, standing)
        except Unreachable as gone:
            if not _notifies_member(job):
                log.info("job %d: nowhere to show it: %s", job.id, gone)
                return None
        try:
            await self._delivery.show_directly(job, standing)
        except Unreachable as gone:
            log.warning("job %d: its member can't be told: %s", job.id, gone)
        return None

    @contextmanager
    def recording_rate_limits(self, job: Job) -> Generator[None]:
        """Remember for how long Discord refuses edits in the job's channel.

        Discord locks out a bot that goes on sending requests which it refuses:
        https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit
        """
        try:
            yield
        except Undeliverable as trouble:
            if trouble.seconds:
                until = asyncio.get_running_loop().time() + trouble.seconds
                self._pace.suspend(job.place.channel_id, until)
            raise

    def _is_too_soon(self, job: Job) -> bool:
        """Return whether an edit that shows progress must wait for the next call of `show`."""
        if job.status not in _PROGRESS:
            return False
        now = asyncio.get_running_loop().time()
        # The first edit of a message never waits.
        return not self._pace.allows(job.place.channel_id, now, must=job.shown is None)

    async def try_to_show(self, job_id: int, *, at_once: bool = False) -> None:
        """Bring the status message up to date as `show` does, but only log trouble."""
        try:
            await self.show(job_id, at_once=at_once)
        except Undeliverable as trouble:
            log.warning("job %d: status not shown: %s", job_id, trouble)

    async def take_back(self, channel_id: int, message_id: int) -> None:
        """Replace an announcement by a note that its request was not accepted.

        Raises Undeliverable for trouble that may pass.
        """
        try:
            await self._delivery.take_back(channel_id, message_id)
        except Unreachable as gone:
            log.info("an answer without a job is out of reach: %s", gone)
        await self._store.forget_announcement(message_id)

    async def mention(self, job: Job, message_id: int) -> None:
        """Mention the member in a reply to the message.

        Raises Undeliverable for trouble that may pass: the caller's step is then repeated.
        """
        try:
            with self.recording_rate_limits(job):
                await self._delivery.mention(job, message_id)
        except (Unreachable, TextRefused) as refusal:
            log.warning("job %d: member not mentioned: %s", job.id, refusal)
