"""The operator's decisions: the request of a job, and the money of an unknown outcome."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.application.pipeline.reconciliation import candidates_for, rivals_of
from bot.domain.calendar import DAY_MS
from bot.domain.jobs.fal import FalTrouble, Finished, Forgotten, Progress, Queued, Video
from bot.domain.jobs.job import RELEASABLE, Failure, Handle, Job, Status
from bot.domain.jobs.reconciliation import is_input_of, listed_since, pick, sent_from
from bot.domain.money import show_usd
from bot.domain.refusal import Refusal
from bot.ports import Changes, Clock, Conflict, Fal, JobStore

log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileJob:
    """Gives a job its request at fal: the only candidate, or the one that the operator names."""

    store: JobStore
    """Job rows."""
    fal: Fal
    """Lists requests, and tells their progress."""
    clock: Clock
    """The time of transitions."""
    submit_within: float
    """The longest time in seconds that a submit's POST may have taken."""
    go_on: Callable[[int], None] | None
    """Drives a job whose request was found; None while no bot runs."""

    async def __call__(self, job_id: int, request_id: str | None) -> str:
        """Return the outcome as a sentence. Raises Refusal; then nothing was changed."""
        job = await _existing_job(self.store, job_id)
        # Without a running bot there is nothing to wake: a start asks for every file anyway.
        waits = job.status is Status.SUCCEEDED and self.go_on is not None
        if request_id is None and (waits or job.failure is Failure.FILE_LOST):
            return await self._fetch_again(job)
        await self._check_open(job)
        try:
            handle = job.handle or await self._find(job, request_id)
            if request_id not in {None, handle.request_id}:
                raise Refusal(
                    f"Job {job_id} is fal's request {handle.request_id}, so it can't be another"
                    f" one; `python -m bot jobs reconcile {job_id}` asks fal about it."
                )
            progress = await self.fal.progress(handle)
            to, changes = await self._next_state(job, handle, progress)
        except FalTrouble as trouble:
            raise Refusal(f"fal can't be asked just now ({trouble}); try again later.") from trouble
        if isinstance(progress, Forgotten):
            raise Refusal(
                f"fal doesn't know the request {handle.request_id}. {_charge_advice(job)}"
            )
        try:
            await self.store.advance(job, to, at=self.clock.now(), changes=changes)
        except Conflict as conflict:
            raise _overtaken(job_id, conflict) from conflict
        log.info("job %d: %s -> %s (by the operator)", job_id, job.status, to)
        when = self._go_on(job_id)
        state = _progress_text(progress)
        return (
            f"Job {job_id} is fal's request {handle.request_id}, which {state}; it goes on{when}."
        )

    async def _fetch_again(self, job: Job) -> str:
        """Take up a job whose file couldn't be fetched; return a sentence. Raises Refusal."""
        try:
            if job.status is Status.FAILED:
                await self.store.advance(job, Status.SUCCEEDED, at=self.clock.now())
                log.info("job %d: %s -> succeeded (by the operator)", job.id, job.status)
            else:
                await self.store.schedule(job, attempts=job.attempts, next_attempt_at=0)
        except Conflict as conflict:
            raise _overtaken(job.id, conflict) from conflict
        when = self._go_on(job.id)
        return (
            f"fal has made job {job.id}; its file is asked for again{when}, for as long as fal"
            " keeps files."
        )

    def _go_on(self, job_id: int) -> str:
        """Have the job driven; return when that is, as the end of a clause."""
        if self.go_on is None:
            return " when the bot is started"
        self.go_on(job_id)
        return ""

    async def _check_open(self, job: Job) -> None:
        if job.failure is not Failure.OUTCOME_UNKNOWN and job.status is not Status.UNCERTAIN:
            raise Refusal(
                f"Job {job.id} is {_status_text(job)}: only one that is uncertain, or failed with"
                f" outcome_unknown or file_lost, is looked for.{_cancel_advice(job)}"
            )

    async def _next_state(
        self, job: Job, handle: Handle, progress: Progress
    ) -> tuple[Status, Changes]:
        """Return the state in which the job goes on. Raises Refusal and FalTrouble.

        A job whose cost was settled goes on only for a video.
        """
        if job.failure is not Failure.OUTCOME_UNKNOWN or not await self.store.is_settled(job):
            return Status.SUBMITTED, {"handle": handle}
        if isinstance(progress, Finished):
            result = await self.fal.result(handle)
            if isinstance(result, Video):
                return Status.SUCCEEDED, {
                    "handle": handle,
                    "video_url": result.url,
                    "billable_units": result.billable_units,
                }
        raise Refusal(
            f"What job {job.id} cost was settled with `jobs release`, and fal has no video for it,"
            " so it stays ended."
        )

    async def _find(self, job: Job, request_id: str | None) -> Handle:
        if request_id is None:
            request_id = await self._only_candidate(job)
        else:
            await self._check_request(job, request_id)
        return self.fal.handle(job.endpoint, request_id)

    async def _only_candidate(self, job: Job) -> str:
        candidates = await candidates_for(self.store, self.fal, job, self.submit_within)
        name = f"`python -m bot jobs reconcile {job.id} REQUEST_ID`"
        rivals = await rivals_of(self.store, self.fal, job, candidates, self.submit_within)
        if (request := pick(job, candidates, rivals)) is not None:
            return request.request_id
        match candidates:
            case []:
                looking = "the bot goes on looking. " if job.status is Status.UNCERTAIN else ""
                raise Refusal(
                    f"fal's listing has no request that can be job {job.id}'s. It shows requests"
                    f" only once they have ended, so {looking or 'it may turn up later. '}"
                    f"If you know its id from fal.ai/dashboard, {name} takes it."
                )
            case several:
                ids = ", ".join(request.request_id for request in several)
                raise Refusal(
                    f"{len(several)} requests can be job {job.id}'s: {ids}. Look at them at"
                    f" fal.ai/dashboard; {name} takes one."
                )

    async def _check_request(self, job: Job, request_id: str) -> None:
        """Raise Refusal if the request can't be this job's."""
        if not _REQUEST_ID.fullmatch(request_id):
            raise Refusal("That is no request id of fal's; they look like 764cabcf-b745-4b3e-….")
        if await self.store.owned_request_ids({request_id}):
            raise Refusal(
                f"The request {request_id} is another job's; `python -m bot jobs` lists them."
            )
        # fal lists requests by the time they ended. A day more is read, so that a request that is
        # older than the job can be refused.
        since = listed_since(job, self.fal.clock_offset()) - DAY_MS
        listed = await self.fal.find(job.endpoint, since=since)
        earliest = sent_from(job, self.fal.clock_offset())
        for request in listed:
            if request.request_id != request_id:
                continue
            if request.sent_at < earliest:
                raise Refusal(f"The request {request_id} was sent before job {job.id} was.")
            if request.arguments and not is_input_of(job, request):
                raise Refusal(f"The request {request_id} has another input than job {job.id}.")


