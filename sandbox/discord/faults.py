"""Faults that a test arms and the next matching requests meet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from sandbox.discord.wire import Json


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer this instead."""

    status: int
    body: Json = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Needs `Via` with a 429: discord.py takes one without it for a ban by Cloudflare."""


class Drop(Enum):
    """Cut the connection once the request was read whole."""

    BEFORE = "before it is applied"
    AFTER = "after it was applied"


@dataclass(frozen=True, slots=True)
class Delay:
    """Take this long before doing what was asked."""

    seconds: float


Action: TypeAlias = Answer | Drop | Delay


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that the next requests of a route meet."""

    method: str
    path: str
    """The route's template without the version, as in `RestRequest.template`:
    `/channels/{channel}/messages/{message}`."""
    action: Action
    times: int = 1
    """Number of requests, after which the fault is used up."""
    match: str = ""
    """Only requests whose own path contains this text meet the fault."""


class Faults:
    def __init__(self) -> None:
        self._armed: list[tuple[Fault, int]] = []

    def arm(self, fault: Fault) -> None:
        self._armed.append((fault, fault.times))

    def disarm(self) -> None:
        self._armed.clear()

    def take(self, method: str, template: str, path: str) -> Action | None:
        """Return the action for one request, from the fault armed first."""
        for index, (fault, left) in enumerate(self._armed):
            if (fault.method, fault.path) == (method, template) and fault.match in path:
                self._armed[index : index + 1] = [(fault, left - 1)] if left > 1 else []
                return fault.action
        return None
