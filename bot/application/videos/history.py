"""A member's videos, page by page."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.jobs.job import Job
from bot.ports import Archive, NothingFits, PastVideos, ShrinkTrouble, Videos

log = logging.getLogger(__name__)

ON_A_PAGE = 4


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A finished video, and a picture of it if it is still kept."""

    job: Job
    is_kept: bool
    poster: Path | None


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first; `newer` and `older` say whether there are more."""

    entries: Sequence[HistoryEntry]
    newer: bool
    older: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowHistory:
    """Reads the rows, and has posters made for what is seen of them."""

    past: PastVideos
    archive: Archive
    videos: Videos

    async def __call__(
        self,
        guild_id: int,
        member_id: int,
        *,
        older_than: int | None = None,
        newer_than: int | None = None,
    ) -> Page:
        """Return the page next to a job's number; without one, the newest."""
        # One more than is shown says whether there is another page.
        jobs = await self.past.page(
            guild_id,
            member_id,
            older_than=older_than,
            newer_than=newer_than,
            limit=ON_A_PAGE + 1,
        )
        more = len(jobs) > ON_A_PAGE
        if newer_than is not None:
            shown, newer, older = jobs[-ON_A_PAGE:], more, True
        else:
            shown, newer, older = jobs[:ON_A_PAGE], older_than is not None, more
        return Page([await self._entry(job) for job in shown], newer, older)

    async def _entry(self, job: Job) -> HistoryEntry:
        if job.video is None or not await self.archive.holds(job.video):
            return HistoryEntry(job, is_kept=False, poster=None)
        try:
            poster = await self.videos.poster(job.video)
        except (ShrinkTrouble, NothingFits, FileNotFoundError) as trouble:
            log.warning("job %d: no poster: %s", job.id, trouble)
            poster = None
        return HistoryEntry(job, is_kept=True, poster=poster)
