"""How this fal behaves where fal's documentation is silent or allows several things."""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Literal


class CancelAnswer(Enum):
    """The three answers that fal's documents give for a cancel that is accepted."""

    REQUESTED = "CANCELLATION_REQUESTED"
    """202, from the queue's documentation."""
    OK = "OK"
    """200, from the API reference: taken out of the queue."""
    SUCCESS = "success"
    """200 `{"success": true}`, from the OpenAPI documents."""


class AfterCancel(StrEnum):
    """What status shows of a request that was canceled while it waited: fal doesn't say."""

    COMPLETED = "COMPLETED with the error type client_cancelled"
    NOT_FOUND = "404"
    IN_QUEUE = "IN_QUEUE for ever"


@dataclass
class Timing:
    """How slow this fal is, in seconds on its own clock. May be changed at any time."""

    queue_seconds: float = 0.0
    run_seconds: float = 0.0
    """At least so long is a request IN_PROGRESS; rendering may take longer."""
    concurrency: int = 2
    """How many are IN_PROGRESS at once; a new account's limit at fal. Others wait IN_QUEUE."""
    webhook_retry_seconds: float = 10.0
    """Before the second attempt; doubles each time. fal documents a back-off, not its numbers."""


@dataclass
class Habits:
    """May be changed at any time."""

    cancel_answer: CancelAnswer = CancelAnswer.REQUESTED
    after_cancel: AfterCancel = AfterCancel.COMPLETED
    runner_heeds_cancel: bool = False
    """Whether a running request stops when canceled. A partner's model hardly does."""
    checks_input: Literal["submit", "run"] = "submit"
    """Where wrong input gets its 422: at once, or as the end of an accepted request."""
    charges_refusals: bool = False
    """Whether a 422 that took a runner's time costs: "may still be charged", says fal."""
    keeps_results: bool = True
    """Whether a small result can still be fetched when the stored one has expired ("usually")."""
    gone_status: Literal[404, 410] = 404
    """How expired results and files are answered."""
    file_seconds: float | None = None
    """How long files stay for which no lifecycle was sent; None is for ever."""
    listing_lag_seconds: float | None = 0.0
    """How long after its end a request turns up in the listing; None is never."""
    webhook_copies: int = 1
    """How often every webhook comes, even when the first one was acknowledged."""
    answers_unknown_models: bool = True
    """Whether the catalogue has an empty entry for an endpoint that it doesn't know, and a price of
    a compute second, as clients report; fal documents a 404 for it."""
