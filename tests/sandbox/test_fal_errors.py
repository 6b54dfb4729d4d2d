"""fal's error tables, as immediate answers and as the end of a job."""

from dataclasses import replace
from typing import cast

import fal_client
import httpx
import pytest

from sandbox.fal import (
    INFRASTRUCTURE,
    MODEL_ERRORS,
    FailJob,
    Failure,
    FalServer,
    Fault,
    documented_error,
    infrastructure_error,
    policy_violation,
    refusal,
)
from sandbox.fal.errors import JsonObject
from tests.sandbox.fal_harness import (
    FOX,
    IMAGE,
    TEXT,
    finish,
    parse,
    real_client,
    status,
    submit,
)

pytest_plugins = ["tests.sandbox.fal_harness"]
# What fal documents, transcribed a second time.
INFRASTRUCTURE_STATUS = {
    504: {"request_timeout", "startup_timeout"},
    503: {
        "runner_scheduling_failure",
        "runner_connection_timeout",
        "runner_disconnected",
        "runner_connection_refused",
        "runner_connection_error",
    },
    502: {"runner_incomplete_response"},
    500: {"runner_server_error", "internal_error"},
    499: {"client_disconnected", "client_cancelled"},
    400: {"bad_request"},
}
MODEL_STATUS = {
    "internal_server_error": 500,
    "generation_timeout": 504,
    "downstream_service_error": 400,
    "downstream_service_unavailable": 500,
}
# The field that each names, and its context.
MODEL_DETAILS: dict[str, tuple[str, JsonObject | None]] = {
    "internal_server_error": ("", None),
    "generation_timeout": ("", None),
    "downstream_service_error": ("", None),
    "downstream_service_unavailable": ("", None),
    "content_policy_violation": ("prompt", None),
    "no_media_generated": ("", None),
    "image_too_small": ("image_url", {"min_height": 512, "min_width": 512}),
    "image_too_large": ("image_url", {"max_height": 1024, "max_width": 1024}),
    "image_load_error": ("image_url", None),
    "file_download_error": ("image_url", None),
    "face_detection_error": ("image_url", None),
    "file_too_large": ("image_url", {"max_size": 10485760}),
    "greater_than": ("prompt", {"gt": 0}),
    "greater_than_equal": ("prompt", {"ge": 0}),
    "less_than": ("prompt", {"lt": 1}),
    "less_than_equal": ("prompt", {"le": 20}),
    "multiple_of": ("prompt", {"multiple_of": 8}),
    "sequence_too_short": ("prompt", {"min_length": 1}),
    "sequence_too_long": ("prompt", {"max_length": 4}),
    "one_of": ("prompt", {"expected": ["a", "b"]}),
    "feature_not_supported": ("", None),
    "unsupported_image_format": (
        "image_url",
        {"supported_formats": [".jpg", ".jpeg", ".png", ".webp"]},
    ),
    "unsupported_video_format": (
        "video_url",
        {"supported_formats": [".mp4", ".mov", ".webm", ".gif"]},
    ),
    "unsupported_audio_format": ("video_url", {"supported_formats": [".mp3", ".wav", ".ogg"]}),
    "video_duration_too_long": ("video_url", {"max_duration": 60, "provided_duration": 120}),
    "video_duration_too_short": ("video_url", {"min_duration": 3, "provided_duration": 1}),
    "audio_duration_too_long": ("video_url", {"max_duration": 60, "provided_duration": 90}),
    "audio_duration_too_short": ("video_url", {"min_duration": 5, "provided_duration": 2}),
    "invalid_archive": ("image_url", {"supported_extensions": [".zip", ".tar.gz"]}),
    "archive_file_count_below_minimum": (
        "image_url",
        {"min_count": 10, "provided_count": 8, "supported_extensions": [".jpg", ".png"]},
    ),
    "archive_file_count_exceeds_maximum": (
        "image_url",
        {"max_count": 100, "provided_count": 150, "supported_extensions": [".jpg", ".png"]},
    ),
}


def details(answer: httpx.Response) -> list[JsonObject]:
    return cast("list[JsonObject]", parse(answer)["detail"])


async def failed(fal: FalServer, http: httpx.AsyncClient, failure: Failure) -> httpx.Response:
    """Return the result of a job that ended like this."""
    fal.arm(Fault("submit", FailJob(failure)))
    return await finish(fal, http, await submit(http))


@pytest.mark.parametrize(
    "error_type", sorted(INFRASTRUCTURE.keys() | set[str]().union(*INFRASTRUCTURE_STATUS.values()))
)
async def test_infrastructure_errors(
    fal: FalServer, http: httpx.AsyncClient, error_type: str
) -> None:
    failure = infrastructure_error(error_type)
    fal.arm(Fault("submit", refusal(failure)))
    at_once = await http.post(f"/{TEXT}", json=FOX)
    fal.arm(Fault("submit", FailJob(failure)))
    submitted = await submit(http)
    at_the_end = await finish(fal, http, submitted)
    for answer in (at_once, at_the_end):
        assert error_type in INFRASTRUCTURE_STATUS[answer.status_code]
        assert answer.headers["x-fal-error-type"] == error_type
        assert answer.headers["x-fal-retryable"] == str(answer.status_code >= 500).lower()
        assert parse(answer)["error_type"] == error_type
        assert isinstance(parse(answer)["detail"], str)
    shown = await status(http, submitted)
    assert shown["status"] == "COMPLETED"
    assert shown["error_type"] == error_type
    assert shown["error"] == parse(at_the_end)["detail"]
    assert len(fal.requests) == 1


