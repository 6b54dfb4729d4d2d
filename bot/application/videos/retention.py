"""Keeps in the archive what is needed and what was promised, and nothing else."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.application.videos.delete import DeleteVideo
from bot.domain.calendar import DAY_MS
from bot.ports import Archive, Clock, PastVideos

log = logging.getLogger(__name__)

_EVERY_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepArchive:
    """One pass an hour. Days of 0 are for ever."""

    past: PastVideos
    archive: Archive
    clock: Clock
    deleting: DeleteVideo
    keep_inputs_days: int
    keep_videos_days: int

    async def run(self) -> None:
        """Sweep until the end of the program; trouble is only logged."""
        while True:
            try:
                await self.deleting.finish_all()
                if removed := await self.sweep():
                    log.info("%d files were kept for as long as they should be: removed", removed)
            except Exception:
                log.exception("the archive can't be swept now")
            await asyncio.sleep(_EVERY_SECONDS)

    async def sweep(self) -> int:
        """Remove what was kept for long enough and no open job needs; return how many files."""
        removed = 0
        async for key in self._too_old():
            # Asked for each: a video may have been asked for since.
            if key not in await self.past.needed():
                await self.archive.remove(key)
                removed += 1
        return removed

    async def _too_old(self) -> AsyncIterator[str]:
        # Films are removed once they are posted; those of a crash aren't.
        for folder, days in (
            ("inputs", self.keep_inputs_days),
            ("videos", self.keep_videos_days),
            ("films", 1),
        ):
            before = self.clock.now() - days * DAY_MS
            for file in await self.archive.files(folder) if days else ():
                if file.used_at < before:
                    yield file.key
