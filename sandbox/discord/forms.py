"""A member's input as Discord's client sends it, or refuses to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.discord.cdn import Cdn, File
from sandbox.discord.command_rules import LONGEST_STRING, Option
from sandbox.discord.commands import Found
from sandbox.discord.guilds import Channel, Member, Role
from sandbox.discord.message_payloads import attachment_payload
from sandbox.discord.payloads import channel_payload, member_in_channel_payload, role_payload
from sandbox.discord.wire import Json, as_integer, as_objects, as_text
from sandbox.discord.world import World

OptionValue: TypeAlias = str | int | float | bool | File | Member | Channel | Role
SelectValue: TypeAlias = str | Member | Role | Channel
ModalValue: TypeAlias = str | bool | File | Sequence[SelectValue | File]


@dataclass(slots=True)
class Resolver:
    """Turns values into ids and collects the objects behind them."""

    world: World
    cdn: Cdn
    channel: Channel
    """The channel of the interaction; things of another server can't be chosen there."""
    resolved: dict[str, dict[str, object]] = field(default_factory=dict)
    """Payloads of the chosen objects by kind and id."""

    def add(self, value: File | Member | Channel | Role) -> str:
        match value:
            case File():
                folder = f"ephemeral-attachments/{self.world.application_id}"
                stored = self.cdn.store(value, folder=folder, ephemeral=True)
                self._put("attachments", stored.id, attachment_payload(stored))
                return str(stored.id)
            case Member():
                self._check_here(value)
                member = member_in_channel_payload(self.world, value, self.channel)
                self._put("users", value.id, member.pop("user"))
                self._put("members", value.id, member)
            case Channel():
                self._check_here(value)
                payload = channel_payload(value)
                self._put("channels", value.id, payload | {"permissions": "0"})
            case Role():
                self._check_here(value)
                self._put("roles", value.id, role_payload(value))
        return str(value.id)

    def _check_here(self, value: Member | Channel | Role) -> None:
        if self.channel.guild_id not in (None, value.guild_id):
            raise ValueError(f"{value.name} is of another server than #{self.channel.name}")

    def _put(self, key: str, object_id: int, payload: object) -> None:
        self.resolved.setdefault(key, {})[str(object_id)] = payload


def command_options(
    found: Found,
    values: Mapping[str, OptionValue],
    resolver: Resolver,
    *,
    focused: str | None = None,
) -> list[Json]:
    """Fill in a command's options, nested as its subcommands are.

    With `focused`, the member is still typing in that option: nothing is required yet.

    Raises:
        ValueError: The client wouldn't let the member send this.
    """
    options = {as_text(option["name"]): option for option in found.options}
    if unknown := set(values) - set(options):
        raise ValueError(f"no option {sorted(unknown)}; there are {sorted(options)}")
    missing = {name for name, option in options.items() if option.get("required")} - set(values)
    if missing and focused is None:
        raise ValueError(f"required: {sorted(missing)}")
    filled: list[Json] = []
    for name, value in values.items():
        entry: Json = {"name": name, "type": options[name]["type"]}
        if name == focused:
            entry |= {"value": str(value), "focused": True}
        else:
            entry["value"] = _option_value(options[name], value, resolver)
        filled.append(entry)
    for option_type, name in reversed(found.path):
        filled = [{"name": name, "type": int(option_type), "options": filled}]
    return filled


def _option_value(option: Json, value: OptionValue, resolver: Resolver) -> object:
    name = as_text(option["name"])
    if choices := as_objects(option.get("choices")):
        for choice in choices:
            if value in (choice["value"], choice["name"]):
                return choice["value"]
        raise ValueError(f"{name}: {value!r} is not among {[each['name'] for each in choices]}")
    match Option(as_integer(option["type"])), value:
        case Option.STRING, str():
            check_bounds(option, len(value), "min_length", "max_length", most=LONGEST_STRING)
            if not value and option.get("required"):
                raise ValueError(f"{name} is required")
        case Option.BOOLEAN, bool():
            pass
        case Option.INTEGER, int() if not isinstance(value, bool):
            check_bounds(option, value, "min_value", "max_value", most=1 << 53)
        case Option.NUMBER, int() | float() if not isinstance(value, bool):
            check_bounds(option, value, "min_value", "max_value", most=1 << 53)
        case (
            (Option.ATTACHMENT, File())
            | (Option.USER, Member())
            | (Option.CHANNEL, Channel())
            | (Option.ROLE, Role())
            | (Option.MENTIONABLE, Member() | Role())
        ):
            return resolver.add(value)
        case _:
            raise ValueError(f"{name}: {value!r} doesn't fit an option of type {option['type']}")
    return value


def check_bounds(option: Json, number: float, low: str, high: str, *, most: int) -> None:
    least, limit = option.get(low), option.get(high)
    if isinstance(least, int | float) and number < least:
        raise ValueError(f"{option['name']}: {number} is under {low} {least}")
    if number > (limit if isinstance(limit, int | float) else most):
        raise ValueError(f"{option['name']}: {number} is over {high} {limit}")


def command_data(found: Found, options: list[Json], resolver: Resolver) -> Json:
    """Return the `data` of an interaction by a slash command."""
    data: Json = {
        "id": found.command["id"],
        "name": found.command["name"],
        "type": found.command["type"],
        "options": options,
        "resolved": resolver.resolved,
    }
    if "guild_id" in found.command:
        data["guild_id"] = found.command["guild_id"]
    return data
