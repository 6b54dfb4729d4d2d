"""From a request to a row."""

import asyncio
import hashlib
from dataclasses import dataclass, replace

from bot.application.videos.derive import DeriveVideo
from bot.domain.catalogue.prices import Price, cost_of
from bot.domain.jobs.job import ONE_PRESS, Job, NewJob, Place
from bot.domain.line.fairness import Caps
from bot.domain.moderation.admission import Admission
from bot.domain.moderation.quota import Quota
from bot.domain.moderation.rules import Asker, Ceilings
from bot.domain.refusal import NotPossible, Refusal
from bot.domain.requests.plan import HIGHEST_SEED, plan
from bot.domain.requests.request import Offer, VideoRequest, already_asked, fingerprint
from bot.ports import Archive, Clock, JobStore, Members, MembersVideos, Picture, Pictures, Random

OFFER_MS = 900_000
"""How long a price stands: as long as Discord's token for the message that names it."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a request would take: money of the server's owner, units of the member's quota."""

    price: Price
    units: int
    quota: Quota


@dataclass(frozen=True, slots=True)
class SubmittedVideo:
    """The job of a request; `animated`: of a picture that moves, only the first frame was taken."""

    job: Job
    animated: bool = False


@dataclass(frozen=True, slots=True)
class PriceOffer:
    """A request that waits for its member to agree to the price, and for how long it does."""

    id: int
    quote: Quote
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitVideo:
    """Accepts requests. Everything is checked before anything is taken."""

    store: JobStore
    members: Members
    derive: DeriveVideo
    pictures: Pictures
    videos: MembersVideos
    archive: Archive
    clock: Clock
    random: Random
    offer: Offer
    ceilings: Ceilings
    confirm_above: int
    """Micro-dollars: a dearer video is made only once its member has agreed."""
    same_within: float
    """Seconds within which a member's same request is one request."""
    caps: Caps

    async def check(self, request: VideoRequest, asker: Asker) -> Quote:
        """Return what the request would take.

        Raises Refusal for what can be known at once: no picture is fetched, nothing is taken.
        """
        terms = await self._terms(request.place, asker)
        job = await self._plan(request, terms)
        for picture in request.pictures:
            self.pictures.check(picture)
        if request.video is not None:
            self.videos.check(request.video)
        await self.derive.check(request)
        if not request.pictures and request.video is None and request.relation is None:
            await self._check_same(
                replace(job, fingerprint=fingerprint(job, seed=request.options.seed))
            )
        await self._check_room(job, terms)
        return Quote(Price(job.price, job.price_assumed), job.units, terms.quota)

    async def ask_first(
        self, request: VideoRequest, quote: Quote, *, whatever_it_costs: bool = False
    ) -> PriceOffer | None:
        """Keep a request whose member has to agree to the price; None if it is cheap enough."""
        if quote.price.micro_usd <= self.confirm_above and not whatever_it_costs:
            return None
        now = self.clock.now()
        offer = await self.members.offer(request, quote.price.micro_usd, at=now)
        return PriceOffer(offer, quote, now + OFFER_MS)

    async def agreed(self, offer_id: int, asker: Asker) -> VideoRequest:
        """Return the request to whose price its member has agreed now. Raises Refusal."""
        await self._check_offered(offer_id, asker.member_id)
        found = await self.members.take_offer(
            offer_id, member_id=asker.member_id, since=self.clock.now() - OFFER_MS
        )
        if found is None:
            raise Refusal("That offer is no longer open; please ask for the video again.")
        request, price = found
        if (quote := await self.check(request, asker)).price.micro_usd > price:
            raise Refusal(f"The price has changed to {quote.price} by now; please ask again.")
        return request

    async def declined(self, offer_id: int, member_id: int) -> None:
        """Forget a request to whose price its member doesn't agree. Raises Refusal."""
        await self._check_offered(offer_id, member_id)
        await self.members.take_offer(offer_id, member_id=member_id, since=0)

    async def _check_offered(self, offer_id: int, member_id: int) -> None:
        """Raise Refusal if it is somebody else who is asked: an offer may stand in a channel."""
        if await self.members.offered_to(offer_id) not in {None, member_id}:
            raise NotPossible(
                "That offer is for whoever asked for the video; `/pika text` makes one of your own."
            )

    async def announced(self, place: Place) -> None:
        """Remember an answer that stands before its job does, so that a crash can't leave it."""
        await self.store.remember_announcement(place, at=self.clock.now())

    async def withdrawn(self, place: Place) -> None:
        """Forget an answer that is taken back now."""
        assert place.message_id is not None, "an answer is a message"
        await self.store.forget_announcement(place.message_id)

    async def __call__(self, request: VideoRequest, asker: Asker) -> SubmittedVideo:
        """Take the quota and make the job, or return the one that the request made before.

        Raises Refusal; then nothing was taken.
        """
        await self.check(request, asker)
        await self.derive.provide(request)
        fetched, animated = await self._inputs(request)
        job = await self._plan(request, await self._terms(request.place, asker))
        job = replace(job, inputs=(*request.kept, *fetched))
        if request.relation not in ONE_PRESS:
            job = replace(job, fingerprint=fingerprint(job, seed=request.options.seed))
        return SubmittedVideo(await self._submit(job, asker), animated)

    async def _submit(self, job: NewJob, asker: Asker) -> Job:
        return await self.store.submit(
            job,
            at=self.clock.now(),
            ceilings=self.ceilings,
            asker=asker,
            catalogue=self.offer.catalogue,
            same_within=round(self.same_within * 1000),
            caps=self.caps,
        )

    async def _terms(self, place: Place, asker: Asker) -> Admission:
        """Return what decides about a request there. Raises Refusal if the member may make none."""
        terms = await self.store.admission(
            place.guild_id, asker, at=self.clock.now(), ceilings=self.ceilings
        )
        terms.check_access()
        return terms

    async def _check_room(self, job: NewJob, terms: Admission) -> None:
        """Raise Refusal if the rules don't allow it, the quota is used up or the line is full."""
        terms.check(job, self.offer.catalogue)
        place = job.place
        self.caps.check(await self.store.open_jobs(place.guild_id, place.member_id))

    async def _check_same(self, job: NewJob) -> None:
        since = self.clock.now() - round(self.same_within * 1000)
        same = await self.store.same_request(job.fingerprint, since=since)
        if same is not None and same.source != job.source:
            raise already_asked(same)

    def _priced(self, job: NewJob) -> NewJob:
        """Return the job at what it costs now. Raises Refusal."""
        model = self.offer.catalogue.get(job.model)
        try:
            cost = cost_of(
                model.prices if model is not None else (),
                resolution=job.resolution,
                seconds=job.seconds,
                unit=self.offer.unit,
            )
        except ValueError:
            raise Refusal(
                "The model of that video is no longer offered; please choose another."
            ) from None
        return replace(
            job, price=cost.price.micro_usd, price_assumed=cost.price.assumed, units=cost.units
        )

    def _seed(self) -> int:
        return int(self.random() * (HIGHEST_SEED + 1))

    async def _plan(self, request: VideoRequest, terms: Admission) -> NewJob:
        seed = self._seed()
        if same := await self.derive.as_it_was(request, random_seed=seed):
            return self._priced(same)
        if request.relation is None:
            usual = await self.members.preferences(request.place.member_id)
        else:
            usual = await self.derive.usual(request)
        return plan(
            request,
            self.offer,
            usual=usual,
            quality=terms.quality,
            thrifty=terms.is_thrifty,
            random_seed=seed,
        )

    async def _inputs(self, request: VideoRequest) -> tuple[tuple[str, ...], bool]:
        """Keep what the video is made from; return its keys in the archive.

        And whether one of the pictures moves. Raises Refusal.
        """
        keys: list[str] = []
        animated = False
        if request.video is not None:
            keys.append((await self.videos.keep(request.video)).key)
        for source in request.pictures:
            picture = await self.pictures.take(source)
            keys.append(await self._keep(picture))
            animated |= picture.animated
        return tuple(keys), animated

    async def _keep(self, picture: Picture) -> str:
        # Millions of bytes: not while everybody waits.
        digest = (await asyncio.to_thread(hashlib.sha256, picture.data)).hexdigest()
        key = f"inputs/{digest[:2]}/{digest}.jpg"
        await self.archive.put(key, picture.data)
        return key
