"""Discord's rules for commands.

See https://docs.discord.com/developers/interactions/application-commands.
"""

import re
from enum import IntEnum

from sandbox.discord.errors import bad_length, invalid_form, too_long
from sandbox.discord.wire import Json, as_integer, as_object, as_objects, as_text

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
MOST_OPTIONS = MOST_CHOICES = 25
LONGEST_NAME = 32
LONGEST_DESCRIPTION = LONGEST_CHOICE = 100
LONGEST_STRING = 6000
LONGEST_COMMAND = 8000
# Discord's own pattern also lets Devanagari and Thai marks through, which \w leaves out.
_NAME = re.compile(r"[-'\w\u0900-\u097F\u0E00-\u0E7F]{1,32}")


class Option(IntEnum):
    SUBCOMMAND = 1
    GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


_NESTING = (Option.SUBCOMMAND, Option.GROUP)
_WITH_CHOICES = (Option.STRING, Option.INTEGER, Option.NUMBER)


def identity(command: Json) -> tuple[str, int]:
    return as_text(command.get("name")), as_integer(command.get("type"), CHAT_INPUT)


def check_command(command: Json, path: str) -> None:
    """Refuse a command that Discord refuses.

    Raises:
        ApiError: 50035, naming the first bad field.
    """
    name, kind = identity(command)
    if kind == CHAT_INPUT:
        _check_name_and_description(command, path)
        _check_options(as_objects(command.get("options")), path, inside=None)
        if _characters(command) > LONGEST_COMMAND:
            raise invalid_form(
                path,
                "Command exceeds maximum size (8000)",
                "APPLICATION_COMMAND_TOO_LARGE",
            )
    elif not 1 <= len(name) <= LONGEST_NAME or command.get("description"):
        raise invalid_form(f"{path}.name", "A menu command has a name up to 32 and no description.")
    default = command.get("default_member_permissions")
    if default is not None and not str(default).isdecimal():
        raise invalid_form(f"{path}.default_member_permissions", "Value is not a permission set.")


def _check_name_and_description(item: Json, path: str) -> None:
    localized = as_object(item.get("name_localizations")).values()
    for name in (item.get("name"), *localized):
        if not _NAME.fullmatch(as_text(name)) or name != as_text(name).lower():
            raise invalid_form(
                f"{path}.name", "Name is invalid", "APPLICATION_COMMAND_INVALID_NAME"
            )
    localized = as_object(item.get("description_localizations")).values()
    for description in (item.get("description"), *localized):
        if not 1 <= len(as_text(description)) <= LONGEST_DESCRIPTION:
            raise bad_length(f"{path}.description", 1, LONGEST_DESCRIPTION)


def _check_options(options: list[Json], path: str, *, inside: Option | None) -> None:
    if len(options) > MOST_OPTIONS:
        raise too_long(f"{path}.options", MOST_OPTIONS)
    if len({as_text(option.get("name")) for option in options}) < len(options):
        raise invalid_form(
            f"{path}.options",
            "Option names must be unique",
            "APPLICATION_COMMAND_OPTIONS_DUPLICATE",
        )
    kinds = [_option_type(option, f"{path}.options.{n}") for n, option in enumerate(options)]
    _check_nesting(kinds, path, inside)
    optional_seen = False
    for index, option in enumerate(options):
        where = f"{path}.options.{index}"
        _check_name_and_description(option, where)
        if kinds[index] in _NESTING:
            _check_options(as_objects(option.get("options")), where, inside=kinds[index])
            continue
        if option.get("required") and optional_seen:
            raise invalid_form(
                where,
                "Required options must be placed before non-required options",
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
            )
        optional_seen = optional_seen or not option.get("required")
        _check_values(option, kinds[index], where)


def _option_type(option: Json, path: str) -> Option:
    try:
        return Option(as_integer(option.get("type")))
    except ValueError:
        message = "Value must be one of {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}."
        raise invalid_form(f"{path}.type", message, "BASE_TYPE_CHOICES") from None


def _check_nesting(kinds: list[Option], path: str, inside: Option | None) -> None:
    """Groups hold subcommands, subcommands hold values; and no level mixes the two."""
    allowed = {
        None: set(Option),
        Option.GROUP: {Option.SUBCOMMAND},
        Option.SUBCOMMAND: set(Option) - set(_NESTING),
    }[inside]
    nested = [kind in _NESTING for kind in kinds]
    if not set(kinds) <= allowed or (any(nested) and not all(nested)):
        raise invalid_form(
            f"{path}.options",
            "Sub-command and sub-command group option types are mutually exclusive to all other "
            "types",
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        )


def _check_values(option: Json, option_type: Option, path: str) -> None:
    choices = as_objects(option.get("choices"))
    if (choices or option.get("autocomplete")) and option_type not in _WITH_CHOICES:
        raise invalid_form(f"{path}.choices", "Options of this type have no choices.")
    if choices and option.get("autocomplete"):
        raise invalid_form(
            f"{path}.autocomplete",
            "Autocomplete cannot be set to true if choices are present",
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
        )
    check_choices(choices, f"{path}.choices")
    for key, least in (("min_length", 0), ("max_length", 1)):
        if not least <= as_integer(option.get(key), least) <= LONGEST_STRING:
            raise invalid_form(
                f"{path}.{key}", f"int value should be between {least} and {LONGEST_STRING}."
            )


def check_choices(choices: list[Json], path: str) -> None:
    """Check the choices of an option, or of an answer to autocomplete.

    Raises:
        ApiError: 50035 for too many of them or a text too long.
    """
    if len(choices) > MOST_CHOICES:
        raise too_long(path, MOST_CHOICES)
    for index, choice in enumerate(choices):
        for key in ("name", "value"):
            value = choice.get(key)
            if value in (None, "") or len(str(value)) > LONGEST_CHOICE:
                raise bad_length(f"{path}.{index}.{key}", 1, LONGEST_CHOICE)


def _characters(item: Json) -> int:
    """Add up names, descriptions and values; the longest localization counts for a text."""
    total = _longest(item, "name") + _longest(item, "description")
    for choice in as_objects(item.get("choices")):
        total += _longest(choice, "name") + len(str(choice.get("value")))
    return total + sum(map(_characters, as_objects(item.get("options"))))


def _longest(item: Json, key: str) -> int:
    localized = as_object(item.get(f"{key}_localizations")).values()
    return max(len(as_text(text)) for text in (item.get(key), *localized))
