"""The job: one paid request and its life."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bot.domain.catalogue.models import Kind
from bot.domain.markup import is_covered
from bot.domain.options import Options

Argument: TypeAlias = "str | int | Sequence[Mapping[str, str | int]]"
"""A value of fal's input: a list of objects is for transitions."""


class Status(StrEnum):
    """The state of a job. The database's CHECK lists the same values."""

    CREATED = "created"
    SUBMITTING = "submitting"
    UNCERTAIN = "uncertain"
    SUBMITTED = "submitted"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    STORED = "stored"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELED = "canceled"


class Failure(StrEnum):
    """The reason why a job failed. The database's CHECK lists the same values."""

    REFUSED = "refused"
    """fal refused the request before queueing it: free."""
    MODEL_ERROR = "model_error"
    """fal ran the request, which ended with an error that fal may have billed."""
    SERVICE_ERROR = "service_error"
    """fal ended with an error of its own (5xx), which it never bills."""
    OUTCOME_UNKNOWN = "outcome_unknown"
    """Unknown whether fal took the request, or how it ended: perhaps billed."""
    FILE_LOST = "file_lost"
    """fal made the video, and its file couldn't be fetched while fal keeps files: billed."""
    OWN_ERROR = "own_error"
    """A fault of our own, before fal was asked (free) or once the video was made (billed)."""


class Relation(StrEnum):
    """The relation of a job to its parent. The database's CHECK lists the same values."""

    AGAIN = "again"
    """The same request with a new seed."""
    EDIT = "edit"
    """The parent's request with other words or options."""
    HQ = "hq"
    """The same request and seed on a better model."""
    CONTINUE = "continue"
    """The next shot, which begins with the parent's last frame."""


ONE_PRESS = frozenset({Relation.AGAIN, Relation.HQ})
"""The relations that one press of a button asks for: two requests differ by their press only."""


class DeletedBy(StrEnum):
    """The person who deleted a finished video. The database's CHECK lists the same values."""

    MAKER = "maker"
    MODERATOR = "moderator"

    @property
    def words(self) -> str:
        return "its maker" if self is DeletedBy.MAKER else "a moderator"


class DeliveredAs(StrEnum):
    """The way in which a video reached its member. The database's CHECK lists the same values."""

    EDITED = "edited"
    """In the status message."""
    POSTED = "posted"
    """In a new message of the channel: the status message was out of reach."""
    DIRECT = "direct"
    """In a direct message: the channel was out of reach."""
    KEPT = "kept"
    """Not yet: the archive keeps the video for `/pika show`."""


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.CREATED: frozenset({Status.SUBMITTING, Status.CANCELED, Status.FAILED}),
    Status.SUBMITTING: frozenset(
        {Status.SUBMITTED, Status.CREATED, Status.FAILED, Status.UNCERTAIN}
    ),
    Status.UNCERTAIN: frozenset({Status.SUBMITTED, Status.FAILED}),
    Status.SUBMITTED: frozenset({Status.RUNNING, Status.SUCCEEDED, Status.FAILED, Status.CANCELED}),
    Status.RUNNING: frozenset({Status.SUBMITTED, Status.SUCCEEDED, Status.FAILED, Status.CANCELED}),
    Status.SUCCEEDED: frozenset({Status.STORED, Status.FAILED}),
    Status.STORED: frozenset({Status.DELIVERED}),
    Status.DELIVERED: frozenset(),
    # An unknown outcome may turn up after all, and a lost file; `may_become` checks the reason.
    Status.FAILED: frozenset({Status.SUBMITTED, Status.SUCCEEDED}),
    Status.CANCELED: frozenset(),
}

_AFTER_ALL = frozenset(
    {
        (Failure.OUTCOME_UNKNOWN, Status.SUBMITTED),
        # Settled by the operator; the video is there after all.
        (Failure.OUTCOME_UNKNOWN, Status.SUCCEEDED),
        (Failure.FILE_LOST, Status.SUCCEEDED),
    }
)

