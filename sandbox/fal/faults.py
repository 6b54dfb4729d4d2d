"""Faults that a test arms: what goes wrong with the next request on a route."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal, TypeAlias

from sandbox.fal.errors import Failure, Json, JsonObject

Route = Literal[
    "submit", "status", "stream", "result", "cancel", "token", "upload", "file", "listing",
    "platform", "webhook",
]  # fmt: skip


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
    """Answer this."""

    status: int
    body: Json | bytes = None
    """Text and bytes go out as they are, anything else as JSON."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    accepted: bool = False
    """The request takes effect before the answer; otherwise it has no effect."""


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


@dataclass(frozen=True)
class Flood:
    """Serve the file, and then zeros up to `size` bytes, without a Content-Length."""

    size: int


@dataclass(frozen=True)
class Mangle:
    """Answer as usual, except that a JSON object has lost keys or changed values.

    Keys may lead inwards: "video.url". On the route webhook the changed body is signed and sent.
    """

    drop: tuple[str, ...] = ()
    """Keys to leave out."""
    change: JsonObject = field(default_factory=dict[str, Json])
    """Values by key."""
    drop_headers: tuple[str, ...] = ()
    change_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Headers by name; an empty `Date` leaves that header out."""
    status: int | None = None
    """Another HTTP status, if given."""


@dataclass(frozen=True)
class Trickle:
    """Answer as usual, but `chunk` bytes at a time with `pause` seconds after each."""

    pause: float
    chunk: int = 1


@dataclass(frozen=True)
class WrongLength:
    """Answer as usual, but with this Content-Length, then close the connection."""

    announced: int


Action: TypeAlias = (
    Drop | Delay | Answer | FailJob | Truncate | Flood | Mangle | Trickle | WrongLength
)


@dataclass(frozen=True)
class Fault:
    """One action for the next requests on a route; each request meets the oldest fault only."""

    route: Route
    action: Action
    times: int = 1
    """Number of requests, after which the fault is used up."""
    match: str = ""
    """Only requests whose path, query or arguments contain this text meet the fault; a request
    about a job has the job's arguments."""

    def __post_init__(self) -> None:
        if isinstance(self.action, FailJob) and self.route != "submit":
            raise ValueError("FailJob belongs to the submit that makes the job")
        if isinstance(self.action, Truncate | Flood) and self.route != "file":
            raise ValueError(f"{type(self.action).__name__} belongs to the route file")
        if self.route == "webhook" and not isinstance(self.action, Drop | Delay | Mangle):
            raise ValueError("a webhook can be dropped, delayed or mangled")


def refusal(failure: Failure, arguments: JsonObject | None = None) -> Answer:
    """Return an error as the immediate answer; with `arguments` it repeats what was sent."""
    failure = failure if arguments is None else failure.echoing(arguments)
    return Answer(failure.status, failure.body, failure.headers)


def proxy_page(status: int, *, request_id: str = "") -> Answer:
    """Return the page of the nginx before fal; `request_id` if the request had reached fal."""
    reason = f"{status} {HTTPStatus(status).phrase}"
    page = (
        f"<html>\r\n<head><title>{reason}</title></head>\r\n<body>\r\n"
        f"<center><h1>{reason}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>"
    )
    headers = {"Content-Type": "text/html"}
    if request_id:
        headers["x-fal-request-id"] = request_id
    return Answer(status, page, headers)


def redirect(location: str, status: int = 302) -> Answer:
    """Send the client elsewhere; nothing here ever goes there."""
    return Answer(status, b"", {"Location": location})
