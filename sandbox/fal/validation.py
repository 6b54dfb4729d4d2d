"""Input against an endpoint's schema, complaints in the shape of pydantic as fal gives them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from jsonschema import Draft202012Validator, ValidationError

from sandbox.fal.errors import Json, JsonObject, error_detail
from sandbox.fal.schemas import ENDPOINTS

_WRONG_TYPE: Mapping[str, tuple[str, str]] = {
    "string": ("string_type", "Input should be a valid string"),
    "integer": ("int_type", "Input should be a valid integer"),
}


def complaints(endpoint: str, body: Json) -> list[Json]:
    """Return the `detail` list for a submit's body, empty if fal would take it."""
    if not isinstance(body, dict):
        message = "Input should be a valid dictionary or object to extract fields from"
        return [error_detail("model_attributes_type", ["body"], message, given=body)]
    found: dict[str, Json] = {
        field: error_detail("missing", ["body", field], "Field required", given=body)
        for field in ENDPOINTS[endpoint].required
        if field not in body
    }
    for field, rule in ENDPOINTS[endpoint].properties.items():
        # JSON Schema calls 5.0 an integer; fal's documents mean the JSON literal 5.
        if rule["type"] != "number" and isinstance(body.get(field), float):
            found[field] = _wrong_type(["body", field], rule["type"], body[field])
    for error in _errors(endpoint, body):
        field = str(error.path[0])
        # Of two complaints about one field, pydantic makes the enum's.
        if field not in found or error.validator == "enum":
            found[field] = _wrong(error)
    return [found[field] for field in ENDPOINTS[endpoint].properties if field in found]


def unknown_keys(endpoint: str, arguments: JsonObject) -> list[str]:
    """Return the keys that the endpoint doesn't know. fal ignores them; we shouldn't send any."""
    return sorted(arguments.keys() - ENDPOINTS[endpoint].properties.keys())


def _errors(endpoint: str, body: JsonObject) -> list[ValidationError]:
    """Return what the schema says about the fields that are there."""
    validator = Draft202012Validator(ENDPOINTS[endpoint].schema)
    errors = cast(
        "Iterable[ValidationError]",
        validator.iter_errors(body),  # pyright: ignore[reportUnknownMemberType] - half annotated
    )
    return [error for error in errors if error.path]


def _wrong(error: ValidationError) -> JsonObject:
    location = ["body", *error.path]
    given = cast("Json", error.instance)
    if error.validator != "enum":
        return _wrong_type(location, cast("Json", error.validator_value), given)
    *others, last = map(repr, cast("Sequence[str | int]", error.validator_value))
    expected = f"{', '.join(others)} or {last}"
    message = f"Input should be {expected}"
    context: JsonObject = {"expected": expected}
    return error_detail("literal_error", location, message, given=given, context=context)


def _wrong_type(location: Sequence[str | int], expected: Json, given: Json) -> JsonObject:
    # A nullable type is a list: the complaint is about what it should be otherwise.
    kind = expected[0] if isinstance(expected, list) else expected
    error_type, message = _WRONG_TYPE[str(kind)]
    return error_detail(error_type, location, message, given=given)