@dataclass(frozen=True, slots=True)
class ReleaseJob:
    """Settles the money that is held for a job with an unknown outcome.

    A job that is at fal, or uncertain, is ended by that.
    """

    store: JobStore
    """Job rows."""
    clock: Clock
    """The time of the settlement."""
    wake: Callable[[int], None] | None = None
    """Has a job's driver read its row; None while no bot runs."""

    async def __call__(self, job_id: int, *, charged: bool) -> str:
        """Return the outcome as a sentence. Raises Refusal; then nothing was changed."""
        job = await _existing_job(self.store, job_id)
        if job.status is Status.SUBMITTING and self.wake is not None:
            raise Refusal(f"Job {job_id} is being sent this very moment; try again in a minute.")
        if job.failure is not Failure.OUTCOME_UNKNOWN and job.status not in RELEASABLE:
            raise Refusal(
                f"Job {job_id} is {_status_text(job)}: only one that is at fal, is uncertain, or"
                f" failed with outcome_unknown is released.{_cancel_advice(job)}"
            )
        try:
            settled = await self.store.settle_unknown(
                job, charged=charged, at=self.clock.now(), ending=True
            )
        except Conflict as conflict:
            raise _overtaken(job_id, conflict) from conflict
        if not settled:
            raise Refusal(f"Nothing is held for job {job_id} any more.")
        log.info("job %d: settled by the operator, charged: %s", job_id, charged)
        if self.wake is not None:
            self.wake(job_id)
        outcome = "now counts as spent" if charged else "is no longer held: booked as not charged"
        ended = "" if job.status is Status.FAILED else " It has ended, and its unit is back."
        return (
            f"{show_usd(job.price)} for job {job_id} {outcome}.{ended} If fal has a video of it"
            " after all, it is still delivered, and booked as spent."
        )


async def _existing_job(store: JobStore, job_id: int) -> Job:
    job = await store.job(job_id)
    if job is None:
        raise Refusal(f"There is no job {job_id}; `python -m bot jobs` lists them.")
    return job


def _overtaken(job_id: int, conflict: Conflict) -> Refusal:
    return Refusal(f"{conflict}; `python -m bot jobs show {job_id}` says more.")


def _cancel_advice(job: Job) -> str:
    """Return how a job is ended that still waits in line, as a sentence; of others nothing."""
    if job.status is not Status.CREATED:
        return ""
    return " It waits in line: its member, or a moderator, cancels it with `/pika cancel`."


def _status_text(job: Job) -> str:
    return f"{job.status} ({job.failure})" if job.failure else str(job.status)


def _charge_advice(job: Job) -> str:
    if job.handle is None:
        return "Is its id right?"
    release = f"python -m bot jobs release {job.id}"
    return (
        f"See at fal.ai/dashboard whether it was charged: `{release}` says no,"
        f" `{release} --charged` yes."
    )


def _progress_text(progress: Progress) -> str:
    match progress:
        case Finished():
            return "has ended"
        case Queued():
            return "waits there"
        case _:
            return "is running"
