"""Discord's rules for components without Components V2, and those that both kinds share.

See https://docs.discord.com/developers/components/reference.
"""

from collections.abc import Iterable

from sandbox.discord.components import SELECTS, Component, kind, walk_paths
from sandbox.discord.errors import bad_length, invalid_form, too_long
from sandbox.discord.wire import Json, as_integer, as_objects, as_text

LINK_STYLE, PREMIUM_STYLE = 5, 6
LONGEST_CUSTOM_ID = 100
LONGEST_LABEL = 80
LONGEST_LINK = 512
LONGEST_PLACEHOLDER = 150
LONGEST_OPTION = 100
MOST_ROWS = MOST_IN_ROW = 5
MOST_OPTIONS = 25


def check_classic(components: list[Json], path: str) -> None:
    """Refuse anything but up to five rows of buttons or one select each.

    Raises:
        ApiError: 50035, naming the first bad field.
    """
    if len(components) > MOST_ROWS:
        raise bad_length(path, 1, MOST_ROWS)
    for index, row in enumerate(components):
        if kind(row) != Component.ACTION_ROW:
            raise wrong_kind(f"{path}.{index}", {Component.ACTION_ROW})
    check_shared(list(walk_paths(components, path)), path)


def check_shared(everything: list[tuple[str, Json]], path: str) -> None:
    """Check rows, buttons, selects and custom ids, wherever they are on a message."""
    for where, item in everything:
        if kind(item) == Component.ACTION_ROW:
            _check_row(item, where)
        elif kind(item) == Component.BUTTON:
            _check_button(item, where)
        elif kind(item) in SELECTS:
            check_select(item, where)
    check_custom_ids(everything, path)


def wrong_kind(path: str, allowed: Iterable[int]) -> Exception:
    listing = ", ".join(str(int(number)) for number in sorted(allowed))
    return invalid_form(f"{path}.type", f"Value must be one of {{{listing}}}.", "BASE_TYPE_CHOICES")


def _check_row(row: Json, path: str) -> None:
    held = as_objects(row.get("components"))
    if not 1 <= len(held) <= MOST_IN_ROW:
        raise bad_length(f"{path}.components", 1, MOST_IN_ROW)
    for index, item in enumerate(held):
        if kind(item) not in {Component.BUTTON, *SELECTS}:
            raise wrong_kind(f"{path}.components.{index}", {Component.BUTTON, *SELECTS})
    if len(held) > 1 and any(kind(item) in SELECTS for item in held):
        raise invalid_form(
            f"{path}.components",
            "The specified component exceeds the maximum width",
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
        )


def _check_button(button: Json, path: str) -> None:
    if len(as_text(button.get("label"))) > LONGEST_LABEL:
        raise too_long(f"{path}.label", LONGEST_LABEL)
    if len(as_text(button.get("url"))) > LONGEST_LINK:
        raise too_long(f"{path}.url", LONGEST_LINK)
    by_link = as_integer(button.get("style")) in (LINK_STYLE, PREMIUM_STYLE)
    if by_link == ("custom_id" in button):
        raise invalid_form(path, "A button has either a custom id or a link.")
    if as_integer(button.get("style")) == LINK_STYLE and not button.get("url"):
        raise invalid_form(f"{path}.url", "This field is required", "BASE_TYPE_REQUIRED")
    if not (button.get("label") or button.get("emoji") or by_link):
        raise invalid_form(path, "A button needs a label or an emoji.")


def check_select(select: Json, path: str) -> None:
    """Check a select menu of a message or a modal."""
    if "custom_id" not in select:
        raise invalid_form(f"{path}.custom_id", "This field is required", "BASE_TYPE_REQUIRED")
    if len(as_text(select.get("placeholder"))) > LONGEST_PLACEHOLDER:
        raise too_long(f"{path}.placeholder", LONGEST_PLACEHOLDER)
    check_range(select, path, most=MOST_OPTIONS)
    if kind(select) == Component.STRING_SELECT:
        check_options(select, path, least=1, most=MOST_OPTIONS)


def check_options(item: Json, path: str, *, least: int, most: int) -> None:
    """Check the options of a select, radio group or checkbox group."""
    options = as_objects(item.get("options"))
    if not least <= len(options) <= most:
        raise bad_length(f"{path}.options", least, most)
    for index, option in enumerate(options):
        for key in ("label", "value"):
            if not 1 <= len(as_text(option.get(key))) <= LONGEST_OPTION:
                raise bad_length(f"{path}.options.{index}.{key}", 1, LONGEST_OPTION)
        if len(as_text(option.get("description"))) > LONGEST_OPTION:
            raise too_long(f"{path}.options.{index}.description", LONGEST_OPTION)
    if len({as_text(option["value"]) for option in options}) < len(options):
        raise invalid_form(
            f"{path}.options",
            "The specified option value is already used",
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
        )


def check_range(item: Json, path: str, *, most: int) -> None:
    """Check how many values a member may choose at least and at most."""
    least, limit = as_integer(item.get("min_values"), 1), as_integer(item.get("max_values"), 1)
    if not 0 <= least <= most:
        raise invalid_form(f"{path}.min_values", f"int value should be between 0 and {most}.")
    if not max(least, 1) <= limit <= most:
        raise invalid_form(f"{path}.max_values", f"int value should be between 1 and {most}.")


def check_custom_ids(everything: list[tuple[str, Json]], path: str) -> None:
    """Refuse custom ids that are too long, empty or used twice."""
    seen: set[str] = set()
    for where, item in everything:
        if "custom_id" not in item:
            continue
        custom_id = as_text(item["custom_id"])
        if not 1 <= len(custom_id) <= LONGEST_CUSTOM_ID:
            raise bad_length(f"{where}.custom_id", 1, LONGEST_CUSTOM_ID)
        if custom_id in seen:
            raise invalid_form(
                where or path,
                "Component custom id cannot be duplicated",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
            )
        seen.add(custom_id)
