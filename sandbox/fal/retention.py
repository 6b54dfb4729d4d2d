"""fal's retention times: https://fal.ai/docs/documentation/model-apis/media-expiration.md"""

import json
from datetime import datetime, timedelta
from typing import cast

from sandbox.fal.errors import Json
from sandbox.fal.habits import Habits
from sandbox.fal.records import FalRequest

STORED_RESULT = timedelta(hours=1)
LARGE_STORED_RESULT = timedelta(minutes=6)
LARGE_RESULT = 10_000
"""Bytes from which a stored result counts as large."""
LARGEST_KEPT_RESULT = 1_000_000
"""Bytes up to which a result may be fetched even when the stored one has expired."""
PAYLOADS = timedelta(days=30)
REQUESTS = timedelta(days=90)
"""Age at which requests leave the listing."""


def lifetime(preference: str | None) -> float | None:
    """Return the seconds that X-Fal-Object-Lifecycle-Preference asks for.

    None if it asks for none, or for no end. Raises ValueError if fal couldn't read it.
    """
    if preference is None:
        return None
    asked = cast("Json", json.loads(preference))
    if not isinstance(asked, dict) or asked.keys() - {"expiration_duration_seconds", "initial_acl"}:
        raise ValueError(f"not a lifecycle preference: {preference}")
    seconds = asked.get("expiration_duration_seconds")
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        raise ValueError(f"not a number of seconds: {preference}")
    return float(seconds)


def file_has_expired(
    at: datetime, stored_at: datetime, preference: str | None, habits: Habits
) -> bool:
    try:
        seconds = habits.file_seconds if preference is None else lifetime(preference)
    except ValueError:
        seconds = habits.file_seconds
    return seconds is not None and at >= stored_at + timedelta(seconds=seconds)


def stored_result_expires(request: FalRequest) -> datetime | None:
    """Return the time at which the stored result expires; None while the request hasn't ended."""
    if request.ended_at is None:
        return None
    large = _result_size(request) >= LARGE_RESULT
    return request.ended_at + (LARGE_STORED_RESULT if large else STORED_RESULT)


def result_is_gone(at: datetime, request: FalRequest, habits: Habits) -> bool:
    expires = stored_result_expires(request)
    if expires is None or at < expires:
        return False
    kept = habits.keeps_results and _result_size(request) <= LARGEST_KEPT_RESULT
    return not kept or payloads_are_gone(at, request)


def payloads_are_gone(at: datetime, request: FalRequest) -> bool:
    return not request.stores_payloads or at >= request.sent_at + PAYLOADS


def _result_size(request: FalRequest) -> int:
    return len(json.dumps(request.error.body if request.error else request.result))
