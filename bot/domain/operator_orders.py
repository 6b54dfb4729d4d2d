"""What the operator tells the bot to do."""

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """Find out what fal made of a job; with `request_id`, fal's request with that id is its own."""

    kind: Literal["reconcile"] = "reconcile"
    job_id: int
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Say what an unknown outcome cost: its price if `charged`, else nothing."""

    kind: Literal["release"] = "release"
    job_id: int
    charged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """Begin nothing, finish what is at fal, and end; with `wait` the answer comes when that is done."""

    kind: Literal["drain"] = "drain"
    wait: bool = True


JobOrder: TypeAlias = Reconcile | Release
OperatorOrder: TypeAlias = JobOrder | Drain
