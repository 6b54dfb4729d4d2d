"""Changes of an event's payload, such as Discord once made by leaving a field out.

See https://github.com/Rapptz/discord.py/issues/2429.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias, cast

from sandbox.discord.wire import Json, as_object, decode, encode

FieldPath: TypeAlias = tuple[str | int, ...]
"""The keys and indexes on the way to a field."""
Change: TypeAlias = Callable[[Json], object]
"""Returns what is sent in place of a payload, which it may change."""


def field_paths(payload: object) -> Iterator[FieldPath]:
    """Yield the path of every field; of a list's elements, only the first one's."""
    if isinstance(payload, dict):
        for key, value in cast("Json", payload).items():
            yield (key,)
            yield from ((key, *path) for path in field_paths(value))
    elif isinstance(payload, list) and payload:
        first = cast("list[object]", payload)[0]
        yield (0,)
        yield from ((0, *path) for path in field_paths(first))


def without(*path: str | int) -> Change:
    """Return the change that leaves out one field, if it is there."""

    def change(payload: Json) -> Json:
        holder = _holder(payload, path)
        if isinstance(holder, dict):
            cast("dict[str | int, object]", holder).pop(path[-1], None)
        elif isinstance(holder, list) and isinstance(path[-1], int):
            del cast("list[object]", holder)[path[-1] : path[-1] + 1]
        return payload

    return change


def replaced(*path: str | int, by: object) -> Change:
    """Return the change that puts another value into one field, if it is there."""

    def change(payload: Json) -> Json:
        holder = _holder(payload, path)
        if isinstance(holder, dict) and path[-1] in holder:
            cast("dict[str | int, object]", holder)[path[-1]] = by
        return payload

    return change


def changed(payload: Json, change: Change) -> object:
    """Return the payload after a change; the payload itself stays as it is."""
    return change(as_object(decode(encode(payload))))


def _holder(payload: object, path: FieldPath) -> object:
    """Return the object or list that a field is in; None where the way there is another."""
    for step in path[:-1]:
        if isinstance(payload, dict):
            payload = cast("dict[str | int, object]", payload).get(step)
        elif isinstance(payload, list) and isinstance(step, int):
            elements = cast("list[object]", payload)
            payload = elements[step] if step < len(elements) else None
        else:
            return None
    return payload
