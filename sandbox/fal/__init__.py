"""A strict loopback fal.ai: queue, storage and platform API on one address of this machine."""

from sandbox.fal.app import FAKE_KEY, open_fal
from sandbox.fal.errors import (
    INFRASTRUCTURE,
    LOCKED,
    Failure,
    error_detail,
    infrastructure_error,
    model_error,
)
from sandbox.fal.faults import (
    Action,
    Answer,
    Delay,
    Drop,
    FailJob,
    Fault,
    Flood,
    Mangle,
    Route,
    Trickle,
    Truncate,
    WrongLength,
    proxy_page,
    redirect,
    refusal,
)
from sandbox.fal.habits import AfterCancel, CancelAnswer, Habits, Timing
from sandbox.fal.model_errors import MODEL_ERRORS, documented_error, policy_violation
from sandbox.fal.records import Delivery, FalRequest, Post, Result, State, Upload
from sandbox.fal.server import FalServer

__all__ = [
    "FAKE_KEY",
    "INFRASTRUCTURE",
    "LOCKED",
    "MODEL_ERRORS",
    "Action",
    "AfterCancel",
    "Answer",
    "CancelAnswer",
    "Delay",
    "Delivery",
    "Drop",
    "FailJob",
    "Failure",
    "FalRequest",
    "FalServer",
    "Fault",
    "Flood",
    "Habits",
    "Mangle",
    "Post",
    "Result",
    "Route",
    "State",
    "Timing",
    "Trickle",
    "Truncate",
    "Upload",
    "WrongLength",
    "documented_error",
    "error_detail",
    "infrastructure_error",
    "model_error",
    "open_fal",
    "policy_violation",
    "proxy_page",
    "redirect",
    "refusal",
]
