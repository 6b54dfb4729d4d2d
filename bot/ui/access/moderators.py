"""Checks that a member is a moderator of the server, anew at every press."""

import logging
from typing import TypeVar

import aiohttp
import discord

from bot.domain.refusal import NotPossible
from bot.ui.client import bot_of
from bot.ui.types import AnyInteraction, guild_of

T = TypeVar("T")
log = logging.getLogger(__name__)


async def is_moderator(interaction: AnyInteraction) -> bool:
    """Return whether the member may act as a moderator, in whichever channel.

    False where Discord can't be asked for the server's own overrides.
    """
    try:
        return await bot_of(interaction).rights.may_moderate(interaction, here=False)
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("can't ask Discord for a server's overrides: %s", type(error).__name__)
        return False


async def check_moderator(interaction: AnyInteraction) -> None:
    """Raise Refusal unless the member may use `/pika-mod` in this channel, in a served server."""
    guild_of(interaction)
    await bot_of(interaction).check_served(interaction)
    try:
        may = await bot_of(interaction).rights.may_moderate(interaction)
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("can't ask Discord for a server's overrides: %s", type(error).__name__)
        raise NotPossible(
            "Discord doesn't tell me right now who may do that; please try again in a moment."
        ) from error
    if not may:
        raise NotPossible("That is for this server's moderators only: who may use `/pika-mod`.")
