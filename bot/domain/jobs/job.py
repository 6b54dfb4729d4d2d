"""The job: one paid request and its life."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bot.domain.catalogue.models import Kind
from bot.domain.options import Options

Argument: TypeAlias = "str | int | Sequence[Mapping[str, str | int]]"
"""A value of fal's input: a list of objects is for transitions."""


class Status(StrEnum):
    """Where a job is in its life. The database's CHECK lists the same values."""

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
    """Why a job failed. The database's CHECK lists the same values."""

    REFUSED = "refused"
    """fal refused the request before queueing it: free."""
    MODEL_ERROR = "model_error"
    """fal ran it and ended with an error that it may have billed."""
    SERVICE_ERROR = "service_error"
    """fal ended with an error of its own (5xx), which it never bills."""
    OUTCOME_UNKNOWN = "outcome_unknown"
    """Nobody can say whether fal took it, or what became of it: perhaps billed."""
    FILE_LOST = "file_lost"
    """fal made the video and lost the file: billed."""
    OWN_ERROR = "own_error"
    """A fault of our own, before fal was asked (free) or once the video was made (billed)."""


class Relation(StrEnum):
    """What a job is to its parent. The database's CHECK lists the same values."""

    AGAIN = "again"
    """The same request with a new seed."""
    EDIT = "edit"
    """Its request with other words or options."""
    HQ = "hq"
    """The same request and seed on a better model."""
    CONTINUE = "continue"
    """The next shot: it begins with its parent's last frame."""


ONE_PRESS = frozenset({Relation.AGAIN, Relation.HQ})
"""What one press of a button asks for: the same as before, so only the press tells two apart."""


class DeletedBy(StrEnum):
    """Who took a finished video away for good."""

    MAKER = "maker"
    MODERATOR = "moderator"

    @property
    def words(self) -> str:
        return "its maker" if self is DeletedBy.MAKER else "a moderator"


class DeliveredAs(StrEnum):
    """How a video reached its member. The database's CHECK lists the same values."""

    EDITED = "edited"
    """In the status message."""
    POSTED = "posted"
    """In a new message of the channel: the status message was out of reach."""
    DIRECT = "direct"
    """In a direct message: the channel was out of reach."""
    KEPT = "kept"
    """Not yet: the archive keeps it for `/pika show`."""


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
    # Only an unknown outcome may turn up after all; `may_become` checks the reason.
    Status.FAILED: frozenset({Status.SUBMITTED}),
    Status.CANCELED: frozenset(),
}

AT_FAL = frozenset({Status.SUBMITTING, Status.SUBMITTED, Status.RUNNING})
"""The states that take one of fal's places."""
DELETING, DELETED = "deleting", "deleted"
"""What the message of a deleted video says, before it does and since; `:` and by whom follows."""
ENDED = frozenset({Status.DELIVERED, Status.FAILED, Status.CANCELED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in Discord a job belongs. `message_id` is its status message, once there is one."""

    guild_id: int
    channel_id: int
    member_id: int
    message_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """What fal answered to a submit: its id for the request and its own three URLs."""

    request_id: str
    status_url: str
    response_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job before it has a row: everything that is fixed when it is accepted.

    `source` names what asked for it (one interaction, one message) and is unique. `prompt` is what
    members see of the request, `options` what they typed and picked, and `arguments` what fal gets:
    its input, complete but for its pictures' and videos' URLs. `resolution` and `seconds` are None
    where the input decides. `price` is in micro-dollars, `units` are of the daily quota. `inputs`
    are keys in the archive, in the order of `bot.domain.catalogue.inputs`. `fingerprint` is the same for the
    same request of the same member. `parent_id` is the job that this one came of, by `relation`.
    """

    source: str
    place: Place
    model: str
    kind: Kind
    endpoint: str
    prompt: str
    options: Options = field(default_factory=Options)
    arguments: Mapping[str, Argument]
    resolution: str | None
    seconds: int | None
    price: int
    price_assumed: bool
    units: int = 1
    inputs: tuple[str, ...] = ()
    fingerprint: str | None = None
    parent_id: int | None = None
    relation: Relation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(NewJob):
    """A job as its row says. All times are Unix milliseconds.

    `quota_day` and `owner_day` are the days whose quota and budgets it takes from: the server's, and
    the whole bot's. `status_at` is since when it has its status. `attempts` counts what was tried or asked in it,
    `errors` the unexpected ones. `turn` is the round of the line in which it goes to fal
    (`bot.domain.line.fairness`), `made_at` when fal's video was known to be made. `shown` names what the status message says now, so that equal edits aren't repeated.
    """

    id: int
    status: Status
    quota_day: int
    created_at: int
    status_at: int
    owner_day: int = 0
    attempts: int = 0
    errors: int = 0
    next_attempt_at: int = 0
    turn: int = 0
    input_urls: tuple[str, ...] = ()
    input_urls_expire_at: int | None = None
    submitting_at: int | None = None
    handle: Handle | None = None
    running_at: int | None = None
    made_at: int | None = None
    cancel_requested_at: int | None = None
    video_url: str | None = None
    billable_units: str | None = None
    video: str | None = None
    delivered_as: DeliveredAs | None = None
    ended_at: int | None = None
    failure: Failure | None = None
    failure_field: str | None = None
    failure_type: str | None = None
    shown: str | None = None

    def __post_init__(self) -> None:
        if self.status in {Status.SUBMITTED, Status.RUNNING} and self.handle is None:
            raise ValueError(f"job {self.id} is {self.status} without a request id")
        if (self.failure is not None) != (self.status is Status.FAILED):
            raise ValueError(f"job {self.id} is {self.status} with failure {self.failure}")

    def may_become(self, status: Status) -> bool:
        """Say whether the transition table allows `status` next."""
        if self.status is Status.FAILED and self.failure is not Failure.OUTCOME_UNKNOWN:
            return False
        return status in TRANSITIONS[self.status]

    @property
    def is_kept(self) -> bool:
        """Whether it ended with a video that its member has yet to fetch."""
        return self.delivered_as is DeliveredAs.KEPT

    @property
    def deleted_by(self) -> DeletedBy | None:
        """Who deleted its video; None if nobody did."""
        word, _, who = (self.shown or "").partition(":")
        return DeletedBy(who) if word in {DELETING, DELETED} else None

    @property
    def seed(self) -> int:
        seed = self.arguments["seed"]
        assert isinstance(seed, int), "a seed is a number"
        return seed
