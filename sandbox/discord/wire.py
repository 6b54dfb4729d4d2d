"""JSON as it arrives: untyped once here, plain Python types everywhere else."""

import json
from typing import TypeAlias, cast

Json: TypeAlias = dict[str, object]


def decode(raw: str | bytes) -> object:
    """Parse JSON text.

    Raises:
        ValueError: The text is no JSON.
    """
    return cast("object", json.loads(raw))


def encode(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def as_object(value: object) -> Json:
    """Return the JSON object, or an empty one when the value is something else."""
    return cast("Json", value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def as_objects(value: object) -> list[Json]:
    return [as_object(item) for item in as_list(value)]


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_integer(value: object, default: int = 0) -> int:
    """Read an integer that may be written as a string, as Discord writes ids and permissions."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str) and value.lstrip("-").isdecimal():
        return int(value)
    return default
