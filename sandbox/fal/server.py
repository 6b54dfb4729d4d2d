"""The state of the loopback fal, as tests and the demo see it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from sandbox.fal.errors import Failure, JsonObject
from sandbox.fal.faults import Action, Fault, Route


class State(StrEnum):
    """fal's three states of a request; a failed one is COMPLETED with an error."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


@dataclass
class Post:
    """One submit POST that was read, whatever became of it."""

    endpoint: str
    arguments: JsonObject
    """The JSON object that was sent, empty if it was none."""
    headers: Mapping[str, str]
    """Case-insensitive."""
    query: Mapping[str, str]
    at: datetime
    status: int | None = None
    """What was answered; None if the connection was closed without an answer."""
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
    fate: Failure | None = None
    """How a fault wants it to end."""
    state: State = State.IN_QUEUE
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error: Failure | None = None
    result: JsonObject | None = None
    result_url: str | None = None
    cancel_requested: bool = False
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
    """X-Fal-Object-Lifecycle-Preference as it was sent."""


@dataclass(frozen=True)
class Result:
    """A file that a request made."""

    data: bytes = field(repr=False)
    request: FalRequest


@dataclass
class Timing:
    """How slow this fal is. May be changed at any time."""

    queue_seconds: float = 0.0
    run_seconds: float = 0.0
    """At least so long is a request IN_PROGRESS; rendering may take longer."""
    concurrency: int = 2
    """How many are IN_PROGRESS at once; a new account's limit at fal. Others wait IN_QUEUE."""


@dataclass(eq=False)
class FalServer:
    """What was asked of this fal, what it holds, and how to make it misbehave."""

    base_url: str
    key: str
    timing: Timing
    posts: list[Post] = field(default_factory=list)
    requests: dict[str, FalRequest] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    """By access URL."""
    results: dict[str, Result] = field(default_factory=dict)
    """By URL."""
    violations: list[str] = field(default_factory=list)
    """What no well-behaved client does. A test may assert that there are none."""
    _faults: list[Fault] = field(default_factory=list)
    _next_change: asyncio.Event = field(default_factory=asyncio.Event)

    def arm(self, fault: Fault) -> None:
        """Let something go wrong with the next matching request."""
        self._faults.append(fault)

    def take_action(self, route: Route, subject: str) -> Action | None:
        """Consume the oldest fault that matches."""
        for number, fault in enumerate(self._faults):
            if fault.route == route and fault.match in subject:
                left = replace(fault, times=fault.times - 1)
                self._faults[number : number + 1] = [left] if left.times > 0 else []
                return fault.action
        return None

    def changed(self) -> None:
        """Wake those who wait for something to become true."""
        self._next_change.set()
        self._next_change = asyncio.Event()

    def violated(self, what: str) -> None:
        self.violations.append(what)
        self.changed()

    async def wait_for(
        self,
        predicate: Callable[[], bool],
        timeout: float = 20,  # noqa: ASYNC109 - a test says per call how long is too long
    ) -> None:
        """Return when the predicate holds; it is asked after every change. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while not predicate():
                await self._next_change.wait()


def now() -> datetime:
    """Return the time in UTC; the loopback fal reads it nowhere else."""
    return datetime.now(UTC)  # noqa: TID251 - the ban is for the bot, which can't be imported here


def timestamp(at: datetime) -> str:
    """Return a time as fal writes it, like 2026-02-17T10:30:01.123Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
