"""Components of messages and modals: kinds, walking, finding.

See https://docs.discord.com/developers/components/reference.
"""

from collections.abc import Iterator
from copy import deepcopy
from enum import IntEnum

from sandbox.discord.wire import Json, as_integer, as_object, as_objects, as_text


class Component(IntEnum):
    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS = frozenset(
    {
        Component.STRING_SELECT,
        Component.USER_SELECT,
        Component.ROLE_SELECT,
        Component.MENTIONABLE_SELECT,
        Component.CHANNEL_SELECT,
    }
)


def walk_paths(components: list[Json], path: str) -> Iterator[tuple[str, Json]]:
    """Yield every component with its path from the top, nested ones after their container."""
    for index, component in enumerate(components):
        yield from _with_nested(component, f"{path}.{index}")


def _with_nested(component: Json, path: str) -> Iterator[tuple[str, Json]]:
    yield path, component
    yield from walk_paths(as_objects(component.get("components")), f"{path}.components")
    for key in ("component", "accessory"):
        if nested := as_object(component.get(key)):
            yield from _with_nested(nested, f"{path}.{key}")


def walk(components: list[Json]) -> Iterator[Json]:
    """Return every component, nested ones after their container."""
    return (component for _, component in walk_paths(components, ""))


def with_text_ids(components: list[Json]) -> list[Json]:
    """Return components with the default values of menus as Discord writes them: ids as text."""
    copied = deepcopy(components)
    for component in walk(copied):
        for chosen in as_objects(component.get("default_values")):
            chosen["id"] = str(chosen["id"])
    return copied


def kind(component: Json) -> int:
    return as_integer(component.get("type"))


def texts(components: list[Json]) -> list[str]:
    """Return the texts that a Components V2 message shows."""
    shown = (item for item in walk(components) if kind(item) == Component.TEXT_DISPLAY)
    return [as_text(item.get("content")) for item in shown]


def find_button(components: list[Json], wanted: str) -> Json:
    """Find a button by its label or custom id.

    Raises:
        ValueError: There is none, or it can't be pressed.
    """
    buttons = [item for item in walk(components) if kind(item) == Component.BUTTON]
    for button in buttons:
        if wanted in (button.get("label"), button.get("custom_id")):
            if button.get("disabled") or "custom_id" not in button:
                raise ValueError(f"the button {wanted!r} can't be pressed")
            return button
    raise ValueError(f"no button {wanted!r} among {[item.get('label') for item in buttons]}")


def find_select(components: list[Json], custom_id: str) -> Json:
    """Find a select menu by its custom id.

    Raises:
        ValueError: There is none, or it is disabled.
    """
    selects = [item for item in walk(components) if kind(item) in SELECTS]
    for select in selects:
        if select.get("custom_id") == custom_id:
            if select.get("disabled"):
                raise ValueError(f"the select {custom_id!r} is disabled")
            return select
    raise ValueError(f"no select {custom_id!r} among {[each['custom_id'] for each in selects]}")
