"""Fetches finished videos, which are paid: for as long as fal keeps files, whatever is answered."""

import logging
from collections import Counter
from dataclasses import dataclass, field

from bot.application.line.keep_guard import KeepGuard
from bot.application.line.timings import Timings
from bot.application.messages.status_messages import StatusMessages
from bot.application.pipeline.transitions import JobTransitions
from bot.domain.jobs.job import Failure, Job, Status
from bot.domain.jobs.unkept import Unkept
from bot.ports import DownloadTrouble, Videos

log = logging.getLogger(__name__)

# Each of these tries may read a whole body, so that there are few.
_MOST_UNUSABLE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchVideo:
    """The step from `succeeded` to `stored`."""

    videos: Videos
    """Downloads finished videos into the archive."""
    guard: KeepGuard
    """Holds the line while videos can't be kept."""
    transitions: JobTransitions
    """Writes the end of the step."""
    messages: StatusMessages
    """Shows why a video isn't there yet."""
    timings: Timings
    """The pace of tries, and their end."""
    _unusable: Counter[int] = field(default_factory=Counter[int])
    """The files of each job in a row that were no usable video."""

    async def __call__(self, job: Job, key: str) -> None:
        """Try once to keep the job's video under `key`. Raises Conflict."""
        assert job.video_url is not None, "a succeeded job has its video's URL"
        try:
            await self.videos.keep(job.video_url, key)
        except DownloadTrouble as trouble:
            self.guard.record_trouble(job.id, trouble)
            await self._try_later(job, trouble)
        else:
            self.guard.record_kept(job.id)
            self._unusable.pop(job.id, None)
            await self.transitions.advance(job, Status.STORED, {"video": key})

    async def _try_later(self, job: Job, trouble: DownloadTrouble) -> None:
        """Schedule another try, or end the job once fal doesn't keep its file any longer."""
        if self.transitions.is_past(job, self.timings.fetch_for):
            await self.transitions.fail(job, Failure.FILE_LOST, trouble.reason)
            self._unusable.pop(job.id, None)
            self.guard.record_end(job.id)
            return
        log.warning("job %d: not fetched yet: %s", job.id, trouble)
        pace = self.timings.retry
        if trouble.reason is Unkept.UNUSABLE:
            self._unusable[job.id] += 1
            if self._unusable[job.id] >= _MOST_UNUSABLE:
                pace = self.timings.unusable
            if self._unusable[job.id] == _MOST_UNUSABLE:
                log.error(
                    "job %d: fal's file is no usable video (%s): it is asked for rarely from now"
                    " on; `python -m bot jobs reconcile %d` asks at once",
                    job.id,
                    trouble,
                    job.id,
                )
        else:
            self._unusable.pop(job.id, None)
        await self.transitions.schedule(job, pace)
        await self.messages.try_to_show(job.id)
