"""Names for discord.py's types, and the server of an interaction."""

from typing import Any, TypeAlias

import discord
from discord import app_commands

from bot.domain.refusal import NotPossible

AnyInteraction: TypeAlias = discord.Interaction[discord.Client]
"""An interaction as discord.py hands it to buttons and modals, whose client can be any."""
# As discord.py types them.
SlashCommand: TypeAlias = "app_commands.Command[Any, ..., Any]"  # pyright: ignore[reportExplicitAny]
AnyCommand: TypeAlias = "SlashCommand | app_commands.Group | app_commands.ContextMenu"
AnyButton: TypeAlias = "type[discord.ui.DynamicItem[Any]]"  # pyright: ignore[reportExplicitAny]


def guild_of(interaction: AnyInteraction) -> int:
    """Return the id of the interaction's server. Raises Refusal for one in a direct message."""
    if interaction.guild_id is None:
        # Commands and buttons exist in servers only, but a custom id can be pressed anywhere.
        raise NotPossible("This works only in the server that it is from; please use it there.")
    return interaction.guild_id
