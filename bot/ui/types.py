"""Names for discord.py's types, and the server of an interaction."""

from typing import Any, TypeAlias, cast

import discord
from discord import app_commands

from bot.domain.refusal import NotPossible

AnyInteraction: TypeAlias = discord.Interaction[discord.Client]
"""An interaction as discord.py hands it to buttons and modals, whose client can be any."""
# As discord.py types them.
SlashCommand: TypeAlias = "app_commands.Command[Any, ..., Any]"  # pyright: ignore[reportExplicitAny]
LeafCommand: TypeAlias = "SlashCommand | app_commands.ContextMenu"
AnyCommand: TypeAlias = "LeafCommand | app_commands.Group"
AnyButton: TypeAlias = "type[discord.ui.DynamicItem[Any]]"  # pyright: ignore[reportExplicitAny]


def guild_of(interaction: AnyInteraction) -> int:
    """Return the id of the interaction's server. Raises Refusal for one in a direct message."""
    if interaction.guild_id is None:
        # Commands and buttons exist in servers only, but a custom id can be pressed anywhere.
        raise NotPossible("This works only in the server that it is from; please use it there.")
    return interaction.guild_id


def has_user(interaction: AnyInteraction) -> bool:
    """Return whether Discord named the user of an interaction."""
    # discord.py's type leaves out its marker for what is missing.
    user = cast("object", interaction.user)
    return isinstance(user, discord.User | discord.Member)
