"""A request as fal shows it: in its status, in its result, and to a webhook.

https://fal.ai/docs/documentation/model-apis/inference/queue.md
"""

from sandbox.fal.errors import Failure, JsonObject
from sandbox.fal.records import FalRequest, State

NOT_FOUND: JsonObject = {"status": "NOT_FOUND"}


def urls(base_url: str, request: FalRequest) -> JsonObject:
    url = f"{base_url}/{request.app}/requests/{request.request_id}"
    return {"response_url": url, "status_url": f"{url}/status", "cancel_url": f"{url}/cancel"}


def status_body(
    base_url: str, request: FalRequest, queue_position: int, *, with_logs: bool
) -> JsonObject:
    body: JsonObject = {
        "status": request.state,
        "request_id": request.request_id,
        "response_url": urls(base_url, request)["response_url"],
    }
    if request.state is State.IN_QUEUE:
        return {**body, "queue_position": queue_position}
    body["logs"] = list(request.logs) if with_logs else []
    if request.state is not State.COMPLETED:
        return body
    seconds = 0.0
    if request.started_at and request.ended_at:
        seconds = (request.ended_at - request.started_at).total_seconds()
    body["metrics"] = {"inference_time": seconds}
    if request.error:
        body["error"] = _sentence(request.error)
        body["error_type"] = request.error.error_type
    return body


def webhook_body(request: FalRequest) -> JsonObject:
    body: JsonObject = {
        "request_id": request.request_id,
        "gateway_request_id": request.request_id,
        "status": "ERROR" if request.error else "OK",
        "payload": request.error.body if request.error else request.result,
    }
    if request.error:
        body["error"] = f"Invalid status code: {request.error.status}"
    return body


def _sentence(failure: Failure) -> str:
    """Return the `error` that status shows, for a model's error the one known from webhooks."""
    detail = failure.body.get("detail") if isinstance(failure.body, dict) else None
    return detail if isinstance(detail, str) else f"Invalid status code: {failure.status}"
