"""What goes wrong at fal, in fal's own words.

Model errors: https://fal.ai/docs/documentation/model-apis/errors.md; infrastructure errors carry
a plain sentence and a type instead of a list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
JsonObject: TypeAlias = dict[str, Json]

INFRASTRUCTURE_STATUS: Mapping[str, int] = {
    "request_timeout": 504,
    "startup_timeout": 504,
    "runner_scheduling_failure": 503,
    "runner_connection_timeout": 503,
    "runner_disconnected": 503,
    "runner_connection_refused": 503,
    "runner_connection_error": 503,
    "runner_incomplete_response": 502,
    "runner_server_error": 500,
    "internal_error": 500,
    "client_disconnected": 499,
    "client_cancelled": 499,
    "bad_request": 400,
}


@dataclass(frozen=True)
class Failure:
    """How a failed request answers when its result is fetched."""

    status: int
    body: Json
    error_type: str


def error_detail(
    error_type: str,
    location: Sequence[str | int],
    message: str,
    *,
    given: Json = None,
    context: JsonObject | None = None,
) -> JsonObject:
    """Return one entry of a `detail` list. `location` starts with "body"."""
    entry: JsonObject = {
        "loc": list(location),
        "msg": message,
        "type": error_type,
        "url": f"https://docs.fal.ai/errors/#{error_type}",
        "input": given,
    }
    if context is not None:
        entry["ctx"] = context
    return entry


def model_error(
    error_type: str,
    location: Sequence[str | int],
    message: str,
    *,
    status: int = 422,
    given: Json = None,
    context: JsonObject | None = None,
) -> Failure:
    """Return the failure that a model reports: `content_policy_violation` and its kind."""
    entry = error_detail(error_type, location, message, given=given, context=context)
    return Failure(status, {"detail": [entry]}, error_type)


def infrastructure_error(error_type: str, message: str) -> Failure:
    """Return the failure that fal's own machinery reports, see INFRASTRUCTURE_STATUS."""
    body: JsonObject = {"detail": message, "error_type": error_type}
    return Failure(INFRASTRUCTURE_STATUS[error_type], body, error_type)


def policy_violation(field: str) -> Failure:
    """Return fal's refusal of a prompt or picture; `field` is `prompt` or `image_url`."""
    return model_error(
        "content_policy_violation",
        ["body", field],
        "The content could not be processed because it contained material flagged by a content "
        "checker.",
    )
