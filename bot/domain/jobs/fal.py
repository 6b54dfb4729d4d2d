"""What fal's answers mean, as values. The protocol: https://fal.ai/docs/documentation/model-apis/inference/queue"""

from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import Failure, Handle


@dataclass(frozen=True, slots=True)
class Accepted:
    """fal has the request."""

    handle: Handle


@dataclass(frozen=True, slots=True)
class Rejected:
    """fal refused the request for good and queued nothing.

    `field` is the input it names, `type` its own word for what is wrong with it.
    """

    http_status: int
    type: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Provably not queued, for a reason that may pass: not sent, or 401, 402, 403, 429."""

    reason: str
    hold: HoldReason


@dataclass(frozen=True, slots=True)
class Unknown:
    """fal may have queued it, or not: never send it again."""

    reason: str


Submission: TypeAlias = Accepted | Rejected | NotTaken | Unknown


@dataclass(frozen=True, slots=True)
class Queued:
    """Waiting at fal."""


@dataclass(frozen=True, slots=True)
class Running:
    """Being rendered."""


@dataclass(frozen=True, slots=True)
class Finished:
    """Ended: the result says more. `error_type` is fal's word where it says that it failed."""

    failed: bool
    error_type: str | None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """fal doesn't know the request id."""


Progress: TypeAlias = Queued | Running | Finished | Forgotten


@dataclass(frozen=True, slots=True)
class Video:
    """The result of a request that ended well. `billable_units` is fal's own word."""

    url: str
    billable_units: str | None


@dataclass(frozen=True, slots=True)
class ModelError:
    """The result of a request that ended with an error."""

    http_status: int
    type: str
    field: str | None = None


Result: TypeAlias = Video | ModelError | Forgotten


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of fal's listing of our own requests. `sent_at` is in Unix milliseconds."""

    request_id: str
    sent_at: int
    arguments: dict[str, object]


class FalTrouble(Exception):
    """fal couldn't be asked, or answered something unreadable: ask again later."""


class AccountTrouble(FalTrouble):
    """fal refuses the account or its key, whatever is asked."""

    def __init__(self, reason: str, hold: HoldReason):
        super().__init__(reason)
        self.refusal = NotTaken(reason, hold)


# https://fal.ai/docs/documentation/model-apis/inference/queue and …/errors: these answers say that
# nothing was queued and that the same request will never be taken.
REJECTED_STATUSES = frozenset({400, 404, 413, 422})
# Nothing was queued either, but the account, not the request, is in the way.
NOT_TAKEN_STATUSES = frozenset({401, 402, 403, 429})
USER_LOCKED = "user_locked"
"""Our word for the 403 of an account that fal has locked, which has no type of its own."""


def classify_refusal(http_status: int, type_: str, field: str | None) -> Submission:
    """Return what an answer to a submit other than 2xx means."""
    if http_status in REJECTED_STATUSES:
        return Rejected(http_status, type_, field)
    if http_status in NOT_TAKEN_STATUSES:
        return NotTaken(f"HTTP {http_status}", _why_not_taken(http_status, type_))
    return Unknown(f"HTTP {http_status}")


def _why_not_taken(http_status: int, type_: str) -> HoldReason:
    if http_status == 402 or (http_status == 403 and type_ == USER_LOCKED):
        return HoldReason.CREDIT
    return HoldReason.BUSY if http_status == 429 else HoldReason.KEY


# fal's errors of its own, never billed: https://fal.ai/docs/documentation/model-apis/errors
SERVICE_TYPES = frozenset(
    {
        "request_timeout",
        "startup_timeout",
        "runner_scheduling_failure",
        "runner_connection_timeout",
        "runner_disconnected",
        "runner_connection_refused",
        "runner_connection_error",
        "runner_incomplete_response",
        "runner_server_error",
        "internal_error",
        "internal_server_error",
        "generation_timeout",
        "downstream_service_unavailable",
    }
)


def judge_error(finished: Finished, error: ModelError) -> Failure | None:
    """Return why a job failed, or None where the result's error may be of the moment.

    A result that can't be fetched just now answers 5xx like a job that failed with 5xx, and one
    that isn't ready yet answers 400. The status said before how the job ended: what contradicts it
    is asked for again.
    """
    server_error = error.http_status >= 500
    if not finished.failed:
        return None if server_error or error.http_status == 400 else Failure.MODEL_ERROR
    known = finished.error_type
    if server_error and known is not None and error.type != known:
        return None
    return Failure.SERVICE_ERROR if server_error else Failure.MODEL_ERROR


def judge_status(finished: Finished) -> Failure:
    """Return why a job failed by what its status said, where the result stays silent."""
    if not finished.failed:
        return Failure.OUTCOME_UNKNOWN
    service = finished.error_type in SERVICE_TYPES
    return Failure.SERVICE_ERROR if service else Failure.MODEL_ERROR
