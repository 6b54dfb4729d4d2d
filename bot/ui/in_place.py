"""Answers to presses, in place of the message that carried the press where that is safe.

A press may be forged: its button needn't stand on the message that it names, which may be another
member's video. Only a message that nobody but the presser sees is edited, or one of which Discord
itself says that the button stands there.
"""

import asyncio

import aiohttp
import discord

from bot.ui.presentation.views import custom_ids
from bot.ui.types import AnyInteraction

# Of the three seconds that Discord gives an answer.
_LOOK_SECONDS = 1.0


async def answer_in_place(
    interaction: AnyInteraction,
    text: str,
    view: discord.ui.View | None = None,
    *,
    button: str | None = None,
) -> None:
    """Answer in place of the message that carried the press if it is private; else below it.

    A message that others see is edited if it has a `button` whose custom id begins so.
    """
    if _is_private(interaction) or (button is not None and await _has(interaction, button)):
        await interaction.response.edit_message(content=text, view=view)
    elif view is None:
        await interaction.response.send_message(text, ephemeral=True)
    else:
        await interaction.response.send_message(text, view=view, ephemeral=True)


async def defer_in_place(interaction: AnyInteraction) -> None:
    """Take time for an answer that edits the original response: in place, or private below."""
    if _is_private(interaction):
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)


def _is_private(interaction: AnyInteraction) -> bool:
    return interaction.message is not None and interaction.message.flags.ephemeral


async def _has(interaction: AnyInteraction, button: str) -> bool:
    """Ask Discord for the message: what the press says of it may be forged as well."""
    if interaction.message is None or interaction.channel_id is None:
        return False
    channel = interaction.client.get_partial_messageable(interaction.channel_id)
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            message = await channel.fetch_message(interaction.message.id)
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        return False
    return any(custom_id.startswith(button) for custom_id in custom_ids(message.components))
