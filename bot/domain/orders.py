"""What the operator tells the bot to do with a job."""

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


Order: TypeAlias = Reconcile | Release
