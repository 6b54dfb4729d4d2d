"""People who use the bot in a server that they have left.

Of an interaction in a server, discord.py 2.7.1 takes the user from its member only. Somebody who
has left has none, and may still cancel what they had asked for.
"""

from collections.abc import Mapping
from typing import cast

import discord

from bot.ui.types import AnyInteraction, has_user

_KEY = "user"


def name_user(interaction: AnyInteraction) -> None:
    """Give an interaction without a member its user, if Discord named one."""
    data = cast("Mapping[str, object]", interaction.data or {})
    if has_user(interaction) or _KEY not in data:
        return
    state = interaction._state  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    interaction.user = discord.User(state=state, data=data[_KEY])  # pyright: ignore[reportArgumentType]  # as Discord writes it
