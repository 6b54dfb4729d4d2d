"""The parts of Discord's events without which the bot can't go by them: pure functions."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias, cast

import discord

from bot.ui.former_members import name_user
from bot.ui.types import AnyInteraction, has_user
from bot.ui.unreadable import MissingPart

Payload: TypeAlias = dict[str, object]

_THREADS = {10, 11, 12}
_OLD = "2015-01-01T00:00:00+00:00"
# Whatever discord.py demands of a thread, and this bot doesn't use.
_THREAD_DEFAULTS: Payload = {
    "name": "",
    "owner_id": "0",
    "message_count": 0,
    "member_count": 0,
    "thread_metadata": {
        "archived": False,
        "auto_archive_duration": 1440,
        "archive_timestamp": _OLD,
        "locked": False,
    },
}
_OF_A_USER = {"id", "username", "discriminator", "avatar"}
OF_COMMANDS = {
    discord.InteractionType.application_command,
    discord.InteractionType.autocomplete,
}
# Where an option's value is found, by the option's type; a mentionable is in either.
_RESOLVED = {
    6: ("users",),
    7: ("channels",),
    8: ("roles",),
    9: ("users", "roles"),
    11: ("attachments",),
}


def check_servers(ready: Payload) -> None:
    """Raise unless READY lists the bot's servers: to discord.py another value may mean none."""
    if not isinstance(ready["guilds"], list):
        raise MissingPart


def with_thread(payload: Payload) -> Payload:
    """Return an interaction with all that discord.py demands of the thread that it is from."""
    channel = payload.get("channel")
    if not isinstance(channel, dict):
        return payload
    fields = cast("Payload", channel)
    if fields.get("type") not in _THREADS:
        return payload
    metadata = fields.get("thread_metadata")
    whole = cast("Payload", _THREAD_DEFAULTS["thread_metadata"])
    if isinstance(metadata, dict):
        whole = whole | {
            key: each for key, each in cast("Payload", metadata).items() if each is not None
        }
    present = {key: each for key, each in fields.items() if each is not None}
    return {**payload, "channel": {**_THREAD_DEFAULTS, **present, "thread_metadata": whole}}


def check_message(payload: object) -> None:
    """Raise unless a message, and one that it replies to, says who wrote what to whom."""
    message = cast("Payload", payload)
    for each in (message, message.get("referenced_message")):
        if each is None:
            continue
        fields = cast("Payload", each)
        _complete(fields)
        if not (
            isinstance(fields.get("author"), dict)
            and cast("Payload", fields["author"]).keys() >= _OF_A_USER
            and isinstance(fields.get("content"), str)
            and isinstance(fields.get("mentions"), list)
        ):
            raise MissingPart


def _complete(message: Payload) -> None:
    """Add what Discord's documentation lets a message be without, and discord.py doesn't."""
    message.setdefault("components", [])
    if not isinstance(message.get("flags"), int):
        message["flags"] = 0


def complete_messages(payload: Payload) -> None:
    """Add what the messages of an interaction may have been sent without."""
    data = payload.get("data")
    resolved = cast("Payload", data).get("resolved") if isinstance(data, dict) else None
    messages = cast("Payload", resolved).get("messages") if isinstance(resolved, dict) else None
    several = cast("Payload", messages).values() if isinstance(messages, dict) else ()
    for message in (payload.get("message"), *several):
        if isinstance(message, dict):
            _complete(cast("Payload", message))


def keep_user(payload: Payload) -> None:
    """Keep the user of an interaction without a member where `name_user` finds it."""
    data = payload.get("data")
    if "member" not in payload and "user" in payload and isinstance(data, dict):
        cast("Payload", data)["user"] = payload["user"]


def check_interaction(interaction: AnyInteraction) -> None:
    """Raise unless there is all that commands, buttons and modals rely on."""
    name_user(interaction)
    if not has_user(interaction) or interaction.channel is None or not is_text(interaction.token):
        raise MissingPart
    _check_data(interaction)


def is_text(value: object) -> bool:
    return isinstance(value, str)


def _check_data(interaction: AnyInteraction) -> None:
    """Raise unless an interaction says what is asked for, and has all that this refers to."""
    data = cast("object", interaction.data)
    if not isinstance(data, dict):
        raise MissingPart
    fields = cast("Payload", data)
    if interaction.type is discord.InteractionType.component:
        # discord.py finds a pressed item among those of its message only.
        message = interaction.message
        if message is None or fields.get("custom_id") not in [*_custom_ids(message.components)]:
            raise MissingPart
    elif interaction.type in OF_COMMANDS:
        named = (fields, *_options(fields))
        if not all(isinstance(each.get("name"), str) for each in named):
            raise MissingPart
    if interaction.type is discord.InteractionType.application_command:
        resolved = cast("dict[str, Payload]", fields.get("resolved") or {})
        for option in _options(fields):
            places = _RESOLVED.get(cast("int", option.get("type")), ())
            if places and not any(option["value"] in resolved.get(place, {}) for place in places):
                raise MissingPart


def _custom_ids(components: Sequence[object]) -> Iterator[str]:
    """Yield the custom id of each item of a message."""
    for component in components:
        custom_id: object = getattr(component, "custom_id", None)
        if isinstance(custom_id, str):
            yield custom_id
        yield from _custom_ids(cast("Sequence[object]", getattr(component, "children", ())))


def _options(fields: Payload) -> Iterator[Payload]:
    """Yield the options of a command, and of its subcommand."""
    for option in cast("list[Payload]", fields.get("options") or []):
        yield option
        yield from _options(option)
