"""Opens modals."""

import asyncio
import logging

import aiohttp
import discord

from bot.ui.client import bot_of
from bot.ui.types import AnyInteraction

log = logging.getLogger(__name__)

_REMEMBERED_SECONDS = 86_400.0


async def open_modal(interaction: AnyInteraction, modal: discord.ui.Modal) -> None:
    """Answer an interaction with a modal, all of whose items have ids of their own.

    discord.py by itself knows a modal only once Discord's answer has come back: whoever submits
    before that, or where that answer gets lost, would read that the application did not respond.
    Discord doesn't say when somebody closes it: after a day it is forgotten.
    """
    bot_of(interaction).add_view(modal)
    asyncio.get_running_loop().call_later(_REMEMBERED_SECONDS, modal.stop)
    try:
        await interaction.response.send_modal(modal)
    except (discord.DiscordServerError, aiohttp.ClientError, OSError) as error:
        log.info("whether a modal is open isn't known: %s", type(error).__name__)
    except discord.HTTPException:
        modal.stop()
        raise
