"""Guards discord.py's parsers: an event that can't be read is skipped, and ends nothing.

Discord has left out fields before, and every bot ended at each such event:
https://github.com/Rapptz/discord.py/issues/2429
"""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import TypeAlias, cast

import discord
from discord.state import ConnectionState

from bot.ui.event_parts import (
    OF_COMMANDS,
    Payload,
    check_interaction,
    check_message,
    check_servers,
    complete_messages,
    is_text,
    keep_user,
    with_thread,
)
from bot.ui.unreadable import UNREADABLE, MissingPart, origin_of

Parse: TypeAlias = Callable[[Payload], None]

_SKIPPED, _PARTLY = "it is skipped", "the rest of it is used"
_SERVERS = {"GUILD_CREATE", "GUILD_UPDATE"}
_COMMAND_TYPES = {kind.value for kind in OF_COMMANDS}


def guard_events(state: ConnectionState[discord.Client], own_user: Callable[[], Payload]) -> None:
    """Wrap each parser of the connection's state.

    `own_user` returns the bot's user as the login brought it. An interaction that can't be read is
    dispatched as the event `unreadable_interaction`, to be refused.
    """
    guard = _EventGuard(state, own_user)
    readers = {
        "READY": guard.read_ready,
        "INTERACTION_CREATE": guard.read_interaction,
        "MESSAGE_CREATE": guard.read_message,
    }
    for kind, parse in tuple(state.parsers.items()):
        state.parsers[kind] = partial(readers.get(kind, guard.read), kind, parse)
    state._delay_ready = partial(_announce, state, state._delay_ready)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


async def _announce(
    state: ConnectionState[discord.Client], announce: Callable[[], Coroutine[object, object, None]]
) -> None:
    """Announce a session as discord.py does, or leave that to the announcement before.

    Of two sessions within seconds, the announcement of the earlier one is canceled, which
    `asyncio.wait_for` can lose: it then takes away what the later one waits on, and announces both.
    """
    try:
        await announce()
    except AttributeError:
        if hasattr(state, "_ready_state"):
            raise


class _EventGuard:
    """Reads events by discord.py's parsers, whole or what can be read of them."""

    def __init__(self, state: ConnectionState[discord.Client], own_user: Callable[[], Payload]):
        self._state = state
        self._own_user = own_user

    def read(self, kind: str, parse: Parse, payload: object) -> None:
        """Read an event; of a server, what can be read of it."""
        try:
            parse(cast("Payload", payload))
        except Exception as error:  # noqa: BLE001  # whatever discord.py stumbles over
            outcome = _SKIPPED
            if kind in _SERVERS and isinstance(payload, dict):
                with suppress(Exception):
                    parse(self._readable_part(cast("Payload", payload)))
                    outcome = _PARTLY
            UNREADABLE.skipped(kind, error, outcome)

    def read_ready(self, kind: str, parse: Parse, payload: Payload) -> None:
        """Read the start of a session, by the user that the login brought if need be.

        Raises MissingPart if that isn't enough: without a session, the bot isn't connected.
        """
        try:
            check_servers(payload)
            parse(payload)
        except Exception as error:  # noqa: BLE001  # as above
            try:
                check_servers(payload)
                parse({**payload, "user": self._own_user()})
            except Exception:  # noqa: BLE001  # as above
                raise MissingPart(f"{kind}: {origin_of(error)}") from error
            UNREADABLE.skipped(kind, error, _PARTLY)

    def read_message(self, kind: str, parse: Parse, payload: object) -> None:
        """Read a new message, if it has what tells whether it is meant for the bot."""
        try:
            check_message(payload)
        except (MissingPart, AttributeError) as error:
            UNREADABLE.skipped(kind, error)
        else:
            self.read(kind, parse, payload)

    def read_interaction(self, kind: str, parse: Parse, payload: object) -> None:
        """Read an interaction, or have it answered that it can't be read."""
        if not isinstance(payload, dict):
            UNREADABLE.skipped(kind, MissingPart())
            return
        fields = cast("Payload", payload)
        try:
            self._read_interaction(kind, parse, fields)
        except Exception as error:  # noqa: BLE001  # as above
            UNREADABLE.skipped(kind, error)
            self._have_refused(fields)

    def _read_interaction(self, kind: str, parse: Parse, payload: Payload) -> None:
        """Read an interaction with all that is relied on. Raises where that can't be had."""
        keep_user(payload)
        try:
            complete_messages(payload)
            self._read_checked(parse, payload)
        except Exception as error:  # noqa: BLE001  # as above
            self._read_checked(parse, with_thread(payload))
            UNREADABLE.skipped(kind, error, _PARTLY)

    def _read_checked(self, parse: Parse, payload: Payload) -> None:
        # A command is checked by the tree, before it begins: so it is read only once.
        if payload.get("type") not in _COMMAND_TYPES:
            # discord.py's types say what Discord should send.
            check_interaction(discord.Interaction(data=payload, state=self._state))  # pyright: ignore[reportArgumentType]
        parse(payload)

    def _have_refused(self, payload: Payload) -> None:
        """Dispatch what is needed to answer an interaction, if that much can be read."""
        nobody: Payload = {"id": "0", "username": "", "discriminator": "0", "avatar": None}
        stub: Payload = {
            **{key: payload[key] for key in ("id", "token", "type") if key in payload},
            "version": 1,
            "application_id": self._state.application_id,
            "attachment_size_limit": 0,
            "user": nobody,
            # To read Discord's answer, discord.py wants to know a channel.
            "channel": {"id": "0", "type": discord.ChannelType.private.value},
        }
        try:
            interaction = discord.Interaction(data=stub, state=self._state)  # pyright: ignore[reportArgumentType]
        except (KeyError, TypeError, ValueError):
            return
        if is_text(interaction.token):
            self._state.dispatch("unreadable_interaction", interaction)

    def _readable_part(self, payload: Payload) -> Payload:
        """Return the fields of a server, and the elements of its lists, that can be read alone."""
        part: Payload = {}
        for key, value in payload.items():
            if isinstance(value, list):
                elements = cast("list[object]", value)
                part[key] = [each for each in elements if self._reads(payload, key, [each])]
            elif self._reads(payload, key, value):
                part[key] = value
        return part

    def _reads(self, payload: Payload, key: str, value: object) -> bool:
        try:
            discord.Guild(data={"id": payload["id"], key: value}, state=self._state)  # pyright: ignore[reportArgumentType]
        except Exception:  # noqa: BLE001  # as above
            return False
        return True
