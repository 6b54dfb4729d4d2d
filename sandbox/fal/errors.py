"""fal's errors, in its own words.

Model errors carry a list, https://fal.ai/docs/documentation/model-apis/errors.md; infrastructure
errors a sentence and a type, https://fal.ai/docs/documentation/model-apis/request-errors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
JsonObject: TypeAlias = dict[str, Json]
RetryHeader = Literal["X-Fal-Retryable", "X-Fal-Needs-Retry"]

INFRASTRUCTURE: Mapping[str, tuple[int, str]] = {
    "request_timeout": (504, "Request timed out"),
    "startup_timeout": (504, "Runner did not start in time"),
    "runner_scheduling_failure": (503, "No runner could be allocated"),
    "runner_connection_timeout": (503, "Connection to the runner timed out"),
    "runner_disconnected": (503, "Runner disconnected"),
    "runner_connection_refused": (503, "Runner refused the connection"),
    "runner_connection_error": (503, "Connection to the runner failed"),
    "runner_incomplete_response": (502, "Runner sent an incomplete response"),
    "runner_server_error": (500, "Runner encountered an internal server error"),
    "client_disconnected": (499, "Client disconnected"),
    "client_cancelled": (499, "Request was cancelled"),
    "bad_request": (400, "Bad request"),
    "internal_error": (500, "Internal server error"),
}
"""HTTP status and sentence of each type. fal documents types and status, not the sentences."""

LOCKED: JsonObject = {
    "detail": "User is locked. Reason: Exhausted balance. "
    "Top up your balance at fal.ai/dashboard/billing."
}
"""The body of the 403 that every submit gets once the prepaid credits are used up."""


VALIDATION_ERROR = "validation_error"
"""The type of a job that ended because its input didn't fit the endpoint's schema."""


@dataclass(frozen=True)
class Failure:
    """The answer of a failed request when its result is fetched."""

    status: int
    body: Json
    error_type: str
    retryable: bool = False
    """The same request may go well another time, according to fal."""
    retry_header: RetryHeader = "X-Fal-Retryable"
    """Copies of fal's documentation differ in the header's name."""
    more_headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of the answer, without the body's type."""
        return {
            "X-Fal-Error-Type": self.error_type,
            self.retry_header: "true" if self.retryable else "false",
            **self.more_headers,
        }

    def echoing(self, arguments: Json) -> "Failure":
        """Fill in the `input` of every detail that has none: fal repeats what was sent."""
        details = self.body.get("detail") if isinstance(self.body, dict) else None
        if not isinstance(self.body, dict) or not isinstance(details, list):
            return self
        echoed = [_echo(detail, arguments) for detail in details]
        return replace(self, body={**self.body, "detail": echoed})

    def in_words(self) -> "Failure":
        """Return the same failure from a model that isn't migrated yet: `detail` is a sentence."""
        details = self.body.get("detail") if isinstance(self.body, dict) else None
        first = details[0] if isinstance(details, list) and details else None
        sentence = first.get("msg") if isinstance(first, dict) else None
        return replace(self, body={"detail": sentence or str(self.status)})


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
        # As seen in live answers.
        "url": f"https://docs.fal.ai/errors#{error_type}",
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
    retryable: bool = False,
) -> Failure:
    """Return the failure that a model reports: `content_policy_violation` and its kind."""
    entry = error_detail(error_type, location, message, given=given, context=context)
    return Failure(status, {"detail": [entry]}, error_type, retryable)


def infrastructure_error(error_type: str, message: str | None = None) -> Failure:
    """Return the failure that fal's own machinery reports, see INFRASTRUCTURE."""
    status, sentence = INFRASTRUCTURE[error_type]
    body: JsonObject = {"detail": message or sentence, "error_type": error_type}
    return Failure(status, body, error_type, retryable=status >= 500)


def _echo(detail: Json, arguments: Json) -> Json:
    if not isinstance(detail, dict) or detail.get("input") is not None:
        return detail
    location, given = detail.get("loc"), arguments
    for step in location[1:] if isinstance(location, list) else []:
        if isinstance(given, dict) and isinstance(step, str):
            given = given.get(step)
        elif isinstance(given, list) and isinstance(step, int) and step < len(given):
            given = given[step]
        else:
            return detail
    return {**detail, "input": given}
