"""The archive's retention: files go once their time is over and no open job needs them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from bot.application.videos.delete import DeleteVideo
from bot.domain.calendar import DAY_MS
from bot.ports import Archive, Clock, PastVideos

log = logging.getLogger(__name__)

_EVERY_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepArchive:
    """Removes old files, and finishes deletions and messages, once an hour."""

    past: PastVideos
    archive: Archive
    clock: Clock
    delete: DeleteVideo
    show_missed: Callable[[int], Awaitable[None]]
    """Writes the ends that messages missed, at that time."""
    keep_inputs_days: int
    """Days since an input's last use; 0: for ever."""
    keep_videos_days: int
    """Days since a video's last use; 0: for ever."""

    async def run(self) -> None:
        """Sweep until the end of the program; trouble is only logged."""
        while True:
            try:
                await self.delete.finish_all()
                await self.show_missed(self.clock.now())
                if removed := await self.sweep():
                    log.info("%d files were kept for as long as they should be: removed", removed)
            except OSError as trouble:
                log.warning("archive: not swept now: %s", trouble.strerror)
            except Exception:
                log.exception("the archive can't be swept now")
            await asyncio.sleep(_EVERY_SECONDS)

    async def sweep(self) -> int:
        """Remove the files that are old enough and that no open job needs; return their number."""
        removed = 0
        async for key in self._too_old():
            # Read again for each file: a new request may need this one.
            if key not in await self.past.needed():
                await self.archive.remove(key)
                removed += 1
        return removed

    async def _too_old(self) -> AsyncIterator[str]:
        # A film is removed once it is posted, unless the bot crashes before.
        for folder, days in (
            ("inputs", self.keep_inputs_days),
            ("videos", self.keep_videos_days),
            ("films", 1),
        ):
            before = self.clock.now() - days * DAY_MS
            for file in await self.archive.files(folder) if days else ():
                if file.used_at < before:
                    yield file.key
