"""Takes a request in so that a crash at any moment costs nothing and leaves nothing untrue."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.application.videos.submit import CheckedRequest, SubmittedVideo, SubmitVideo
from bot.ports import Announcement, Clock, JobStore, Undeliverable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartVideo:
    """The opening of every video, by command, button or mention."""

    store: JobStore
    submit: SubmitVideo
    clock: Clock
    wake: Callable[[], None]
    """Makes the dispatcher look at the line."""
    show: Callable[[int], Awaitable[None]]
    """Brings a job's status message up to date; trouble is only logged."""
    draw_tag: Callable[[], str]
    """Returns a new random tag."""

    async def __call__(
        self, checked: CheckedRequest, announcement: Announcement
    ) -> SubmittedVideo | None:
        """Post the announcement and make the job whose status message it becomes.

        Returns None where no job came of the request: then the announcement was taken back, or,
        where Discord didn't allow that, is taken back at the next start. Raises what `post` raises.
        """
        # Drawn before the first word: the tag under it tells it from another process's.
        tag = self.draw_tag()
        if announcement.is_repeated:
            # Kept first: after a crash, the answer that stands is known as this process's own.
            source = checked.request.source
            tag = await self.store.tag_for(source, tag, at=self.clock.now())
        message_id = await announcement.post(tag)
        place = replace(checked.request.place, message_id=message_id)
        try:
            await self.store.remember_announcement(place, tag, at=self.clock.now())
            submitted = await self.submit(checked, place, tag)
        except Exception as error:  # noqa: BLE001  # the announcement explains it
            await self._take_back(announcement, message_id, error)
            return None
        self.wake()
        await self.show(submitted.job.id)
        return submitted

    async def _take_back(
        self, announcement: Announcement, message_id: int, error: Exception
    ) -> None:
        try:
            await announcement.take_back(message_id, error)
        except Undeliverable as trouble:
            log.warning("an announcement without a job still stands: %s", trouble)
            return
        try:
            # Only now: one that a crash leaves standing is taken back at the next start.
            await self.store.forget_announcement(message_id)
        except Exception:
            # The error is explained already; taking back what is gone does no harm.
            log.exception("an announcement that was taken back can't be forgotten yet")
