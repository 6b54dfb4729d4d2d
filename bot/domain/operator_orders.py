"""Orders of the operator to the running bot."""

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """Order to find out whether fal has an uncertain job's request."""

    kind: Literal["reconcile"] = "reconcile"
    """The order's name on the control socket."""
    job_id: int
    """The job to look for."""
    request_id: str | None = None
    """fal's id of the request, if the operator knows it; None: it is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Order to settle the cost of a job whose outcome is unknown."""

    kind: Literal["release"] = "release"
    """The order's name on the control socket."""
    job_id: int
    """The job to settle."""
    charged: bool = False
    """True if fal charged the job's price; otherwise it charged nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """Order to start no further job, finish those at fal, and end."""

    kind: Literal["drain"] = "drain"
    """The order's name on the control socket."""
    wait: bool = True
    """True if the answer comes only when all is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serve:
    """Order to work in a server, or to leave it."""

    kind: Literal["serve"] = "serve"
    """The order's name on the control socket."""
    guild_id: int
    """The server."""
    allow: bool
    """True to work there; False to leave it, and again whenever the bot is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """Order to say what holds the line: a list of `Held` in JSON."""

    kind: Literal["explain"] = "explain"
    """The order's name on the control socket."""


JobOrder: TypeAlias = Reconcile | Release
OperatorOrder: TypeAlias = JobOrder | Serve | Drain | Explain
