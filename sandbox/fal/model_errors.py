"""The errors that fal documents for its models, each with its status, sentence and context.

https://fal.ai/docs/documentation/model-apis/errors.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.fal.errors import Failure, Json, JsonObject, model_error

BODY = ("body",)
PROMPT = ("body", "prompt")
IMAGE = ("body", "image_url")
VIDEO = ("body", "video_url")


@dataclass(frozen=True)
class Documented:
    """One type of model error."""

    sentence: str
    """fal's message, with names of the context in braces."""
    location: Sequence[str | int] = IMAGE
    """The place of the mistake in the request, from outside in."""
    context: JsonObject = field(default_factory=dict[str, Json])
    """An example; None is sent where there is none."""
    status: int = 422
    retryable: bool = False


MODEL_ERRORS: Mapping[str, Documented] = {
    # These four may say either of being retryable.
    "internal_server_error": Documented("Internal server error", BODY, {}, 500, retryable=True),
    "generation_timeout": Documented("Generation timeout", BODY, {}, 504, retryable=True),
    "downstream_service_error": Documented("Downstream service error", BODY, {}, 400),
    "downstream_service_unavailable": Documented(
        "Downstream service unavailable", BODY, {}, 500, retryable=True
    ),
    "content_policy_violation": Documented(
        "The content could not be processed because it contained material flagged by a content "
        "checker.",
        PROMPT,
    ),
    "no_media_generated": Documented(
        "The model did not generate the expected output for this prompt.", BODY
    ),
    "image_too_small": Documented("Image too small", context={"min_height": 512, "min_width": 512}),
    "image_too_large": Documented(
        "Image too large", context={"max_height": 1024, "max_width": 1024}
    ),
    "image_load_error": Documented("Failed to load the image. Please ensure it is not corrupted."),
    "file_download_error": Documented(
        "Failed to download the file. Please check if the URL is accessible and try again."
    ),
    "face_detection_error": Documented("Could not detect face in the image"),
    "file_too_large": Documented("File too large", context={"max_size": 10_485_760}),
    "greater_than": Documented("Input should be greater than {gt}", PROMPT, {"gt": 0}),
    "greater_than_equal": Documented(
        "Input should be greater than or equal to {ge}", PROMPT, {"ge": 0}
    ),
    "less_than": Documented("Input should be less than {lt}", PROMPT, {"lt": 1}),
    "less_than_equal": Documented("Input should be less than or equal to {le}", PROMPT, {"le": 20}),
    "multiple_of": Documented(
        "Input should be a multiple of {multiple_of}", PROMPT, {"multiple_of": 8}
    ),
    "sequence_too_short": Documented(
        "Sequence should have at least {min_length} items", PROMPT, {"min_length": 1}
    ),
    "sequence_too_long": Documented(
        "Sequence should have at most {max_length} items", PROMPT, {"max_length": 4}
    ),
    "one_of": Documented("Input should be one of {expected}", PROMPT, {"expected": ["a", "b"]}),
    "feature_not_supported": Documented("Feature not supported", BODY),
    "unsupported_image_format": Documented(
        "Unsupported image format. Supported formats are {supported_formats}.",
        context={"supported_formats": [".jpg", ".jpeg", ".png", ".webp"]},
    ),
    "unsupported_video_format": Documented(
        "Unsupported video format. Supported formats are {supported_formats}.",
        VIDEO,
        {"supported_formats": [".mp4", ".mov", ".webm", ".gif"]},
    ),
    "unsupported_audio_format": Documented(
        "Unsupported audio format. Supported formats are {supported_formats}.",
        VIDEO,
        {"supported_formats": [".mp3", ".wav", ".ogg"]},
    ),
    "video_duration_too_long": Documented(
        "Video duration exceeds the maximum allowed. Maximum is {max_duration} seconds, provided "
        "is {provided_duration} seconds.",
        VIDEO,
        {"max_duration": 60, "provided_duration": 120},
    ),
    "video_duration_too_short": Documented(
        "Video duration is too short. Minimum is {min_duration} seconds, provided is "
        "{provided_duration} seconds.",
        VIDEO,
        {"min_duration": 3, "provided_duration": 1},
    ),
    "audio_duration_too_long": Documented(
        "Audio duration exceeds the maximum allowed. Maximum is {max_duration} seconds, provided "
        "is {provided_duration} seconds.",
        VIDEO,
        {"max_duration": 60, "provided_duration": 90},
    ),
    "audio_duration_too_short": Documented(
        "Audio duration is too short. Minimum is {min_duration} seconds, provided is "
        "{provided_duration} seconds.",
        VIDEO,
        {"min_duration": 5, "provided_duration": 2},
    ),
    "invalid_archive": Documented(
        "Could not read or process the provided archive. Ensure it's a valid, non-corrupted "
        "archive.",
        context={"supported_extensions": [".zip", ".tar.gz"]},
    ),
    "archive_file_count_below_minimum": Documented(
        "Too few files in the archive. Expected at least {min_count} files with extensions "
        "{supported_extensions}, found {provided_count}. Add more matching files to the archive.",
        context={"min_count": 10, "provided_count": 8, "supported_extensions": [".jpg", ".png"]},
    ),
    "archive_file_count_exceeds_maximum": Documented(
        "Too many files in the archive. Maximum is {max_count} files with extensions "
        "{supported_extensions}, found {provided_count}.",
        context={"max_count": 100, "provided_count": 150, "supported_extensions": [".jpg", ".png"]},
    ),
}


def documented_error(
    error_type: str,
    location: Sequence[str | int] | None = None,
    *,
    context: JsonObject | None = None,
    given: Json = None,
) -> Failure:
    """Return the failure as documented, at the place and with the limits that are given."""
    kind = MODEL_ERRORS[error_type]
    filled = {**kind.context, **(context or {})}
    words = {
        name: ", ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in filled.items()
    }
    return model_error(
        error_type,
        kind.location if location is None else location,
        kind.sentence.format(**words),
        status=kind.status,
        given=given,
        context=filled or None,
        retryable=kind.retryable,
    )


def policy_violation(field_name: str | None) -> Failure:
    """Return fal's refusal of a prompt or picture; `field_name` is `prompt` or `image_url`.

    None blames no field, as some of fal's partners do.
    """
    location = BODY if field_name is None else (*BODY, field_name)
    return documented_error("content_policy_violation", location)
