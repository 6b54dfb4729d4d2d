"""The rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypedDict

from bot.domain.catalogue.models import Catalogue
from bot.domain.jobs.estimates import Shape, Span
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import DeletedBy, DeliveredAs, Failure, Handle, Job, NewJob, Place, Status
from bot.domain.line.fairness import Caps, OpenJobs
from bot.domain.moderation.admission import Admission
from bot.domain.moderation.rules import Asker, Ceilings


class Changes(TypedDict, total=False):
    """The columns that may be written along with a transition."""

    handle: Handle
    submitting_at: int
    running_at: int | None
    video_url: str
    billable_units: str | None
    video: str
    failure: Failure
    failure_field: str | None
    failure_type: str | None
    attempts: int
    next_attempt_at: int
    delivered_as: DeliveredAs
    message_id: int
    shown: str


class Conflict(Exception):
    """The row isn't in the state that a compare-and-set expected: somebody else was faster."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a job's own row doesn't say.

    `place` is where it waits in line, from 1; `counts` whether it takes a unit of the daily quota;
    `hold` why it isn't sent, whatever its place. `turn_at` is when its turn usually comes, `ready_at`
    from when until when its video is usually ready, in Unix milliseconds; None where nothing is
    known.
    """

    place: int | None
    counts: bool
    hold: HoldReason | None = None
    turn_at: int | None = None
    ready_at: Span | None = None


class JobStore(Protocol):
    """The rows. Each method is one transaction."""

    async def submit(
        self,
        job: NewJob,
        *,
        at: int,
        ceilings: Ceilings,
        asker: Asker | None = None,
        catalogue: Catalogue | None = None,
        same_within: int = 0,
        caps: Caps = ...,
    ) -> Job:
        """Take units, money and a turn, write the reservation and insert the job.

        Returns the existing job if `source` has one already. Raises AlreadyAsked if the member
        asked for the same within the last `same_within` milliseconds, and Refusal when the server's
        rules don't allow it, the quota or a budget is used up or the line is full. Without `asker`
        it is somebody without roles; `catalogue` are the models that the bot offers.
        """
        ...

    async def admission(
        self, guild_id: int, asker: Asker, *, at: int, ceilings: Ceilings
    ) -> Admission:
        """Return what would decide about a request of that member, at that time."""
        ...

    async def advance(
        self, job: Job, to: Status, *, at: int, changes: Changes | None = None
    ) -> Job:
        """Compare-and-set `job.status` to `to`, with its ledger entry. Raises Conflict."""
        ...

    async def admit(self, job: Job, *, at: int, concurrency: int) -> Job | None:
        """Move `created` to `submitting` if fal has room; None if it hasn't. Raises Conflict."""
        ...

    async def schedule(
        self, job: Job, *, attempts: int, next_attempt_at: int, errors: int | None = None
    ) -> Job:
        """Record when to look at the job again."""
        ...

    async def record_inputs(self, job: Job, urls: Sequence[str], expire_at: int) -> Job:
        """Record where fal has the job's inputs, and until when (Unix milliseconds)."""
        ...

    async def record_shown(self, job: Job, shown: str | None, message_id: int | None) -> None: ...

    async def request_cancel(self, job: Job, *, at: int) -> Job:
        """Cancel a `created` job; remember the wish for one that is on its way."""
        ...

    async def settle_unknown(self, job: Job, *, charged: bool, at: int) -> bool:
        """Write the operator's word on what an unknown outcome cost; False if there is none to settle."""
        ...

    async def mark_deleted(self, job: Job, by: DeletedBy, *, at: int) -> Job:
        """Record that deleting a delivered video was asked for. Raises Conflict if it was before."""
        ...

    async def mark_erased(self, job: Job, *, at: int) -> Job:
        """Record that a deleted video's files and message are gone.

        Raises Conflict if they were before, or if nobody deleted it.
        """
        ...

    async def remember_announcement(self, place: Place, *, at: int) -> None:
        """Remember an answer that stands before its job does; `submit` forgets it again."""
        ...

    async def forget_announcement(self, message_id: int) -> None: ...

    async def orphaned_announcements(self, *, before: int) -> Sequence[tuple[int, int]]:
        """Return channel and message ids of answers before then that no job came of."""
        ...

    async def job(self, job_id: int) -> Job | None: ...

    async def job_of(self, source: str) -> Job | None:
        """Return the job that a source made."""
        ...

    async def jobs_of(self, guild_id: int, member_id: int, *, limit: int) -> Sequence[Job]:
        """Return a member's newest jobs, newest first."""
        ...

    async def in_progress(self) -> Sequence[int]:
        """Return the ids of all jobs between `created` and their end, oldest first."""
        ...

    async def unreported_ends(self, *, limit: int) -> Sequence[int]:
        """Return the ids of jobs that ended without a posted video and whose message doesn't say so."""
        ...

    async def unannounced(self) -> Sequence[int]:
        """Return the ids of jobs on their way whose message says nothing of them yet."""
        ...

    async def unknown_outcomes(self, *, since: int) -> Sequence[int]:
        """Return the ids of jobs that ended since then with an unknown outcome, not yet settled."""
        ...

    async def at_fal(self, *, excluding: Collection[int]) -> int:
        """Return how many jobs take one of fal's places, leaving out the ids in `but`."""
        ...

    async def next_waiting(
        self, *, at: int, excluding: Collection[int], shut_endpoints: Collection[str] = ()
    ) -> Job | None:
        """Return the `created` job whose turn it is at that time.

        Leaves out the ids in `but` and the endpoints in `shut`.
        """
        ...

    async def open_counts(self) -> Mapping[Status, int]:
        """Return how many jobs that haven't ended there are of each status that has any."""
        ...

    async def line(self, *, limit: int) -> Sequence[Job]:
        """Return the first `created` jobs in the order in which they'll be admitted."""
        ...

    async def standing(self, job: Job) -> Standing:
        """Return what others' rows say about a job."""
        ...

    async def same_request(self, fingerprint: str | None, *, since: int) -> Job | None:
        """Return the newest job of the same request since then, unless it came to nothing."""
        ...

    async def open_jobs(self, guild_id: int, member_id: int) -> OpenJobs: ...

    async def render_times(self, shape: Shape | None, *, limit: int) -> Sequence[int]:
        """Return how long (milliseconds) the latest videos took from being sent to being made.

        Only those of that shape, or with None all.
        """
        ...

    async def owned_request_ids(self, request_ids: Collection[str]) -> set[str]:
        """Return those of `request_ids` that a row owns."""
        ...

    async def fact(self, key: str) -> str | None:
        """Return what `remember_fact` wrote; None if nothing, or None."""
        ...

    async def remember_fact(self, key: str, value: str | None) -> None: ...


class PastVideos(Protocol):
    """Reads only. A deleted video is none of them."""

    async def page(
        self,
        guild_id: int,
        member_id: int,
        *,
        older_than: int | None = None,
        newer_than: int | None = None,
        limit: int,
    ) -> Sequence[Job]:
        """Return a member's finished videos next to a job's number, newest first."""
        ...

    async def deleting(self) -> Sequence[Job]:
        """Return the jobs whose deletion was asked for and isn't finished, oldest first."""
        ...

    async def needed(self) -> Collection[str]:
        """Return the archive's keys that open jobs need."""
        ...

    async def only_of(self, job: Job, keys: Collection[str]) -> Collection[str]:
        """Return those of `keys` that no other job was made from."""
        ...
