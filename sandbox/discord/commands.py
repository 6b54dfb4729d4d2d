"""The application's commands: checked when the bot syncs them, found when a member uses them.

See https://docs.discord.com/developers/interactions/application-commands.
"""

from collections import Counter
from dataclasses import dataclass

from sandbox.discord.clock import Clock, Snowflakes
from sandbox.discord.command_rules import (
    CHAT_INPUT,
    MESSAGE_MENU,
    USER_MENU,
    Option,
    check_command,
    identity,
)
from sandbox.discord.errors import invalid_form, too_many_commands, too_many_creates
from sandbox.discord.guilds import Channel
from sandbox.discord.wire import Json, as_integer, as_objects

__all__ = ["CHAT_INPUT", "CommandRegistry", "Found", "Option"]

MOST_COMMANDS = {CHAT_INPUT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
MOST_CREATES = 200
"""In a day and scope; only names that weren't there count."""
DAY_SECONDS = 24 * 60 * 60.0


@dataclass(frozen=True, slots=True)
class Found:
    """A command as a member calls it."""

    command: Json
    """The whole command, as it was synced."""
    path: tuple[tuple[Option, str], ...]
    """The called group and subcommand as pairs of type and name, outermost first."""
    options: list[Json]
    """The options of the called subcommand, or of the command itself."""


class CommandRegistry:
    """The synced commands, global ones and those of single servers.

    `syncs` counts the successful syncs.
    """

    def __init__(self, clock: Clock, ids: Snowflakes) -> None:
        self.syncs = 0
        self._clock = clock
        self._ids = ids
        self._creates: dict[int | None, list[float]] = {}
        self._scopes: dict[int | None, list[Json]] = {}

    def scope(self, guild_id: int | None) -> list[Json]:
        return self._scopes.get(guild_id, [])

    def everything(self) -> list[Json]:
        return [command for commands in self._scopes.values() for command in commands]

    def replace(self, guild_id: int | None, application_id: int, wanted: list[Json]) -> list[Json]:
        """Put these commands in place of all others of the scope; a name keeps its id.

        Raises:
            ApiError: 30032 for too many of a kind, 30034 for too many new names today, 50035 for
                anything else that Discord refuses.
        """
        kinds = Counter(as_integer(command.get("type"), CHAT_INPUT) for command in wanted)
        for kind, number in kinds.items():
            if number > MOST_COMMANDS.get(kind, 0):
                raise too_many_commands(MOST_COMMANDS.get(kind, 0))
        known = {identity(command): command for command in self.scope(guild_id)}
        if len({identity(command) for command in wanted}) < len(wanted):
            raise invalid_form(
                "_",
                "Application command names must be unique",
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
            )
        for index, command in enumerate(wanted):
            check_command(command, str(index))
        new = sum(identity(command) not in known for command in wanted)
        self._count_creates(guild_id, new)
        complete = [
            self._complete(command, known.get(identity(command), {}), application_id, guild_id)
            for command in wanted
        ]
        self._scopes[guild_id] = complete
        self.syncs += 1
        return complete

    def _count_creates(self, guild_id: int | None, new: int) -> None:
        now = self._clock.now()
        today = [time for time in self._creates.get(guild_id, []) if now - time < DAY_SECONDS]
        if len(today) + new > MOST_CREATES:
            raise too_many_creates(MOST_CREATES)
        self._creates[guild_id] = today + [now] * new

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
        own: Json = {
            "id": old.get("id") or str(self._ids.next()),
            "application_id": str(application_id),
            "version": str(self._ids.next()),
        }
        if guild_id is not None:
            own["guild_id"] = str(guild_id)
        else:
            defaults["dm_permission"] = True
        return defaults | command | own

    def offered(self, guild_id: int | None) -> list[Json]:
        """Return the global commands and a server's own, or only those where there is no server."""
        own = [] if guild_id is None else self.scope(guild_id)
        return [*self.scope(None), *own]

    def named(self, name: str, kind: int, guild_id: int | None) -> Json:
        """Find a whole command by its name in a server, or in direct messages.

        Raises:
            ValueError: There is none.
        """
        offered = self.offered(guild_id)
        matching = [c for c in offered if (c["name"], c["type"]) == (name, kind)]
        if not matching:
            known = [command["name"] for command in offered]
            raise ValueError(f"no command {name!r} here; the bot synced {known}")
        # A guild's own command hides the global one of the same name.
        return matching[-1]

    def find(self, name: str, channel: Channel, kind: int = CHAT_INPUT) -> Found:
        """Find a command by the words that a member types in a channel, like `pika text`.

        Raises:
            ValueError: There is no such command or subcommand.
        """
        root, *rest = name.split(" ") if kind == CHAT_INPUT else [name]
        command = self.named(root, kind, channel.guild_id)
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
