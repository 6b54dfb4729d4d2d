"""Queries of members: their jobs and videos, and the models and quota that they may use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.application.line.estimates import Estimates
from bot.application.line.line_state import LineState
from bot.domain.catalogue.models import Catalogue
from bot.domain.jobs.job import ENDED, Job, Status
from bot.domain.moderation.admission import Admission
from bot.domain.moderation.policy import check_access, narrowed
from bot.domain.moderation.rules import Asker, Ceilings
from bot.domain.refusal import NotPossible, NotYours, out_of_sight
from bot.domain.requests.cost_overview import KindCost, kind_costs
from bot.domain.requests.request import Offer
from bot.ports import Archive, Clock, JobStore, Members, RuleBook, Standing

_UNKNOWN_REFERENCE = (
    "I don't know that video any more, so nothing was done; `/pika history` shows your videos."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """Reads jobs and videos. Changes nothing."""

    store: JobStore
    """Job rows."""
    archive: Archive
    """The videos that are still kept."""
    clock: Clock
    """The time."""
    line: LineState
    """Hold reasons of waiting jobs."""
    estimates: Estimates
    """Usual times."""

    async def jobs(
        self, guild_id: int, member_id: int, *, limit: int
    ) -> Sequence[tuple[Job, Standing]]:
        """Return a member's newest jobs, newest first."""
        jobs = await self.store.jobs_of(guild_id, member_id, limit=limit)
        return [(job, await self._standing(job)) for job in jobs]

    async def _standing(self, job: Job) -> Standing:
        standing = self.line.with_hold(job, await self.store.standing(job))
        return await self.estimates.with_times(job, standing)

    async def counts(self) -> Mapping[Status, int]:
        """Return the number of jobs of each status that haven't ended."""
        return await self.store.open_counts()

    async def open_jobs(self, guild_id: int, member_id: int) -> Sequence[Job]:
        """Return those of a member's newest jobs that may still be canceled."""
        jobs = await self.store.jobs_of(guild_id, member_id, limit=50)
        return [job for job in jobs if job.status not in ENDED]

    async def video(self, job_id: int, guild_id: int, *, may_see: Callable[[Job], bool]) -> Job:
        """Return a job of the server with a kept video, if `may_see` allows it. Raises Refusal."""
        job = await self.job(job_id, guild_id, may_see=may_see)
        if job.deleted_by is not None:
            raise NotPossible(
                f"Video #{job_id} is gone: {job.deleted_by.words} deleted it for good."
            )
        if job.video is None:
            raise NotPossible(
                f"There is no file of video #{job_id}; `/pika jobs` says where it stands."
            )
        if not await self.archive.holds(job.video):
            raise NotPossible(
                f"The file of video #{job_id} is no longer kept; please make the video again."
            )
        return job

    async def videos(self, guild_id: int, member_id: int) -> Sequence[Job]:
        """Return those of a member's newest jobs that have a video which wasn't deleted."""
        jobs = await self.store.jobs_of(guild_id, member_id, limit=50)
        return [job for job in jobs if job.video is not None and job.deleted_by is None]

    async def own_job(self, job_id: int, guild_id: int, member_id: int) -> Job:
        """Return a member's own job. Raises Refusal."""
        job = await self._job(job_id, guild_id)
        if job.place.member_id != member_id:
            raise NotPossible(f"Video #{job_id} isn't yours; `/pika text` makes one of your own.")
        return job

    async def has_job(self, source: str) -> bool:
        """Return whether there is a job of the source, an interaction or a message."""
        return await self.store.job_of(source) is not None

    async def referred(
        self, reference: str, guild_id: int, *, may_see: Callable[[Job], bool]
    ) -> Job:
        """Return the job that a button on a message refers to, of any server. Raises Refusal.

        A number, from before there were tags, may have meant another database's job: it obeys only
        those who may see the job of this one.
        """
        job = await self.store.job_by_reference(reference)
        if job is None:
            raise NotPossible(_UNKNOWN_REFERENCE)
        if job.tag is None and not (job.place.guild_id == guild_id and may_see(job)):
            raise NotYours(_UNKNOWN_REFERENCE)
        return job

    async def job(self, job_id: int, guild_id: int, *, may_see: Callable[[Job], bool]) -> Job:
        """Return a job of the server, if `may_see` allows it. Raises Refusal."""
        job = await self._job(job_id, guild_id)
        if not may_see(job):
            raise out_of_sight(job_id)
        return job

    async def _job(self, job_id: int, guild_id: int) -> Job:
        job = await self.store.job(job_id)
        if job is None or job.place.guild_id != guild_id:
            raise NotPossible(f"There is no video #{job_id} here any more.")
        return job


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlements:
    """Reads the rules that count for a member. Changes nothing."""

    store: JobStore
    """Rules, quota and budgets."""
    members: Members
    """Preferences."""
    clock: Clock
    """The time at which rules count."""
    offer: Offer
    """The operator's catalogue and prompt template."""
    ceilings: Ceilings
    """The operator's limits above all rules of servers."""
    rules: RuleBook
    """Rules alone."""

    async def check_access(self, guild_id: int, asker: Asker, *, makes: bool) -> None:
        """Raise Refusal if the server's rules don't let the member use the bot there now.

        `makes`: for a video that is to be made; otherwise for one that is to be shown.
        """
        rules = await self.rules.rules(guild_id, asker.member_id)
        check_access(rules, asker, at=self.clock.now(), makes=makes)

    async def admission(self, guild_id: int, asker: Asker) -> Admission:
        """Return the rules that count for a member, and the rest of quota and budgets."""
        return await self.store.admission(
            guild_id, asker, at=self.clock.now(), ceilings=self.ceilings
        )

    async def models(self, guild_id: int, asker: Asker) -> Catalogue:
        """Return the models that a member may use. Raises Refusal if there are none."""
        return narrowed(self.offer.catalogue, (await self.admission(guild_id, asker)).quality)

    async def kind_costs(self, admission: Admission) -> Sequence[KindCost]:
        """Return the cost of each kind of video for the member. Raises Refusal."""
        preferences = await self.members.preferences(admission.asker.member_id)
        return kind_costs(self.offer, admission.quality, preferences, thrifty=admission.is_thrifty)
