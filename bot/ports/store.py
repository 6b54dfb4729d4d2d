"""Port of the store: rows of jobs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.catalogue.models import Catalogue
from bot.domain.jobs.estimates import Shape, Span
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import DeletedBy, Job, NewJob, Place, Status
from bot.domain.jobs.unkept import Unkept
from bot.domain.line.fairness import Caps
from bot.domain.moderation.admission import Admission
from bot.domain.moderation.rules import Asker, Ceilings
from bot.ports.changes import Changes


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts about a job that its own row doesn't have."""

    place: int | None
    """Its place in line, from 1; None: it doesn't wait there."""
    counts: bool
    """True if it takes a unit of the daily quota."""
    hold: HoldReason | None = None
    """The reason for which it isn't sent, whatever its place; None: there is none."""
    unkept: Unkept | None = None
    """The reason for which its finished video isn't kept yet; None: none is known."""
    turn_at: int | None = None
    """The time at which it is usually sent, in Unix milliseconds; None: it isn't known."""
    ready_at: Span | None = None
    """The times between which its video is usually ready, in Unix milliseconds; None: not known."""


class JobStore(Protocol):
    """Rows of jobs. Each method is one transaction."""

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
        """Insert a job with its turn in the line, and the reservation of its units and money.

        Return the existing job if `source` has one already. Raises AlreadyAsked if the member asked
        for the same within the last `same_within` milliseconds, and Refusal if the server's rules
        don't allow the job, the quota or a budget is used up, or the line is full. Without `asker`
        the member counts as one without roles; `catalogue` are the models that the bot offers.
        """
        ...

    async def admission(
        self, guild_id: int, asker: Asker, *, at: int, ceilings: Ceilings
    ) -> Admission:
        """Return everything that decides about a request of that member at the time `at`."""
        ...

    async def advance(
        self, job: Job, to: Status, *, at: int, changes: Changes | None = None
    ) -> Job:
        """Compare-and-set `job.status` to `to`, with its ledger entry. Raises Conflict.

        The row must have the job's status since the same time. Raises Owned if another job has the
        request id or the video's URL in `changes`, and Unrecordable for values that never fit.
        """
        ...

    async def admit(
        self, job: Job, *, at: int, concurrency: int, fal_offset: int | None = None
    ) -> Job | None:
        """Move a job from `created` to `submitting`.

        `fal_offset` are the milliseconds that fal's clock is ahead; None if that isn't known.

        Return None if `concurrency` jobs are at fal already. Raises Conflict.
        """
        ...

    async def schedule(
        self, job: Job, *, attempts: int, next_attempt_at: int, errors: int | None = None
    ) -> Job:
        """Record the time at which the job is looked at again. Raises Conflict.

        `next_attempt_at` is in Unix milliseconds.
        """
        ...

    async def record_inputs(self, job: Job, urls: Sequence[str], expire_at: int) -> Job:
        """Record the URLs of the job's inputs at fal, and their end. Raises Conflict.

        `expire_at` is in Unix milliseconds.
        """
        ...

    async def record_shown(
        self,
        job: Job,
        shown: str | None,
        message_id: int | None,
        *,
        told: str | None = None,
        end_missed: bool = False,
    ) -> None:
        """Record the content of the job's status message, and the message's id.

        `told` is the end that the member was mentioned for; None leaves what is recorded.
        `end_missed`: that content is an end, and the message couldn't be written.
        """
        ...

    async def request_cancel(self, job: Job, *, at: int) -> Job:
        """Cancel a `created` job; record the wish for a job that is on its way."""
        ...

    async def confirm_cancel(self, job: Job, *, at: int) -> Job:
        """Record that fal accepted the cancel of a job. Raises Conflict."""
        ...

    async def settle_unknown(
        self, job: Job, *, charged: bool, at: int, ending: bool = False
    ) -> bool:
        """Settle the cost of an unknown outcome by the operator's decision.

        With `ending`, a job that is at fal, or uncertain, ends with an unknown outcome first.
        Return False if the job has none, or is settled already. Raises Conflict if the job has
        changed meanwhile.
        """
        ...

    async def mark_deleted(self, job: Job, by: DeletedBy, *, at: int) -> Job:
        """Record that a delivered video is to be deleted. Raises Conflict if that was before."""
        ...

    async def mark_erased(self, job: Job, *, at: int) -> Job:
        """Record that a deleted video's files and message are gone.

        Raises Conflict if they were before, or if nobody deleted it.
        """
        ...

    async def tag_for(self, source: str, tag: str, *, at: int) -> str:
        """Return the tag that was kept for a source within the last day; keep `tag` if none was."""
        ...

    async def remember_announcement(self, place: Place, tag: str, *, at: int) -> None:
        """Record an announcement: an answer that stands before its job. `submit` deletes it.

        `tag` stands in a custom id under it, and becomes the job's.
        """
        ...

    async def forget_announcement(self, message_id: int) -> None:
        """Delete the record of an announcement."""
        ...

    async def orphaned_announcements(self, *, before: int, after: int) -> Sequence[tuple[int, int]]:
        """Return channel and message ids of announcements without a job from before that time.

        Those from later than `after`, the current time, are of a clock that was ahead.
        """
        ...

    async def job(self, job_id: int) -> Job | None:
        """Return a job by its number."""
        ...

    async def job_by_reference(self, reference: str) -> Job | None:
        """Return a job by its tag, or by its number one from before there were tags."""
        ...

    async def job_of(self, source: str) -> Job | None:
        """Return the job that was made from a source."""
        ...

    async def jobs_of(self, guild_id: int, member_id: int, *, limit: int) -> Sequence[Job]:
        """Return a member's newest jobs, newest first."""
        ...

    async def in_progress(self) -> Sequence[int]:
        """Return the ids of all jobs between `created` and their end, oldest first."""
        ...

    async def unkept(self) -> Sequence[int]:
        """Return the ids of jobs whose video fal has made and the archive doesn't have yet."""
        ...

    async def unreported_ends(self, *, limit: int) -> Sequence[int]:
        """Return the ids of jobs that ended without a posted video, which no message shows yet."""
        ...

    async def missed_ends(self, *, since: int, limit: int) -> Sequence[int]:
        """Return the newest jobs that ended after that time and whose messages missed it: ids."""
        ...

    async def unannounced(self) -> Sequence[int]:
        """Return the ids of jobs on their way that no message shows yet."""
        ...

    async def unknown_outcomes(self, *, since: int) -> Sequence[int]:
        """Return the ids of jobs that ended after that time with an unknown outcome."""
        ...

    async def is_settled(self, job: Job) -> bool:
        """Return whether the operator has settled the cost of a job of unknown outcome."""
        ...

    async def without_request(self, endpoint: str) -> Sequence[Job]:
        """Return the jobs of an endpoint that fal may have, but whose request isn't known.

        Among them are those that are being sent; settled ones are not.
        """
        ...

    async def at_fal(self, *, excluding: Collection[int]) -> int:
        """Return the number of jobs that take one of fal's slots, without those in `excluding`."""
        ...

    async def next_waiting(
        self,
        *,
        at: int,
        excluding: Collection[int],
        shut_endpoints: Collection[str] = (),
        longest_wait: int = ...,
    ) -> Job | None:
        """Return the first `created` job in line that may be sent at that time.

        Jobs with an id in `excluding` or an endpoint in `shut_endpoints` are passed over. A wait
        of more than `longest_wait` milliseconds was recorded by a clock that was ahead: it is over.
        """
        ...

    async def open_counts(self) -> Mapping[Status, int]:
        """Return the number of jobs of each status, of those that haven't ended."""
        ...

    async def line(self, *, limit: int) -> Sequence[Job]:
        """Return the first `created` jobs in the order of the line."""
        ...

    async def standing(self, job: Job) -> Standing:
        """Return the facts about a job that follow from other rows."""
        ...

    async def same_request(self, fingerprint: str | None, *, since: int) -> Job | None:
        """Return the newest job of the same request since then, but no failed or canceled one."""
        ...

    async def render_times(self, shape: Shape | None, *, limit: int) -> Sequence[int]:
        """Return the times (milliseconds) of the latest videos from the submit to the end.

        They are those of videos of `shape`, or with None of all videos.
        """
        ...

    async def owned_request_ids(self, request_ids: Collection[str]) -> set[str]:
        """Return those of `request_ids` that a row owns."""
        ...

    async def fact(self, key: str) -> str | None:
        """Return the value that `remember_fact` wrote; None if there is none."""
        ...

    async def remember_fact(self, key: str, value: str | None) -> None:
        """Write a value that outlasts the process; None deletes it."""
        ...
