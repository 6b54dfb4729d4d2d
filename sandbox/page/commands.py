"""The synced commands, as a list of those that a member can pick."""

from sandbox.discord import DiscordServer
from sandbox.discord.cdn import File
from sandbox.discord.commands import CHAT_INPUT, Option
from sandbox.discord.forms import OptionValue
from sandbox.discord.wire import Json, as_integer, as_object, as_objects, as_text

_BRANCHES = (Option.SUBCOMMAND, Option.GROUP)


def leaves(commands: list[Json]) -> list[Json]:
    """Return name (like `pika text`), type, description and options of every leaf."""
    return [leaf for command in commands for leaf in _under(command, "", _type(command))]


def option_value(
    discord: DiscordServer, option: Json, value: object, files: dict[str, File]
) -> OptionValue:
    """Return the chosen value: people, channels and roles come as ids, files by their key.

    Raises ValueError for an id or value that doesn't exist.
    """
    wanted = as_integer(value)
    match Option(as_integer(option.get("type"))):
        case Option.ATTACHMENT:
            return file_of(value, files)
        case Option.USER | Option.CHANNEL | Option.ROLE | Option.MENTIONABLE as kind:
            people = [*discord.members.values(), discord.bot]
            sorts = {
                Option.USER: people,
                Option.CHANNEL: [*discord.channels.values()],
                Option.ROLE: [*discord.roles.values()],
                Option.MENTIONABLE: [*people, *discord.roles.values()],
            }
            found = next((one for one in sorts[kind] if one.id == wanted), None)
            if found is None:
                raise ValueError(f"{option.get('name')}: there is no {value!r}")
            return found
        case _ if isinstance(value, str | int | float | bool):
            return value
        case _:
            raise ValueError(f"{option.get('name')}: {value!r} is no value")


def file_of(value: object, files: dict[str, File]) -> File:
    """Return the file that `{"file": key}` names. Raises ValueError if it wasn't sent."""
    key = as_text(as_object(value).get("file"))
    if key not in files:
        raise ValueError("the file is missing")
    return files[key]


def _type(item: Json) -> int:
    return as_integer(item.get("type"), CHAT_INPUT)


def _under(item: Json, above: str, command_type: int) -> list[Json]:
    name = f"{above} {as_text(item.get('name'))}".strip()
    options = as_objects(item.get("options"))
    branches = [option for option in options if _type(option) in _BRANCHES]
    if branches:
        return [leaf for branch in branches for leaf in _under(branch, name, command_type)]
    description = as_text(item.get("description"))
    return [{"name": name, "type": command_type, "description": description, "options": options}]