@pytest.mark.parametrize("error_type", sorted(MODEL_ERRORS.keys() | MODEL_DETAILS.keys()))
async def test_model_errors(fal: FalServer, http: httpx.AsyncClient, error_type: str) -> None:
    failure = documented_error(error_type)
    place, context = MODEL_DETAILS[error_type]
    fal.arm(Fault("submit", refusal(failure, FOX)))
    at_once = await http.post(f"/{TEXT}", json=FOX)
    at_the_end = await failed(fal, http, failure)
    for answer in (at_once, at_the_end):
        assert answer.status_code == MODEL_STATUS.get(error_type, 422)
        assert answer.headers["x-fal-error-type"] == error_type
        assert answer.headers["x-fal-retryable"] == str(answer.status_code >= 500).lower()
        (detail,) = details(answer)
        assert detail["type"] == error_type
        assert detail["loc"] == (["body", place] if place else ["body"])
        assert str(detail["url"]).endswith(f"#{error_type}")
        assert detail.get("ctx") == context
        message = str(detail["msg"])
        assert message
        assert "{" not in message
        for value in (context or {}).values():
            assert (
                isinstance(value, list)
                or str(value) in message
                or "Image" in message
                or (error_type == "file_too_large")
            )


async def test_limits_come_in_the_context(fal: FalServer, http: httpx.AsyncClient) -> None:
    failure = documented_error("less_than_equal", ["body", "duration"], context={"le": 7}, given=9)
    (detail,) = details(await failed(fal, http, failure))
    assert detail["msg"] == "Input should be less than or equal to 7"
    assert detail["loc"] == ["body", "duration"]
    assert (detail["ctx"], detail["input"]) == ({"le": 7}, 9)


@pytest.mark.parametrize(
    ("field", "location", "given"),
    [
        ("prompt", ["body", "prompt"], "a fox"),
        ("image_url", ["body", "image_url"], "https://fal.media/files/fox.png"),
        (None, ["body"], {"prompt": "a fox", "image_url": "https://fal.media/files/fox.png"}),
    ],
)
async def test_policy_violations_name_what_they_refuse_and_repeat_it(
    fal: FalServer,
    http: httpx.AsyncClient,
    field: str | None,
    location: list[str],
    given: str | JsonObject,
) -> None:
    arguments: JsonObject = {**FOX, "image_url": "https://fal.media/files/fox.png"}
    failure = policy_violation(field)
    fal.arm(Fault("submit", refusal(failure, arguments)))
    at_once = await http.post(f"/{IMAGE}", json=arguments)
    fal.arm(Fault("submit", FailJob(failure)))
    at_the_end = await finish(fal, http, await submit(http, arguments, IMAGE))
    for answer in (at_once, at_the_end):
        assert answer.status_code == 422
        (detail,) = details(answer)
        assert (detail["loc"], detail["input"]) == (location, given)
        assert detail["type"] == "content_policy_violation"


async def test_the_real_client_sees_the_failure(
    fal: FalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fal.arm(Fault("submit", FailJob(policy_violation("prompt"))))
    async with real_client(fal, monkeypatch) as client:
        handle = await client.submit(TEXT, FOX)
        with pytest.raises(fal_client.FalClientHTTPError) as caught:
            await handle.get()
        seen = await handle.status()
    assert caught.value.status_code == 422
    assert isinstance(seen, fal_client.Completed)
    assert seen.error_type == "content_policy_violation"


async def test_detail_may_be_a_sentence(fal: FalServer, http: httpx.AsyncClient) -> None:
    answer = await failed(fal, http, documented_error("image_load_error").in_words())
    assert answer.status_code == 422
    assert parse(answer) == {
        "detail": "Failed to load the image. Please ensure it is not corrupted."
    }


async def test_either_name_of_the_retry_header(fal: FalServer, http: httpx.AsyncClient) -> None:
    failure = replace(
        documented_error("generation_timeout"), retry_header="X-Fal-Needs-Retry", retryable=True
    )
    answer = await failed(fal, http, failure)
    assert answer.headers["x-fal-needs-retry"] == "true"
    assert "x-fal-retryable" not in answer.headers


async def test_wrong_input_may_be_found_only_when_it_runs(
    fal: FalServer, http: httpx.AsyncClient
) -> None:
    fal.habits.checks_input = "run"
    submitted = await submit(http, {**FOX, "resolution": "480p"})
    answer = await finish(fal, http, submitted)
    assert answer.status_code == 422
    (detail,) = details(answer)
    assert (detail["loc"], detail["input"]) == (["body", "resolution"], "480p")
    assert (await status(http, submitted))["error_type"] == "validation_error"
    assert (await http.post(f"/{TEXT}", content=b"[]")).status_code == 422
