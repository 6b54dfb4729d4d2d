"""Checks requests of members and submits them: from a request to a row."""

import asyncio
import hashlib
import logging
from dataclasses import dataclass, replace

from bot.application.moderation.month_watch import WatchMonth
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

log = logging.getLogger(__name__)

OFFER_MS = 900_000
"""The life of an offered price: as long as Discord's token for the message that names it."""
_OFFERS = 1 << 53
_NO_LONGER = "That offer is no longer open; please ask for the video again."


@dataclass(frozen=True, slots=True)
class Quote:
    """The cost of a request to the bot's owner and to the member."""

    price: Price
    units: int
    """Of the member's daily quota."""
    quota: Quota
    """The member's quota as it stands before the request."""


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request that may be made, with everything that was decided about it."""

    request: VideoRequest
    asker: Asker
    job: NewJob
    """The planned job, but for what is fetched first: pictures and videos of members."""
    quote: Quote


@dataclass(frozen=True, slots=True)
class SubmittedVideo:
    """The job of a request; `animated`: of a picture that moves, only the first frame was taken."""

    job: Job
    animated: bool = False


@dataclass(frozen=True, slots=True)
class PriceOffer:
    """A request that waits for its member to agree to the price."""

    id: int
    quote: Quote
    until: int
    """The end of the offer, in Unix milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitVideo:
    """Accepts requests. Everything is checked before anything is taken."""

    store: JobStore
    month: WatchMonth
    """Tells the owner when the month's budget is used up."""
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

    async def check(self, request: VideoRequest, asker: Asker) -> CheckedRequest:
        """Plan the request and check it against the rules, the quota, budgets and the line.

        Raises Refusal for what can be known at once: no picture is fetched, nothing is taken.
        """
        place = request.place
        admission = await self.store.admission(
            place.guild_id, asker, at=self.clock.now(), ceilings=self.ceilings
        )
        admission.check_access()
        job = await self._plan(request, admission)
        for picture in request.pictures:
            self.pictures.check(picture, place.member_id)
        if request.video is not None:
            self.videos.check(request.video, place.member_id)
        await self.derive.check(request)
        if not request.pictures and request.video is None and request.relation is None:
            await self._check_same(_fingerprinted(job, request))
        with self.month.watching():
            admission.check(job, self.offer.catalogue)
        self.caps.check(admission.open_jobs)
        quote = Quote(Price(job.price, job.price_assumed), job.units, admission.quota)
        return CheckedRequest(request, asker, job, quote)

    async def ask_first(
        self, checked: CheckedRequest, *, whatever_it_costs: bool = False
    ) -> PriceOffer | None:
        """Keep a request whose member has to agree to the price; None if it is cheap enough."""
        quote = checked.quote
        if quote.price.micro_usd <= self.confirm_above and not whatever_it_costs:
            return None
        now = self.clock.now()
        # Random, as its buttons may outlive the database: another one never makes the same number.
        offer_id = int(self.random() * _OFFERS)
        price = quote.price.micro_usd
        await self.members.offer(checked.request, price, at=now, offer_id=offer_id)
        return PriceOffer(offer_id, quote, now + OFFER_MS)

    async def agreed(self, offer_id: int, asker: Asker, place: Place) -> CheckedRequest:
        """Return the request to whose price its member agrees, checked anew for that place.

        The offer stays open: `take` uses it up. Raises Refusal.
        """
        await self._check_offered(offer_id, asker.member_id)
        offered = await self.members.open_offer(
            offer_id, member_id=asker.member_id, since=self.clock.now() - OFFER_MS
        )
        if offered is None:
            raise Refusal(_NO_LONGER)
        request, price = offered
        checked = await self.check(replace(request, place=place), asker)
        if checked.quote.price.micro_usd > price:
            raise Refusal(
                f"The price has changed to {checked.quote.price} by now; please ask again."
            )
        return checked

    async def take(self, offer_id: int, member_id: int) -> None:
        """Use up an offer whose request is about to be made: once. Raises Refusal."""
        since = self.clock.now() - OFFER_MS
        if await self.members.take_offer(offer_id, member_id=member_id, since=since) is None:
            raise Refusal(_NO_LONGER)

    async def declined(self, offer_id: int, member_id: int) -> None:
        """Forget a request to whose price its member doesn't agree. Raises Refusal."""
        await self._check_offered(offer_id, member_id)
        if await self.members.take_offer(offer_id, member_id=member_id, since=0) is None:
            raise NotPossible(
                "That offer is no longer open, so there is nothing to decline; `/pika jobs` shows"
                " your videos."
            )

    async def _check_offered(self, offer_id: int, member_id: int) -> None:
        """Raise Refusal if it is somebody else who is asked: an offer may stand in a channel."""
        if await self.members.offered_to(offer_id) not in {None, member_id}:
            raise NotPossible(
                "That offer is for whoever asked for the video; `/pika text` makes one of your own."
            )

    async def __call__(self, checked: CheckedRequest, place: Place, tag: str) -> SubmittedVideo:
        """Take the quota and make the job `tag`, or return the one that the request made before.

        `place` is the request's, with the message that becomes the job's status message. The
        transaction that takes units and money decides anew; everything else was decided by `check`.
        Raises Refusal; then nothing was taken.
        """
        request = checked.request
        await self.derive.provide(request)
        try:
            fetched, animated = await self._inputs(request)
        except OSError as error:
            log.error("an input can't be kept: %s", error)  # noqa: TRY400  # the trace says nothing more
            raise Refusal(
                "I can't keep pictures and videos right now, so I can't take yours; please try"
                " again later."
            ) from error
        job = replace(checked.job, place=place, tag=tag, inputs=(*request.kept, *fetched))
        if request.relation not in ONE_PRESS:
            job = _fingerprinted(job, request)
        with self.month.watching():
            created = await self.store.submit(
                job,
                at=self.clock.now(),
                ceilings=self.ceilings,
                asker=checked.asker,
                catalogue=self.offer.catalogue,
                same_within=round(self.same_within * 1000),
                caps=self.caps,
            )
        return SubmittedVideo(created, animated)

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

    async def _plan(self, request: VideoRequest, admission: Admission) -> NewJob:
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
            quality=admission.quality,
            thrifty=admission.is_thrifty,
            random_seed=seed,
        )

    async def _inputs(self, request: VideoRequest) -> tuple[tuple[str, ...], bool]:
        """Keep what the video is made from; return its keys in the archive.

        And whether one of the pictures moves. Raises Refusal.
        """
        member_id = request.place.member_id
        keys: list[str] = []
        animated = False
        if request.video is not None:
            keys.append((await self.videos.keep(request.video, member_id)).key)
        for source in request.pictures:
            picture = await self.pictures.take(source, member_id)
            keys.append(await self._keep(picture))
            animated |= picture.animated
        return tuple(keys), animated

    async def _keep(self, picture: Picture) -> str:
        # Millions of bytes: not while everybody waits.
        digest = (await asyncio.to_thread(hashlib.sha256, picture.data)).hexdigest()
        key = f"inputs/{digest[:2]}/{digest}.jpg"
        await self.archive.put(key, picture.data)
        return key


def _fingerprinted(job: NewJob, request: VideoRequest) -> NewJob:
    return replace(job, fingerprint=fingerprint(job, seed=request.options.seed))
