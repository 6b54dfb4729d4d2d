"""Behaviour of this fal where fal's documentation is silent or allows several things."""

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
    """The status of a request that was canceled while it waited; fal documents none."""

    COMPLETED = "COMPLETED with the error type client_cancelled"
    NOT_FOUND = "404"
    IN_QUEUE = "IN_QUEUE for ever"


@dataclass
class Timing:
    """Delays of this fal, in seconds on its own clock. May be changed at any time."""

    queue_seconds: float = 0.0
    run_seconds: float = 0.0
    """Least time that a request is IN_PROGRESS; rendering may take longer."""
    concurrency: int = 2
    """Most requests IN_PROGRESS at once, as for a new account at fal. Others wait IN_QUEUE."""
    webhook_retry_seconds: float = 10.0
    """Time before the second attempt; doubles each time. fal documents no numbers."""


@dataclass
class Habits:
    """Choices among the possible behaviours. May be changed at any time."""

    cancel_answer: CancelAnswer = CancelAnswer.REQUESTED
    after_cancel: AfterCancel = AfterCancel.COMPLETED
    runner_heeds_cancel: bool = False
    """A running request stops when canceled. A partner's model hardly does."""
    checks_input: Literal["submit", "run"] = "submit"
    """The step at which wrong input gets its 422: at once, or as an accepted request's end."""
    charges_refusals: bool = False
    """A 422 that took a runner's time is charged; fal writes "may still be charged"."""
    keeps_results: bool = True
    """A small result can still be fetched when the stored one has expired ("usually")."""
    gone_status: Literal[404, 410] = 404
    """HTTP status of expired results and files."""
    media_url: str = ""
    """Base URL of the files that results name, as if on another host; empty: this server's."""
    file_seconds: float | None = None
    """Life of files for which no lifecycle was sent, in seconds; None is for ever."""
    listing_lag_seconds: float | None = 0.0
    """Seconds from a request's end until it turns up in the listing; None is never."""
    webhook_copies: int = 1
    """Number of times that every webhook comes, even when the first one was acknowledged."""
    answers_unknown_models: bool = True
    """The catalogue has an empty entry for an endpoint that it doesn't know, and a price of a
    compute second, as clients report; fal documents a 404 for it."""
