"""Payloads with one field left out, null, or of another type."""

from collections.abc import Iterator
from itertools import chain

from sandbox.discord.event_changes import Change, FieldPath, field_paths, replaced, without
from sandbox.discord.wire import Json


def odd(payload: Json) -> Iterator[tuple[FieldPath, Change]]:
    """Yield the change that leaves out each field, and those that spoil each outer one."""
    for path in field_paths(payload):
        yield path, without(*path)
    for key, value in payload.items():
        spoiled = chain([] if value is None else [None], [_of_another_type(value)])
        for other in spoiled:
            yield (key,), replaced(key, by=other)


def _of_another_type(value: object) -> object:
    match value:
        case dict() | str():
            return []
        case list():
            return {}
        case _:
            return "x"
