"""The guard of what is paid: nothing is sent to fal while finished videos can't be kept."""

import asyncio
import logging
from dataclasses import dataclass, field

from bot.application.line.archive_mark import know_archive
from bot.application.line.line_state import LineState
from bot.application.line.owner_messages import OwnerMessages
from bot.domain.jobs.unkept import HOLDING, ON_THE_WAY, Unkept
from bot.domain.text import literal
from bot.ports import Archive, Clock, DownloadTrouble, JobStore, Videos

log = logging.getLogger(__name__)

_PLACES = frozenset({Unkept.PLACE, Unkept.FULL})
_BEGINS = {
    Unkept.HOST: (
        "fal's file is on a host that isn't allowed: if it is fal's, add it to `fal.media_hosts`"
        " and restart the bot"
    ),
    Unkept.NAME: "the name of fal's media host can't be resolved here: check this machine's DNS",
    Unkept.TLS: (
        "TLS to fal's media host fails: check this machine's clock, its CA certificates, and"
        " whether something on the way opens TLS"
    ),
    Unkept.CONNECTION: (
        "fal's media host can't be reached: check this machine's network and firewall"
    ),
    Unkept.LOST: (
        "the files of several videos in a row can't be had from fal's media host: look at this"
        " machine's network, proxy and firewall, and run `python -m bot doctor`"
    ),
}
_TOLD = HOLDING | {Unkept.LOST}
_GOES_ON = (
    "No further video is sent to fal meanwhile. What fal has made is fetched as soon as that works,"
    " and the line goes on by itself."
)
_ENDS = "Finished videos are kept again: the line goes on."


