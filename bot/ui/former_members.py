"""People who use the bot in a server that they have left.

Of an interaction in a server, discord.py 2.7.1 takes the user from its member only. Somebody who
has left has none, and may still cancel what they had asked for.
"""

from collections.abc import Callable, Mapping
from typing import cast

import discord

from bot.ui.types import AnyInteraction, has_user

_EVENT, _KEY = "INTERACTION_CREATE", "user"


def keep_users(client: discord.Client) -> None:
    """Have the client keep the user of an interaction without a member, for `name_user`."""
    state = client._connection  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    parsers = cast("dict[str, Callable[[Mapping[str, object]], None]]", state.parsers)
    parse = parsers[_EVENT]

    def parse_interaction(payload: Mapping[str, object]) -> None:
        data = payload.get("data")
        if "member" not in payload and _KEY in payload and isinstance(data, dict):
            cast("dict[str, object]", data)[_KEY] = payload[_KEY]
        parse(payload)

    parsers[_EVENT] = parse_interaction


def name_user(interaction: AnyInteraction) -> None:
    """Give an interaction without a member its user, if Discord named one."""
    data = cast("Mapping[str, object]", interaction.data or {})
    if has_user(interaction) or _KEY not in data:
        return
    state = interaction._state  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    interaction.user = discord.User(state=state, data=data[_KEY])  # pyright: ignore[reportArgumentType]  # as Discord writes it
