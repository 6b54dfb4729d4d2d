"""fal's answers as values, and the rules that judge them.

The protocol: https://fal.ai/docs/documentation/model-apis/inference/queue
"""

import dataclasses
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
    """fal refused the request for good and queued nothing."""

    http_status: int
    """The status of fal's answer."""
    type: str
    """The type of the error, in fal's words."""
    field: str | None = None
    """The input that fal refuses; None if it names none."""
    words: str | None = dataclasses.field(default=None, compare=False)
    """fal's own words on it, cut; None if it wrote none."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The request is provably not queued, for a reason that may pass: not sent, or 401 to 429.

    The statuses are `NOT_TAKEN_STATUSES`.
    """

    reason: str
    """The reason for the log."""
    hold: HoldReason
    """The reason for which the line waits."""
    said: str = ""
    """fal's own words on one line, for the owner and the log alone; empty if there are none."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """fal may have queued the request, or not: it must never be sent again."""

    reason: str


Submission: TypeAlias = Accepted | Rejected | NotTaken | Unknown


@dataclass(frozen=True, slots=True)
class Queued:
    """The request waits at fal."""


@dataclass(frozen=True, slots=True)
class Running:
    """fal renders the video."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The request has ended; its result is a separate answer."""

    failed: bool
    """True if the status reports an error."""
    error_type: str | None
    """The type of the error, in fal's words; None if the status names none."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """fal doesn't know the request's id."""


Progress: TypeAlias = Queued | Running | Finished | Forgotten


@dataclass(frozen=True, slots=True)
class Video:
    """The result of a request that ended well."""

    url: str
    """The address of the video at fal."""
    billable_units: str | None
    """The units that fal bills, as fal writes them; None if it doesn't report them."""


@dataclass(frozen=True, slots=True)
class ModelError:
    """The result of a request that ended with an error."""

    http_status: int
    """The status of fal's answer."""
    type: str
    """The type of the error, in fal's words."""
    field: str | None = None
    """The input that fal blames; None if it names none."""
    words: str | None = dataclasses.field(default=None, compare=False)
    """fal's own words on it, cut; None if it wrote none."""


Result: TypeAlias = Video | ModelError | Forgotten


@dataclass(frozen=True, slots=True)
class ListedRequest:
    """One entry of fal's list of our own requests."""

    request_id: str
    """fal's id of the request."""
    sent_at: int
    """The time at which the request was sent, in Unix milliseconds."""
    arguments: dict[str, object]
    """Its input; empty if fal no longer shows it."""


class FalTrouble(Exception):
    """fal couldn't be asked, or its answer couldn't be read: ask again later."""


class AccountTrouble(FalTrouble):
    """fal refuses every request of the account or of its key."""

    def __init__(self, reason: str, hold: HoldReason, said: str = ""):
        super().__init__(reason)
        self.refusal = NotTaken(reason, hold, said)


# After these answers nothing is queued, and the same request will never be taken:
# https://fal.ai/docs/documentation/model-apis/inference/queue and …/model-apis/errors
REJECTED_STATUSES = frozenset({400, 404, 413, 422})
# Nothing is queued after these either, but the reason is the account, not the request.
NOT_TAKEN_STATUSES = frozenset({401, 402, 403, 429})
USER_LOCKED = "user_locked"
"""Our type for the 403 of an account that fal has locked: fal's answer has none."""


def classify_refusal(
    http_status: int, type_: str, field: str | None, words: str | None = None
) -> Submission:
    """Return the meaning of an answer to a submit that isn't 2xx."""
    if http_status in REJECTED_STATUSES:
        return Rejected(http_status, type_, field, words)
    if http_status in NOT_TAKEN_STATUSES:
        return NotTaken(f"HTTP {http_status}", _hold_reason(http_status, type_), words or "")
    return Unknown(f"HTTP {http_status}")


def _hold_reason(http_status: int, type_: str) -> HoldReason:
    if http_status == 402 or (http_status == 403 and type_ == USER_LOCKED):
        return HoldReason.CREDIT
    return HoldReason.BUSY if http_status == 429 else HoldReason.KEY


# Errors of fal's own service, which are never billed:
# https://fal.ai/docs/documentation/model-apis/errors
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
    """Return the reason for which a job failed; None if the result has to be asked for again.

    The answer is 5xx both if the job failed with 5xx and if its result can't be fetched just now,
    and 400 if the result isn't ready yet. So an error counts only if it agrees with the status that
    fal reported before.
    """
    server_error = error.http_status >= 500
    if not finished.failed:
        return None if server_error or error.http_status == 400 else Failure.MODEL_ERROR
    reported = finished.error_type
    if server_error and reported is not None and error.type != reported:
        return None
    return Failure.SERVICE_ERROR if server_error else Failure.MODEL_ERROR


def judge_status(finished: Finished) -> Failure:
    """Return the reason for which a job failed, by its status alone: its result can't be had."""
    if not finished.failed:
        return Failure.OUTCOME_UNKNOWN
    service = finished.error_type in SERVICE_TYPES
    return Failure.SERVICE_ERROR if service else Failure.MODEL_ERROR
