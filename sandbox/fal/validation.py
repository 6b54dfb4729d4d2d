"""Input against an endpoint's schema, complaints in the shape of pydantic as fal gives them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from jsonschema import Draft202012Validator, TypeChecker, ValidationError, validators

from sandbox.fal.endpoints import Endpoint
from sandbox.fal.errors import Json, JsonObject, error_detail
from sandbox.fal.schemas import ENDPOINTS

FEWEST_KEYFRAMES, MOST_KEYFRAMES, LONGEST_FRAMES = 2, 5, 25
_WRONG_TYPE: Mapping[str, tuple[str, str]] = {
    "string": ("string_type", "Input should be a valid string"),
    "integer": ("int_type", "Input should be a valid integer"),
    "array": ("list_type", "Input should be a valid list"),
    "object": ("model_attributes_type", "Input should be a valid dictionary or object"),
}
Place = tuple[str | int, ...]


def _is_integer(_: TypeChecker, value: object) -> bool:
    """JSON Schema calls 5.0 an integer; fal's documents mean the JSON literal 5."""
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES = cast("TypeChecker", Draft202012Validator.TYPE_CHECKER).redefine("integer", _is_integer)
_Validator = cast(
    "type[Draft202012Validator]",
    validators.extend(Draft202012Validator, type_checker=_TYPES),  # pyright: ignore[reportUnknownMemberType] - half annotated
)


def complaints(endpoint: str, body: Json) -> list[Json]:
    """Return the `detail` list for a submit's body, empty if fal would take it."""
    if not isinstance(body, dict):
        message = "Input should be a valid dictionary or object to extract fields from"
        return [error_detail("model_attributes_type", ["body"], message, given=body)]
    model = ENDPOINTS[endpoint]
    found: dict[Place, Json] = {
        (name,): error_detail("missing", ["body", name], "Field required", given=body)
        for name in model.required
        if name not in body
    }
    for error in _errors(model, body):
        place = tuple(error.path)
        # Of two complaints about one field, pydantic makes the enum's.
        if place not in found or error.validator == "enum":
            found[place] = _wrong(error)
    if not found and "transitions" in model.properties:
        found = _wrong_frames(model, body)
    order = list(model.properties)
    return [found[place] for place in sorted(found, key=lambda place: order.index(str(place[0])))]


def unknown_keys(endpoint: str, arguments: JsonObject) -> list[str]:
    """Return the keys that the endpoint doesn't know. fal ignores them; we shouldn't send any."""
    properties = ENDPOINTS[endpoint].properties
    unknown = sorted(arguments.keys() - properties.keys())
    if "transitions" in properties and isinstance(
        transitions := arguments.get("transitions"), list
    ):
        for one in transitions:
            if isinstance(one, dict):
                unknown += sorted(one.keys() - {"prompt", "duration"})
    return unknown


def _errors(model: Endpoint, body: JsonObject) -> list[ValidationError]:
    """Return the schema's errors about the fields that are there."""
    validator = _Validator(model.schema)
    errors = cast(
        "Iterable[ValidationError]",
        validator.iter_errors(body),  # pyright: ignore[reportUnknownMemberType] - half annotated
    )
    return [error for error in errors if error.path]


def _wrong(error: ValidationError) -> JsonObject:
    location = ["body", *error.path]
    given, rule = cast("Json", error.instance), cast("Json", error.validator_value)
    match error.validator:
        case "enum":
            *others, last = map(repr, cast("Sequence[str | int]", rule))
            expected = f"{', '.join(others)} or {last}"
            context: JsonObject = {"expected": expected}
            message = f"Input should be {expected}"
            return error_detail("literal_error", location, message, given=given, context=context)
        case "minimum":
            message = f"Input should be greater than or equal to {rule}"
            context = {"ge": rule}
            return error_detail(
                "greater_than_equal", location, message, given=given, context=context
            )
        case "maximum":
            message = f"Input should be less than or equal to {rule}"
            context = {"le": rule}
            return error_detail("less_than_equal", location, message, given=given, context=context)
        case _:
            # A nullable type is a list: the complaint is about what it should be otherwise.
            kind = rule[0] if isinstance(rule, list) else rule
            error_type, message = _WRONG_TYPE[str(kind)]
            return error_detail(error_type, location, message, given=given)


def _wrong_frames(model: Endpoint, body: JsonObject) -> dict[Place, Json]:
    """Return the breaches of those rules of pikaframes that only its descriptions state."""
    pictures, transitions = body["image_urls"], body.get("transitions")
    assert isinstance(pictures, list)
    where = ["body", "image_urls"]
    if len(pictures) < FEWEST_KEYFRAMES:
        message = f"Sequence should have at least {FEWEST_KEYFRAMES} items"
        context: JsonObject = {"min_length": FEWEST_KEYFRAMES}
        wrong = error_detail("sequence_too_short", where, message, given=pictures, context=context)
        return {("image_urls",): wrong}
    if len(pictures) > MOST_KEYFRAMES:
        message = f"Sequence should have at most {MOST_KEYFRAMES} items"
        context = {"max_length": MOST_KEYFRAMES}
        wrong = error_detail("sequence_too_long", where, message, given=pictures, context=context)
        return {("image_urls",): wrong}
    spans = model.spans(body)
    if len(spans) != len(pictures) - 1:
        message = "Value error, Length must be len(image_urls) - 1"
    elif sum(spans) > LONGEST_FRAMES:
        message = f"Value error, Total duration must not exceed {LONGEST_FRAMES} seconds"
    else:
        return {}
    where = ["body", "transitions"]
    return {("transitions",): error_detail("value_error", where, message, given=transitions)}
