"""Faults that a test arms: what goes wrong with the next request on a route."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sandbox.fal.errors import Failure, Json

Route = Literal["submit", "status", "result", "cancel", "token", "upload", "file", "listing"]


@dataclass(frozen=True)
class Drop:
    """Close the connection without an answer, having read the request.

    With `accepted` the request takes effect first (a submit is queued, a cancel cancels).
    """

    accepted: bool = False


@dataclass(frozen=True)
class Delay:
    """Wait, then go on as usual, even if the client has hung up meanwhile."""

    seconds: float


@dataclass(frozen=True)
class Answer:
    """Answer this. Text and bytes go out as they are, anything else as JSON.

    With `accepted` the request takes effect first; without, nothing happens.
    """

    status: int
    body: Json | bytes = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    accepted: bool = False


@dataclass(frozen=True)
class FailJob:
    """Accept the submit; the job runs and ends as COMPLETED with this error."""

    failure: Failure


@dataclass(frozen=True)
class Truncate:
    """Serve only the file's first `keep` bytes.

    By default as if that were all. With `announce_all` the Content-Length promises the whole
    file, and the connection is closed early.
    """

    keep: int
    announce_all: bool = False


Action: TypeAlias = Drop | Delay | Answer | FailJob | Truncate


@dataclass(frozen=True)
class Fault:
    """One action for the next `times` requests on a route.

    `match` narrows it to requests whose path, query or arguments contain that text; a request
    about a job has the job's arguments. One request meets at most one fault, the oldest.
    """

    route: Route
    action: Action
    times: int = 1
    match: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.action, FailJob) and self.route != "submit":
            raise ValueError("FailJob belongs to the submit that makes the job")
        if isinstance(self.action, Truncate) and self.route != "file":
            raise ValueError("Truncate belongs to the route file")
