"""A strict loopback fal.ai: queue, storage and platform API on one address of this machine."""

from sandbox.fal.app import FAKE_KEY, open_fal
from sandbox.fal.errors import (
    Failure,
    error_detail,
    infrastructure_error,
    model_error,
    policy_violation,
)
from sandbox.fal.faults import Action, Answer, Delay, Drop, FailJob, Fault, Route, Truncate
from sandbox.fal.server import FalRequest, FalServer, Post, Result, State, Timing, Upload

__all__ = [
    "FAKE_KEY",
    "Action",
    "Answer",
    "Delay",
    "Drop",
    "FailJob",
    "Failure",
    "FalRequest",
    "FalServer",
    "Fault",
    "Post",
    "Result",
    "Route",
    "State",
    "Timing",
    "Truncate",
    "Upload",
    "error_detail",
    "infrastructure_error",
    "model_error",
    "open_fal",
    "policy_violation",
]
