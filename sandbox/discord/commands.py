"""The application's commands: checked when the bot syncs them, found when a member uses them.

See https://docs.discord.com/developers/interactions/application-commands.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from sandbox.discord.errors import invalid_form
from sandbox.discord.wire import Json, as_integer, as_object, as_objects, as_text

if TYPE_CHECKING:
    from sandbox.discord.clock import Snowflakes

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
MOST_COMMANDS = {CHAT_INPUT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
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


@dataclass(frozen=True, slots=True)
class Found:
    """A command as a member calls it: the way down to its leaf, and the leaf's options.

    `path` holds the group and subcommand as pairs of type and name, outermost first.
    """

    command: Json
    path: tuple[tuple[Option, str], ...]
    options: list[Json]


class CommandRegistry:
    """What the bot synced, globally and for the one guild. `syncs` counts the times it did."""

    def __init__(self, ids: Snowflakes) -> None:
        self.syncs = 0
        self._ids = ids
        self._scopes: dict[int | None, list[Json]] = {}

    def scope(self, guild_id: int | None) -> list[Json]:
        return self._scopes.get(guild_id, [])

    def everything(self) -> list[Json]:
        return [command for commands in self._scopes.values() for command in commands]

    def replace(self, guild_id: int | None, application_id: int, wanted: list[Json]) -> list[Json]:
        """Put these commands in place of all others of the scope; a name keeps its id.

        Raises:
            ApiError: 50035 for anything Discord refuses.
        """
        kinds = Counter(as_integer(command.get("type"), CHAT_INPUT) for command in wanted)
        for kind, number in kinds.items():
            if number > MOST_COMMANDS.get(kind, 0):
                raise invalid_form("_", "Maximum number of application commands reached.")
        known = {_identity(command): command for command in self.scope(guild_id)}
        if len({_identity(command) for command in wanted}) < len(wanted):
            raise invalid_form(
                "_",
                "Application command names must be unique",
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
            )
        complete: list[Json] = []
        for index, command in enumerate(wanted):
            _check_command(command, str(index))
            old = known.get(_identity(command), {})
            complete.append(self._complete(command, old, application_id, guild_id))
        self._scopes[guild_id] = complete
        self.syncs += 1
        return complete

    def _complete(
        self, command: Json, old: Json, application_id: int, guild_id: int | None
    ) -> Json:
        defaults: Json = {
            "type": CHAT_INPUT,
            "name_localizations": None,
            "description": "",
            "description_localizations": None,
            "default_member_permissions": None,
            "nsfw": False,
            "integration_types": [0],
            "contexts": None,
        }
        identity: Json = {
            "id": old.get("id") or str(self._ids.next()),
            "application_id": str(application_id),
            "version": str(self._ids.next()),
        }
        if guild_id is not None:
            identity["guild_id"] = str(guild_id)
        else:
            defaults["dm_permission"] = True
        return defaults | command | identity

    def find(self, name: str, kind: int = CHAT_INPUT) -> Found:
        """Find a command by what a member types, like `pika text`.

        Raises:
            ValueError: There is no such command or subcommand.
        """
        root, *rest = name.split(" ") if kind == CHAT_INPUT else [name]
        matching = [
            command
            for command in self.everything()
            if command["name"] == root and command["type"] == kind
        ]
        if not matching:
            known = [command["name"] for command in self.everything()]
            raise ValueError(f"no command {root!r}; the bot synced {known}")
        # A guild's own command hides the global one of the same name.
        command = matching[-1]
        options = as_objects(command.get("options"))
        path: list[tuple[Option, str]] = []
        for word in rest:
            option = next((option for option in options if option["name"] == word), Json())
            option_type = as_integer(option.get("type"))
            if option_type not in (Option.SUBCOMMAND, Option.GROUP):
                raise ValueError(f"no subcommand {word!r} in {name!r}")
            path.append((Option(option_type), word))
            options = as_objects(option.get("options"))
        if any(option["type"] in (Option.SUBCOMMAND, Option.GROUP) for option in options):
            raise ValueError(f"{name!r} is a group; name one of its subcommands")
        return Found(command, tuple(path), options)


def _identity(command: Json) -> tuple[str, int]:
    return as_text(command.get("name")), as_integer(command.get("type"), CHAT_INPUT)


def _check_command(command: Json, path: str) -> None:
    name, kind = _identity(command)
    if kind == CHAT_INPUT:
        _check_name_and_description(command, path)
        _check_options(as_objects(command.get("options")), path, depth=0)
        if _characters(command) > LONGEST_COMMAND:
            raise invalid_form(
                path,
                "Command exceeds maximum size (8000)",
                "APPLICATION_COMMAND_TOO_LARGE",
            )
    elif not 1 <= len(name) <= LONGEST_NAME or command.get("description"):
        raise invalid_form(f"{path}.name", "A menu command has a name up to 32 and no description.")


def _check_name_and_description(item: Json, path: str) -> None:
    name = as_text(item.get("name"))
    if not _NAME.fullmatch(name) or name != name.lower():
        raise invalid_form(f"{path}.name", "Name is invalid", "APPLICATION_COMMAND_INVALID_NAME")
    if not 1 <= len(as_text(item.get("description"))) <= LONGEST_DESCRIPTION:
        raise invalid_form(
            f"{path}.description", "Must be between 1 and 100 in length.", "BASE_TYPE_BAD_LENGTH"
        )


def _check_options(options: list[Json], path: str, *, depth: int) -> None:
    if len(options) > MOST_OPTIONS:
        raise invalid_form(f"{path}.options", "Must be 25 or fewer in length.")
    if len({as_text(option.get("name")) for option in options}) < len(options):
        raise invalid_form(
            f"{path}.options",
            "Option names must be unique",
            "APPLICATION_COMMAND_OPTIONS_DUPLICATE",
        )
    optional_seen = False
    for index, option in enumerate(options):
        where = f"{path}.options.{index}"
        _check_name_and_description(option, where)
        option_type = as_integer(option.get("type"))
        if option_type not in set(Option):
            raise invalid_form(f"{where}.type", "Value must be one of {1, …, 11}.")
        if option_type in (Option.SUBCOMMAND, Option.GROUP):
            if depth + (option_type == Option.GROUP) > 1:
                raise invalid_form(f"{where}.type", "Sub-commands are nested too deeply.")
            _check_options(as_objects(option.get("options")), where, depth=depth + 1)
            continue
        if option.get("required") and optional_seen:
            raise invalid_form(
                where,
                "Required options must be placed before non-required options",
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
            )
        optional_seen = optional_seen or not option.get("required")
        _check_choices(option, where)
        if as_integer(option.get("max_length")) > LONGEST_STRING:
            raise invalid_form(f"{where}.max_length", "Must be less than or equal to 6000.")


def _check_choices(option: Json, path: str) -> None:
    choices = as_objects(option.get("choices"))
    if choices and option.get("autocomplete"):
        raise invalid_form(f"{path}.autocomplete", "Autocomplete excludes choices.")
    check_choices(choices, f"{path}.choices")


def check_choices(choices: list[Json], path: str) -> None:
    """Check the choices of an option, or of an answer to autocomplete.

    Raises:
        ApiError: 50035 for too many of them or a text too long.
    """
    if len(choices) > MOST_CHOICES:
        raise invalid_form(path, "Must be 25 or fewer in length.", "BASE_TYPE_MAX_LENGTH")
    for index, choice in enumerate(choices):
        for key in ("name", "value"):
            value = choice.get(key)
            if value in (None, "") or len(str(value)) > LONGEST_CHOICE:
                raise invalid_form(f"{path}.{index}.{key}", "Must be between 1 and 100 in length.")


def _characters(item: Json) -> int:
    """Add up names, descriptions and values; the longest localization counts for a text."""
    total = sum(
        max(
            len(as_text(item.get(key))),
            *(len(as_text(text)) for text in as_object(item.get(f"{key}_localizations")).values()),
            0,
        )
        for key in ("name", "description")
    )
    for choice in as_objects(item.get("choices")):
        total += len(as_text(choice.get("name"))) + len(str(choice.get("value")))
    return total + sum(map(_characters, as_objects(item.get("options"))))
