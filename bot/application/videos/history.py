"""The history: a member's videos, page by page."""

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
    """A finished video in the history."""

    job: Job
    """Its job."""
    is_kept: bool
    """The video is still in the archive."""
    poster: Path | None
    """The file of a picture of the video; None without one."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the history."""

    entries: Sequence[HistoryEntry]
    """The newest first."""
    newer: bool
    """There are newer videos than these."""
    older: bool
    """There are older videos than these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowHistory:
    """Reads a page, and makes the posters of its videos."""

    past: PastVideos
    """Rows of finished videos."""
    archive: Archive
    """The videos that are still kept."""
    videos: Videos
    """Makes posters."""

    async def __call__(
        self,
        guild_id: int,
        member_id: int,
        *,
        older_than: int | None = None,
        newer_than: int | None = None,
    ) -> Page:
        """Return the page older or newer than a job's number; without one, the newest page."""
        # One job more than is shown tells whether there is another page.
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
            poster = await self.videos.poster(job.video, member_id=job.place.member_id)
        except (ShrinkTrouble, NothingFits, FileNotFoundError) as trouble:
            log.warning("job %d: no poster: %s", job.id, trouble)
            poster = None
        return HistoryEntry(job, is_kept=True, poster=poster)
