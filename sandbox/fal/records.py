"""Records of the loopback fal: submits, requests, files, webhook deliveries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sandbox.fal.errors import Failure, JsonObject


class State(StrEnum):
    """fal's three states of a request; a failed one is COMPLETED with an error."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


@dataclass
class Post:
    """One submit POST that was read whole, accepted or not."""

    endpoint: str
    arguments: JsonObject
    """The JSON object that was sent, empty if it was none."""
    headers: Mapping[str, str]
    """Case-insensitive."""
    query: Mapping[str, str]
    at: datetime
    status: int | None = None
    """HTTP status of the answer; None if the connection was closed without one."""
    request_id: str | None = None
    """Set if the request was queued, answered or not."""


@dataclass(eq=False)
class FalRequest:
    """An accepted request and its life."""

    request_id: str
    endpoint: str
    arguments: JsonObject
    sent_at: datetime
    start_timeout: float | None = None
    """Seconds to start, from X-Fal-Request-Timeout."""
    lifecycle: str | None = None
    """X-Fal-Object-Lifecycle-Preference as it was sent."""
    low_priority: bool = False
    """X-Fal-Queue-Priority: low."""
    stores_payloads: bool = True
    """False with X-Fal-Store-IO: 0."""
    webhook_url: str | None = None
    fate: Failure | None = None
    """The end that a fault has chosen for the request."""
    state: State = State.IN_QUEUE
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error: Failure | None = None
    result: JsonObject | None = None
    result_url: str | None = None
    cancel_requested: bool = False
    withdrawn: bool = False
    """Canceled before it started: it never will, even where its status is IN_QUEUE."""
    forgotten: bool = False
    """fal answers as if it had never known it."""
    charged_micro_usd: int = 0
    logs: list[JsonObject] = field(default_factory=list)

    @property
    def app(self) -> str:
        """Owner and app: under these two segments fal keeps all requests of its endpoints."""
        owner, app, *_ = self.endpoint.split("/")
        return f"{owner}/{app}"


@dataclass(frozen=True)
class Upload:
    """A file that a client stored here."""

    data: bytes = field(repr=False)
    content_type: str
    file_name: str | None
    lifecycle: str | None
    """X-Fal-Object-Lifecycle as it was sent."""
    stored_at: datetime


@dataclass(frozen=True)
class Result:
    """A file that a request made."""

    data: bytes = field(repr=False)
    request: FalRequest
    stored_at: datetime


@dataclass(frozen=True)
class Delivery:
    """One attempt to call a webhook."""

    request_id: str
    url: str
    at: datetime
    status: int | None
    """HTTP status of the receiver's answer; None if none came back, or nothing was sent."""
    problem: str = ""
    """The reason for a missing answer."""
