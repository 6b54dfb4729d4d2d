"""From a request to a row."""

import asyncio
import hashlib
from dataclasses import dataclass, replace

from bot.domain.fairness import Caps
from bot.domain.job import Job, Place
from bot.domain.models import Catalogue, Kind
from bot.domain.prompt import Template
from bot.domain.quota import quota_day
from bot.domain.refusal import Refusal
from bot.domain.request import HIGHEST_SEED, VideoRequest, plan
from bot.ports import Archive, Clock, Picture, Pictures, Random, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitVideo:
    """Accepts requests. Everything is checked before anything is taken."""

    store: Store
    pictures: Pictures
    archive: Archive
    clock: Clock
    random: Random
    catalogue: Catalogue
    template: Template
    videos_per_day: int
    caps: Caps

    async def check(self, request: VideoRequest) -> None:
        """Raise Refusal for what can be known at once: no picture is fetched, nothing is taken."""
        self._plan(request)
        if request.kind is Kind.IMAGE and request.picture is None:
            raise Refusal("Please attach a picture as `image`.")
        if request.picture is not None:
            self.pictures.check(request.picture)
        guild_id, member_id = request.place.guild_id, request.place.member_id
        quota = await self.store.quota(
            guild_id, member_id, day=quota_day(self.clock.now()), limit=self.videos_per_day
        )
        quota.check()
        self.caps.check(await self.store.open_jobs(guild_id, member_id))

    async def announced(self, place: Place) -> None:
        """Remember an answer that stands before its job does, so that a crash can't leave it."""
        await self.store.open(place, at=self.clock.now())

    async def withdrawn(self, place: Place) -> None:
        """Forget an answer that is taken back now."""
        assert place.message_id is not None, "an answer is a message"
        await self.store.close_opening(place.message_id)

    async def __call__(self, request: VideoRequest) -> Job:
        """Take the quota and make the job, or return the one that the request made before.

        Raises Refusal; then nothing was taken.
        """
        await self.check(request)
        job = self._plan(request)
        if request.picture is not None:
            job = replace(job, picture=await self._keep(await self.pictures.take(request.picture)))
        return await self.store.submit(
            job, at=self.clock.now(), videos_per_day=self.videos_per_day, caps=self.caps
        )

    def _plan(self, request: VideoRequest):
        seed = int(self.random() * (HIGHEST_SEED + 1))
        return plan(request, self.catalogue, self.template, random_seed=seed)

    async def _keep(self, picture: Picture) -> str:
        # Millions of bytes: not while everybody waits.
        digest = (await asyncio.to_thread(hashlib.sha256, picture.data)).hexdigest()
        key = f"inputs/{digest[:2]}/{digest}.jpg"
        await self.archive.put(key, picture.data)
        return key
