"""Components of messages and modals: walking, checking, finding.

See https://docs.discord.com/developers/components/reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from sandbox.discord.errors import invalid_form, too_long
from sandbox.discord.wire import Json, as_integer, as_object, as_objects, as_text

LINK_STYLE, PREMIUM_STYLE = 5, 6
LONGEST_CUSTOM_ID = 100
LONGEST_TEXT = 4000
MOST_COMPONENTS = 40


class Component(IntEnum):
    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    TEXT_DISPLAY = 10
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


# Everything else on a message needs the Components V2 flag.
_CLASSIC = frozenset({1, 2, 3, 5, 6, 7, 8})


def walk(components: list[Json]) -> Iterator[Json]:
    """Give every component, the nested ones after what holds them."""
    for component in components:
        yield component
        yield from walk(as_objects(component.get("components")))
        for key in ("component", "accessory"):
            if nested := as_object(component.get(key)):
                yield from walk([nested])


def kind(component: Json) -> int:
    return as_integer(component.get("type"))


def texts(components: list[Json]) -> list[str]:
    """Give the texts that a Components V2 message shows."""
    shown = (item for item in walk(components) if kind(item) == Component.TEXT_DISPLAY)
    return [as_text(item.get("content")) for item in shown]


def check_message_components(components: list[Json], *, version_2: bool, path: str) -> None:
    """Refuse what Discord refuses on a message.

    Raises:
        ApiError: 50035, naming the first bad field.
    """
    everything = list(walk(components))
    if version_2:
        _check_version_2(components, everything, path)
    else:
        if len(components) > 5:
            raise invalid_form(path, "Must be between 1 and 5 in length.", "BASE_TYPE_BAD_LENGTH")
        for index, row in enumerate(components):
            if kind(row) != Component.ACTION_ROW:
                raise invalid_form(f"{path}.{index}.type", "Value must be one of {1}.")
        if any(kind(item) not in _CLASSIC for item in everything):
            raise invalid_form(path, "Components V2 need the flag IS_COMPONENTS_V2.")
    for item in everything:
        if kind(item) == Component.ACTION_ROW and not 1 <= len(as_objects(item["components"])) <= 5:
            raise invalid_form(path, "Must be between 1 and 5 in length.", "BASE_TYPE_BAD_LENGTH")
        if kind(item) == Component.BUTTON:
            _check_button(item, path)
    check_custom_ids(everything, path)


def _check_version_2(components: list[Json], everything: list[Json], path: str) -> None:
    if len(everything) > MOST_COMPONENTS:
        raise invalid_form(path, f"Must be {MOST_COMPONENTS} or fewer.", "COMPONENT_MAX_TOTAL")
    if sum(map(len, texts(components))) > LONGEST_TEXT:
        raise too_long(path, LONGEST_TEXT)


def _check_button(button: Json, path: str) -> None:
    if len(as_text(button.get("label"))) > 80:
        raise too_long(f"{path}.label", 80)
    by_link = as_integer(button.get("style")) in (LINK_STYLE, PREMIUM_STYLE)
    if by_link == ("custom_id" in button):
        raise invalid_form(path, "A button has either a custom id or a link.")
    if not (button.get("label") or button.get("emoji") or by_link):
        raise invalid_form(path, "A button needs a label or an emoji.")


def check_custom_ids(everything: list[Json], path: str) -> None:
    """Refuse custom ids that are too long, empty or used twice."""
    ids = [as_text(item["custom_id"]) for item in everything if "custom_id" in item]
    for custom_id in ids:
        if not 1 <= len(custom_id) <= LONGEST_CUSTOM_ID:
            raise invalid_form(
                f"{path}.custom_id", "Must be between 1 and 100 in length.", "BASE_TYPE_BAD_LENGTH"
            )
    if len(set(ids)) < len(ids):
        raise invalid_form(
            path, "Component custom id cannot be duplicated", "COMPONENT_CUSTOM_ID_DUPLICATED"
        )


def check_modal(modal: Json) -> None:
    """Refuse what Discord refuses on a modal.

    Raises:
        ApiError: 50035, naming the first bad field.
    """
    components = as_objects(modal.get("components"))
    if not 1 <= len(as_text(modal.get("title"))) <= 45:
        raise too_long("data.title", 45)
    if not 1 <= len(components) <= 5:
        raise invalid_form("data.components", "Must be between 1 and 5 in length.")
    for item in components:
        if kind(item) not in (Component.ACTION_ROW, Component.TEXT_DISPLAY, Component.LABEL):
            raise invalid_form("data.components", "Value must be one of {1, 10, 18}.")
        if kind(item) == Component.LABEL and not 1 <= len(as_text(item.get("label"))) <= 45:
            raise too_long("data.components.label", 45)
    check_custom_ids([modal, *walk(components)], "data.components")


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