@dataclass(slots=True, kw_only=True)
class KeepGuard:
    """Holds the line while finished videos can't be kept, and tells the owner."""

    line: LineState
    """Has the tries so far."""
    store: JobStore
    """Lists videos that wait to be kept."""
    archive: Archive
    """Told from other folders by its mark."""
    videos: Videos
    """Tries to write where finished videos are kept."""
    clock: Clock
    """The time of tries."""
    owner_messages: OwnerMessages
    """Tells the owner when trouble begins and ends."""
    least_free_bytes: int
    """With less room on the archive's disk, no further video is sent."""
    changed: asyncio.Event
    """Wakes the dispatcher."""
    _knows_archive: bool = False
    """The archive has the database's mark, or was marked."""
    _is_proven: bool = False
    """This process has kept a video."""
    _tried: set[int] = field(default_factory=set[int])
    """The jobs whose video this process has tried to keep."""
    _texts: dict[Unkept, str] = field(default_factory=dict[Unkept, str])
    """The latest trouble of each reason, in words."""
    _over: set[Unkept] = field(default_factory=set[Unkept])
    """The reasons that were proved to be over, as far as the owner doesn't know that yet."""
    _told: set[Unkept] = field(default_factory=lambda: set(_TOLD))
    """The reasons of which the owner may have been told."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there may be something to tell."""
    _stopping: bool = False
    """Ends `report`."""

    async def restore(self) -> None:
        """Try the archive, and have the paid videos that wait tried at once."""
        for job_id in await self.store.unkept():
            job = await self.store.job(job_id)
            if job is not None and job.next_attempt_at:
                await self.store.schedule(job, attempts=job.attempts, next_attempt_at=0)
        await self._try_place()

    async def may_send(self) -> bool:
        """Return whether a video that is paid now could be kept, as far as can be known."""
        await self._try_place()
        # What fal has made already shows first whether videos can be kept.
        unkept = () if self._is_proven else await self.store.unkept()
        now = self.clock.now()
        if self.line.archive_trouble is not None or self.line.keeping.holds(now):
            return False
        if not self._is_proven and set(unkept) - self._tried:
            return False
        self.line.keeping = self.line.keeping.after_probe(now)
        return True

    def record_kept(self, job_id: int) -> None:
        """Open the line: the job's video was kept."""
        self._is_proven = True
        self._tried.clear()
        self.line.keeping = self.line.keeping.after_kept(job_id)
        self._leave(job_id, over=_TOLD)

    def record_trouble(self, job_id: int, trouble: DownloadTrouble) -> None:
        """Hold the line if the next video couldn't be kept either."""
        reason = trouble.reason
        self._tried.add(job_id)
        if reason in HOLDING:
            self._texts[reason] = str(trouble)
        # The words of a hold that goes on stay, whatever the next file is answered with.
        if self.line.keeping.hold is not Unkept.LOST:
            self._texts[Unkept.LOST] = str(trouble)
        self.line.unkept[job_id] = reason
        self.line.keeping = self.line.keeping.after_failure(job_id, reason, self.clock.now())
        self._over = self._over - {reason} if reason in HOLDING else self._over | ON_THE_WAY
        self._wake()

    def record_end(self, job_id: int) -> None:
        """Forget a job that ended without its video."""
        self.line.keeping = self.line.keeping.without(job_id)
        self._leave(job_id, over=frozenset())

    def _leave(self, job_id: int, over: frozenset[Unkept]) -> None:
        self.line.unkept.pop(job_id, None)
        self._over |= over
        self._wake()

    def _wake(self) -> None:
        self.changed.set()
        self._news.set()

    async def _try_place(self) -> None:
        """Write where a finished video will be written, and look at the free space."""
        before = self.line.archive_trouble
        try:
            free = await self.videos.try_writing()
            await self._expect_mark()
            self._check_room(free)
        except DownloadTrouble as trouble:
            self._texts[trouble.reason] = str(trouble)
            self.line.archive_trouble = trouble.reason
            self._over.discard(trouble.reason)
        else:
            self.line.archive_trouble = None
            self._over |= _PLACES - set(self.line.keeping.waiting.values())
        if self.line.archive_trouble is not before:
            self._news.set()

    async def _expect_mark(self) -> None:
        """Have the archive told from other folders. Raises DownloadTrouble."""
        if self._knows_archive:
            return
        try:
            await know_archive(self.store, self.archive)
        except OSError as error:
            raise DownloadTrouble(f"archive: {error.strerror}", Unkept.PLACE) from error
        self._knows_archive = True

    def _check_room(self, free: int) -> None:
        """Raise DownloadTrouble if the archive's disk has too little room."""
        if free < self.least_free_bytes:
            raise DownloadTrouble(
                f"archive: its disk has {free // 1_000_000} MB left: make room, or lower"
                f" `archive.least_free_bytes` ({self.least_free_bytes // 1_000_000} MB).",
                Unkept.FULL,
            )

    async def report(self) -> None:
        """Tell the owner what begins and what is over until `stop`."""
        while not self._stopping:
            try:
                await self._report_changes()
            except Exception:
                # The next change tells it again.
                log.exception("the owner can't be told about the archive")
            await self._news.wait()
            self._news.clear()

    def stop(self) -> None:
        self._stopping = True
        self._news.set()

    async def _report_changes(self) -> None:
        holding = self._holding()
        for reason in sorted(self._over & self._told - holding):
            self._told.discard(reason)
            await self.owner_messages.end(f"keeping:{reason}", _ENDS)
        for reason in sorted(holding):
            self._told.add(reason)
            await self.owner_messages.begin(f"keeping:{reason}", self._begin_text(reason))

    def troubles(self) -> list[str]:
        """Return why nothing is sent, each with its cure; empty if videos can be kept."""
        return [
            f"finished videos can't be kept{self._trouble(reason)}"
            for reason in sorted(self._holding())
        ]

    def _holding(self) -> set[Unkept]:
        """Return the reasons for which nothing is sent."""
        reasons = (self.line.archive_trouble, self.line.keeping.hold)
        return {reason for reason in reasons if reason is not None}

    def _begin_text(self, reason: Unkept) -> str:
        return f"Finished videos can't be kept{self._trouble(reason)} {_GOES_ON}"

    def _trouble(self, reason: Unkept) -> str:
        """Return the trouble and its cure, as the rest of a sentence."""
        trouble = self._texts.get(reason, reason)
        if reason in _PLACES:
            return f". {trouble}"
        return f": {_BEGINS[reason]} ({literal(trouble, 200)})."