AT_FAL = frozenset({Status.SUBMITTING, Status.SUBMITTED, Status.RUNNING})
"""The states that take one of fal's slots."""
CANCELABLE = frozenset({Status.CREATED, Status.SUBMITTING, Status.UNCERTAIN, Status.SUBMITTED})
"""The states in which canceling may still save the money: fal finishes and charges what it runs."""
HAS_VIDEO = frozenset({Status.STORED, Status.DELIVERED})
"""The states of a job whose video is in the archive."""
RELEASABLE = frozenset({Status.SUBMITTING, Status.UNCERTAIN, Status.SUBMITTED, Status.RUNNING})
"""The states that the operator may end: fal may have the request, or has it."""
RELEASED = "released"
"""The failure type of a job that the operator ended while fal had it, or may have had it."""
FILE_REFUSED = "file_refused"
"""The failure type of a delivered job whose file Discord refused in the job's channel."""
UNDER_WAY = AT_FAL | {Status.SUCCEEDED, Status.STORED}
"""The states of a job that fal has or had, and whose video isn't delivered yet."""
ENDED = frozenset({Status.DELIVERED, Status.FAILED, Status.CANCELED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place in Discord where a job belongs, by Discord's ids."""

    guild_id: int
    channel_id: int
    member_id: int
    """The member who asked for the video."""
    message_id: int | None = None
    """The status message; None until there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """fal's id for a request and fal's own three URLs of it, as answered to the submit."""

    request_id: str
    status_url: str
    response_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job before it has a row: everything that is fixed when the request is accepted."""

    source: str
    """The interaction or message that asked for the job, such as `interaction:123`; unique."""
    place: Place
    model: str
    """The model's key in the catalogue."""
    kind: Kind
    endpoint: str
    """fal's id of the endpoint that gets the request."""
    prompt: str
    """The prompt as members see it."""
    options: Options = field(default_factory=Options)
    """The options as the member typed and picked them."""
    arguments: Mapping[str, Argument]
    """fal's input, complete but for the URLs of pictures and videos."""
    resolution: str | None
    """Such as `720p`; None where the input decides."""
    seconds: int | None
    """The video's length in seconds; None where the input decides."""
    price: int
    """In micro-dollars."""
    price_assumed: bool
    """True where fal states no price."""
    units: int = 1
    """The units that the job takes of the daily quota."""
    inputs: tuple[str, ...] = ()
    """Keys in the archive, in the order of `bot.domain.catalogue.inputs`."""
    fingerprint: str | None = None
    """A hash of the request, equal for the same request of the same member."""
    parent_id: int | None = None
    """The job that this one was made of."""
    relation: Relation | None = None
    """The relation to the parent; None without one."""
    tag: str | None = None
    """The job's name in whatever outlives its row (`bot.domain.jobs.tags`); None: from before."""
    spoiler: bool = False
    """True if something it is made from is covered: so is whatever is posted of its video."""

    @property
    def has_covered_words(self) -> bool:
        """True if its member put words between spoiler bars: they are quoted covered."""
        return self.options.has_spoiler or is_covered(self.prompt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(NewJob):
    """A job as its row says. All times are Unix milliseconds, None for what hasn't happened."""

    id: int
    status: Status
    quota_day: int
    """The server's day whose quota and budgets the job takes from, in days since 1970-01-01."""
    created_at: int
    status_at: int
    """The time since when the job has its status."""
    owner_day: int = 0
    """The owner's day whose bot-wide budgets the job takes from, in days since 1970-01-01."""
    attempts: int = 0
    """The number of tries, or of questions to fal, in this status."""
    errors: int = 0
    """The number of unexpected errors in this status."""
    next_attempt_at: int = 0
    """The earliest time of the next try; 0: at once."""
    turn: int = 0
    """The round of the line in which the job goes to fal (`bot.domain.line.fairness`)."""
    input_urls: tuple[str, ...] = ()
    """fal's URLs of the inputs, in their order; empty until they are uploaded."""
    input_urls_expire_at: int | None = None
    submitting_at: int | None = None
    """The time at which the job was last admitted, before its POST."""
    handle: Handle | None = None
    """None until fal has accepted the request."""
    fal_offset: int | None = None
    """Milliseconds that fal's clock was ahead when the job was last admitted; None: not known."""
    at_fal_since: int | None = None
    """The time since when the request is known to be at fal, whether it waits there or runs."""
    running_at: int | None = None
    """The time at which fal was seen to run the request."""
    made_at: int | None = None
    """The time at which fal's video was known to be made."""
    cancel_requested_at: int | None = None
    cancel_confirmed_at: int | None = None
    """The time at which fal accepted the cancel."""
    video_url: str | None = None
    """fal's URL of the video; None until it is made."""
    billable_units: str | None = None
    """The units that fal's answer said were billed, as fal wrote them."""
    video: str | None = None
    """The video's key in the archive; None until it is stored."""
    delivered_as: DeliveredAs | None = None
    ended_at: int | None = None
    failure: Failure | None = None
    failure_field: str | None = None
    """The field of fal's input that an error was about."""
    failure_type: str | None = None
    """The type of an error, as fal or the bot names it."""
    failure_words: str | None = None
    """fal's own words on an error, cut; None if it wrote none."""
    told: str | None = None
    """The end that the member was mentioned for, so that the same one isn't told twice."""
    shown: str | None = None
    """A key for what the status message says now, so that equal edits aren't repeated."""
    deleted_by: DeletedBy | None = None
    """Set as soon as deleting the finished video is asked for."""
    deleted_at: int | None = None
    """The time at which deleting it was asked for."""
    erased_at: int | None = None
    """The time at which its files and its message were gone."""

    def __post_init__(self) -> None:
        if self.status in {Status.SUBMITTED, Status.RUNNING} and self.handle is None:
            raise ValueError(f"job {self.id} is {self.status} without a request id")
        if (self.failure is not None) != (self.status is Status.FAILED):
            raise ValueError(f"job {self.id} is {self.status} with failure {self.failure}")

    def may_become(self, status: Status) -> bool:
        """Return whether the transition table allows `status` next."""
        if self.status is Status.FAILED:
            return (self.failure, status) in _AFTER_ALL
        return status in TRANSITIONS[self.status]

    @property
    def is_kept(self) -> bool:
        """True if the job ended with a video that its member has yet to fetch."""
        return self.delivered_as is DeliveredAs.KEPT

    @property
    def is_refused_here(self) -> bool:
        """True if the job ended with a video whose file Discord refused in the job's channel."""
        return self.status is Status.DELIVERED and self.failure_type == FILE_REFUSED

    @property
    def reference(self) -> str:
        """The name of the job on buttons and in URLs: its tag, or the number of an old job."""
        return self.tag or str(self.id)

    @property
    def seed(self) -> int:
        seed = self.arguments["seed"]
        assert isinstance(seed, int), "a seed is a number"
        return seed
