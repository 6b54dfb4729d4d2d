"""Discord's rules for modals.

See https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal.
"""

from sandbox.discord.component_rules import (
    LONGEST_CUSTOM_ID,
    check_custom_ids,
    check_options,
    check_range,
    check_select,
    wrong_kind,
)
from sandbox.discord.components import SELECTS, Component, kind, walk_paths
from sandbox.discord.errors import bad_length, invalid_form, too_long
from sandbox.discord.wire import Json, as_integer, as_object, as_objects, as_text

LONGEST_TITLE = LONGEST_LABEL = 45
LONGEST_DESCRIPTION = LONGEST_PLACEHOLDER = 100
LONGEST_INPUT = 4000
MOST_FIELDS = 5
MOST_UPLOADS = 10

_AT_TOP = {Component.ACTION_ROW, Component.TEXT_DISPLAY, Component.LABEL}
_IN_LABEL = {
    Component.TEXT_INPUT,
    Component.FILE_UPLOAD,
    Component.RADIO_GROUP,
    Component.CHECKBOX_GROUP,
    Component.CHECKBOX,
    *SELECTS,
}
_PATH = "data.components"


def check_modal(modal: Json) -> None:
    """Refuse what Discord refuses.

    Raises:
        ApiError: 50035, naming the first bad field.
    """
    components = as_objects(modal.get("components"))
    if not 1 <= len(as_text(modal.get("title"))) <= LONGEST_TITLE:
        raise bad_length("data.title", 1, LONGEST_TITLE)
    if not 1 <= len(as_text(modal.get("custom_id"))) <= LONGEST_CUSTOM_ID:
        raise bad_length("data.custom_id", 1, LONGEST_CUSTOM_ID)
    if not 1 <= len(components) <= MOST_FIELDS:
        raise bad_length(_PATH, 1, MOST_FIELDS)
    for index, item in enumerate(components):
        if kind(item) not in _AT_TOP:
            raise wrong_kind(f"{_PATH}.{index}", _AT_TOP)
        if kind(item) == Component.LABEL:
            _check_label(item, f"{_PATH}.{index}")
        elif kind(item) == Component.ACTION_ROW:
            _check_row(item, f"{_PATH}.{index}")
    check_custom_ids(list(walk_paths(components, _PATH)), _PATH)


def _check_label(label: Json, path: str) -> None:
    if not 1 <= len(as_text(label.get("label"))) <= LONGEST_LABEL:
        raise bad_length(f"{path}.label", 1, LONGEST_LABEL)
    if len(as_text(label.get("description"))) > LONGEST_DESCRIPTION:
        raise too_long(f"{path}.description", LONGEST_DESCRIPTION)
    item, where = as_object(label.get("component")), f"{path}.component"
    if kind(item) not in _IN_LABEL:
        raise wrong_kind(where, _IN_LABEL)
    if "custom_id" not in item:
        raise invalid_form(f"{where}.custom_id", "This field is required", "BASE_TYPE_REQUIRED")
    match kind(item):
        case Component.TEXT_INPUT:
            _check_text_input(item, where)
        case Component.FILE_UPLOAD:
            check_range(item, where, most=MOST_UPLOADS)
        case Component.RADIO_GROUP:
            check_options(item, where, least=2, most=10)
        case Component.CHECKBOX_GROUP:
            check_options(item, where, least=1, most=10)
        case Component.CHECKBOX:
            pass
        case _:
            check_select(item, where)


def _check_row(row: Json, path: str) -> None:
    """Check a row of the older way: it holds one text input with a label of its own."""
    held = as_objects(row.get("components"))
    if len(held) != 1:
        raise bad_length(f"{path}.components", 1, 1)
    if kind(held[0]) != Component.TEXT_INPUT:
        raise wrong_kind(f"{path}.components.0", {Component.TEXT_INPUT})
    if not 1 <= len(as_text(held[0].get("label"))) <= LONGEST_LABEL:
        raise bad_length(f"{path}.components.0.label", 1, LONGEST_LABEL)
    _check_text_input(held[0], f"{path}.components.0")


def _check_text_input(item: Json, path: str) -> None:
    if len(as_text(item.get("placeholder"))) > LONGEST_PLACEHOLDER:
        raise too_long(f"{path}.placeholder", LONGEST_PLACEHOLDER)
    if len(as_text(item.get("value"))) > LONGEST_INPUT:
        raise too_long(f"{path}.value", LONGEST_INPUT)
    least = as_integer(item.get("min_length"))
    most = as_integer(item.get("max_length"), LONGEST_INPUT)
    if not 0 <= least <= LONGEST_INPUT:
        raise invalid_form(f"{path}.min_length", "int value should be between 0 and 4000.")
    if not max(least, 1) <= most <= LONGEST_INPUT:
        raise invalid_form(f"{path}.max_length", "int value should be between 1 and 4000.")
