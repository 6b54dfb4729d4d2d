"""Derived videos: another, an edited one, a better one, or the next shot of a video."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.domain.catalogue.inputs import is_video
from bot.domain.catalogue.models import Kind
from bot.domain.jobs.chains import frame_key
from bot.domain.jobs.job import ONE_PRESS, Job, NewJob, Place, Relation
from bot.domain.options import Options
from bot.domain.refusal import Refusal, out_of_sight
from bot.domain.requests.derived import another, as_made, of_parent, upgrade_of, upgraded
from bot.domain.requests.request import Offer, VideoRequest
from bot.ports import Archive, JobStore, NothingFits, ShrinkTrouble, Videos


@dataclass(frozen=True, slots=True, kw_only=True)
class DeriveVideo:
    """Provides what a derived video takes over from its parent: options, inputs, last frame."""

    store: JobStore
    archive: Archive
    videos: Videos
    offer: Offer

    async def parent(self, job_id: int, guild_id: int, *, may_see: Callable[[Job], bool]) -> Job:
        """Return the job that a video is derived from, if `may_see` allows it. Raises Refusal."""
        job = await self._parent(job_id, guild_id)
        if not may_see(job):
            raise out_of_sight(job_id)
        return job

    async def _parent(self, job_id: int | None, guild_id: int) -> Job:
        job = await self.store.job(job_id) if job_id is not None else None
        if job is None or job.place.guild_id != guild_id:
            raise Refusal(
                f"There is no video #{job_id} here any more; `/pika history` shows yours."
            )
        if job.deleted_by is not None:
            raise Refusal(
                f"Video #{job_id} was deleted by {job.deleted_by.words}, so nothing more can be made"
                " of it; `/pika text` makes a new one."
            )
        return job

    def request(
        self, parent: Job, source: str, place: Place, relation: Relation, options: Options
    ) -> VideoRequest:
        """Return the request for a video that is derived from `parent` by `relation`."""
        request = of_parent(parent, source, place, relation, options)
        if relation is not Relation.CONTINUE:
            return request
        return replace(request, kind=Kind.IMAGE, kept=(frame_key(parent),))

    async def usual(self, request: VideoRequest) -> Options:
        """Return the options that count where a derived request gives none. Raises Refusal."""
        parent = await self._parent_of(request)
        options = as_made(parent, self.offer.catalogue)
        if request.relation is Relation.CONTINUE:
            # The next shot looks the same, but its camera is its own.
            options = replace(options, camera=None, motion=None)
        if request.relation is Relation.EDIT:
            # The form showed it: a member who wants none has removed it there.
            options = replace(options, negative_prompt=None)
        return options

    async def as_it_was(self, request: VideoRequest, *, random_seed: int) -> NewJob | None:
        """Return the job of a request that repeats its parent (again, HQ), not priced yet.

        None for a request with options of its own. Raises Refusal.
        """
        if request.relation not in ONE_PRESS:
            return None
        parent = await self._parent_of(request)
        if request.relation is Relation.AGAIN:
            return another(parent, request.source, request.place, random_seed=random_seed)
        version = upgrade_of(parent, self.offer.catalogue, unit=self.offer.unit)
        if version is None:
            raise Refusal(
                f"There is no better version of video #{parent.id} to be had any more; its other"
                " buttons still work."
            )
        return upgraded(parent, version, request.source, request.place)

    async def check(self, request: VideoRequest) -> None:
        """Raise Refusal if an input of the video isn't in the archive any more."""
        if request.relation is Relation.CONTINUE:
            parent = await self._parent_of(request)
            if parent.video is None or not await self.archive.holds(parent.video):
                raise Refusal(
                    f"The file of video #{parent.id} is no longer kept, so I can't continue it;"
                    " please make the video again."
                )
            return
        for key in request.kept:
            if not await self.archive.holds(key):
                raise _gone(request, key)

    async def provide(self, request: VideoRequest) -> None:
        """Cut the parent's last frame if it is needed, and mark all inputs as used.

        Raises Refusal if one of them is gone.
        """
        if request.relation is Relation.CONTINUE:
            await self._cut_frame(await self._parent_of(request), request.place.member_id)
        for key in request.kept:
            if not await self.archive.use(key):
                raise _gone(request, key)

    async def _cut_frame(self, parent: Job, member_id: int) -> None:
        assert parent.video is not None, "checked before"
        try:
            await self.videos.keep_last_frame(parent.video, frame_key(parent), member_id=member_id)
        except (ShrinkTrouble, NothingFits, FileNotFoundError) as trouble:
            raise Refusal(
                f"I couldn't read the last picture of video #{parent.id}; please try again later."
            ) from trouble

    async def _parent_of(self, request: VideoRequest) -> Job:
        return await self._parent(request.parent_id, request.place.guild_id)


def _gone(request: VideoRequest, key: str) -> Refusal:
    what = "video" if is_video(key) else "picture"
    return Refusal(
        f"The {what} that #{request.parent_id} was made from is no longer kept; please send it"
        " again."
    )
