"""Joining a chain of shots into one film."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from weakref import WeakValueDictionary

from bot.domain.jobs.chains import LONGEST_CHAIN, film_key, previous_shot
from bot.domain.jobs.job import Job
from bot.domain.refusal import NotPossible, NotYours
from bot.ports import Archive, JobStore, NothingFits, ShrinkTrouble, Videos

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinShots:
    """Joins videos of the archive. That costs nothing."""

    store: JobStore
    """Job rows."""
    archive: Archive
    """The shots, and the film while it is posted."""
    videos: Videos
    """Joins videos."""
    _locks: WeakValueDictionary[int, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[int, asyncio.Lock]
    )
    """A lock for each last shot, as its film has one key in the archive."""

    async def chain(
        self, job_id: int, guild_id: int, *, may_see: Callable[[Job], bool]
    ) -> Sequence[Job]:
        """Return the shots of the chain that ends with the job, in their order. Raises Refusal."""
        shots = [_checked(await self.store.job(job_id), f"#{job_id}", guild_id, may_see)]
        await self._check_file(shots[0])
        while (reference := previous_shot(shots[-1])) is not None:
            shot = await self.store.job_by_reference(reference)
            name = f"before #{shots[-1].id}"
            shots.append(_checked(shot, name, guild_id, may_see))
            await self._check_file(shots[-1])
            if len(shots) > LONGEST_CHAIN:
                raise NotPossible(f"I join at most {LONGEST_CHAIN} shots; this chain is longer.")
        if len(shots) == 1:
            raise NotPossible(
                f"Video #{job_id} continues no other; **Continue** under a video makes the next"
                " shot, which can then be joined."
            )
        return shots[::-1]

    async def _check_file(self, job: Job) -> None:
        """Raise Refusal if the shot's video isn't in the archive."""
        if job.video is None or not await self.archive.holds(job.video):
            raise NotPossible(f"There is no file of video #{job.id}, so the chain can't be joined.")

    @asynccontextmanager
    async def joined(self, shots: Sequence[Job], *, member_id: int) -> AsyncGenerator[Job]:
        """Yield the last shot with the whole film as its video; the film is removed afterwards.

        It is made when it is the turn of the member who asks for it. Raises Refusal.
        """
        last = shots[-1]
        key = film_key(last)
        async with self._locks.setdefault(last.id, asyncio.Lock()):
            try:
                keys = [shot.video for shot in shots if shot.video is not None]
                await self.videos.join(keys, key, member_id=member_id)
                yield _film(shots, key)
            except (ShrinkTrouble, NothingFits, FileNotFoundError) as trouble:
                log.warning("job %d: its chain isn't joined: %s", last.id, trouble)
                raise NotPossible(
                    f"I couldn't join the {len(shots)} shots; please try again later."
                ) from trouble
            finally:
                # The sweep removes what stays.
                with suppress(OSError):
                    await self.archive.remove(key)


def _checked(job: Job | None, name: str, guild_id: int, may_see: Callable[[Job], bool]) -> Job:
    """Return a shot that may be joined; `name` stands for it if there is none. Raises Refusal."""
    if job is None or job.place.guild_id != guild_id:
        raise NotPossible(f"There is no video {name} here that you may see.")
    if not may_see(job):
        raise NotYours(f"There is no video #{job.id} here that you may see.")
    if job.deleted_by is not None:
        raise NotPossible(
            f"Video #{job.id} was deleted by {job.deleted_by.words}, so the chain can't be joined."
        )
    return job


def _film(shots: Sequence[Job], key: str) -> Job:
    last = shots[-1]
    lengths = [shot.seconds for shot in shots]
    known = [seconds for seconds in lengths if seconds is not None]
    seconds = sum(known) if len(known) == len(lengths) else None
    prompt = " → ".join(shot.prompt for shot in shots)
    spoiler = any(shot.spoiler for shot in shots)
    return replace(last, video=key, seconds=seconds, prompt=prompt, spoiler=spoiler)
