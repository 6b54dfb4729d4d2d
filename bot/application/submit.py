"""From a request to a row."""

import asyncio
import hashlib
from dataclasses import dataclass, replace

from bot.domain.fairness import Caps
from bot.domain.job import Job, NewJob, Place
from bot.domain.models import Catalogue, Kind, Price
from bot.domain.prompt import Template
from bot.domain.quota import quota_day
from bot.domain.refusal import Refusal
from bot.domain.request import HIGHEST_SEED, VideoRequest, already_asked, another, fingerprint, plan
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
    same_within: float
    """Seconds within which a member's same request is one request."""
    caps: Caps

    async def check(self, request: VideoRequest) -> None:
        """Raise Refusal for what can be known at once: no picture is fetched, nothing is taken."""
        job = self._plan(request)
        if request.kind is Kind.IMAGE and request.picture is None:
            raise Refusal("Please attach a picture as `image`.")
        if request.picture is not None:
            self.pictures.check(request.picture)
        if request.picture is None:
            await self._check_same(replace(job, fingerprint=fingerprint(job, seed=request.seed)))
        await self._check_room(request.place)

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
        job = replace(job, fingerprint=fingerprint(job, seed=request.seed))
        return await self._submit(job)

    async def check_another(self, parent: Job, place: Place) -> None:
        """Raise Refusal for what can be known before another of `parent` is begun."""
        self._priced(parent)
        await self._check_room(place)
        if parent.picture is not None and not await self.archive.holds(parent.picture):
            raise Refusal(
                f"The picture of video #{parent.id} is no longer kept; please send it again."
            )

    async def another(self, parent: Job, source: str, place: Place) -> Job:
        """Make a job that asks for the same with a new seed. Raises Refusal."""
        await self.check_another(parent, place)
        job = another(parent, source, place, random_seed=self._seed())
        price = self._priced(parent)
        job = replace(job, price=price.micro_usd, price_assumed=price.assumed)
        return await self._submit(job)

    async def _submit(self, job: NewJob) -> Job:
        return await self.store.submit(
            job,
            at=self.clock.now(),
            videos_per_day=self.videos_per_day,
            same_within=round(self.same_within * 1000),
            caps=self.caps,
        )

    async def _check_room(self, place: Place) -> None:
        """Raise Refusal if the member's quota or the line is full."""
        guild_id, member_id = place.guild_id, place.member_id
        quota = await self.store.quota(
            guild_id, member_id, day=quota_day(self.clock.now()), limit=self.videos_per_day
        )
        quota.check()
        self.caps.check(await self.store.open_jobs(guild_id, member_id))

    async def _check_same(self, job: NewJob) -> None:
        since = self.clock.now() - round(self.same_within * 1000)
        same = await self.store.same_request(job.fingerprint, since=since)
        if same is not None and same.source != job.source:
            raise already_asked(same)

    def _priced(self, job: Job) -> Price:
        """Return what the same costs now."""
        model = self.catalogue.get(job.model)
        price = model.prices.get((job.resolution, job.duration)) if model else None
        if price is None:
            raise Refusal(
                f"The model of video #{job.id} is no longer offered; please choose another."
            )
        return price

    def _seed(self) -> int:
        return int(self.random() * (HIGHEST_SEED + 1))

    def _plan(self, request: VideoRequest) -> NewJob:
        return plan(request, self.catalogue, self.template, random_seed=self._seed())

    async def _keep(self, picture: Picture) -> str:
        # Millions of bytes: not while everybody waits.
        digest = (await asyncio.to_thread(hashlib.sha256, picture.data)).hexdigest()
        key = f"inputs/{digest[:2]}/{digest}.jpg"
        await self.archive.put(key, picture.data)
        return key
