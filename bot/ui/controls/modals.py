"""Modals: the base class that passes the gate when one is submitted, and the way to open one."""

import asyncio
import logging
from typing import ClassVar

import aiohttp
import discord
from typing_extensions import override

from bot.domain.refusal import NotPossible
from bot.ui.access.gate import enter
from bot.ui.access.uses import Use
from bot.ui.client import bot_of
from bot.ui.errors import answer_error
from bot.ui.types import AnyInteraction

log = logging.getLogger(__name__)

_REMEMBERED_SECONDS = 86_400.0


class GatedModal(discord.ui.Modal):
    """A modal whose class declares its use, which is checked again when it is submitted.

    All of its items have ids of their own. `menu` is the Apps menu that opens it.
    """

    use: ClassVar[Use]
    menu: ClassVar[str | None]
    opened_by: int | None = None
    """The Discord id of the member for whom it was opened."""

    @override
    def __init_subclass__(cls, *, use: Use, menu: str | None = None) -> None:
        super().__init_subclass__()
        cls.use, cls.menu = use, menu

    async def submitted(self, _: AnyInteraction, /) -> None:
        """Do what was asked for. Raises Refusal."""
        raise NotImplementedError

    @override
    async def on_submit(self, interaction: AnyInteraction) -> None:
        await enter(interaction, self.use, menu=self.menu)
        if interaction.user.id != self.opened_by:
            raise NotPossible("That form was opened by somebody else; please open your own.")
        await self.submitted(interaction)

    @override
    async def on_error(self, interaction: AnyInteraction, error: Exception) -> None:
        await answer_error(interaction, error)


async def open_modal(interaction: AnyInteraction, modal: GatedModal) -> None:
    """Answer an interaction with a modal.

    discord.py by itself knows a modal only once Discord's answer has come back: whoever submits
    before that, or where that answer gets lost, would read that the application did not respond.
    Discord doesn't say when somebody closes it: after a day it is forgotten.
    """
    modal.opened_by = interaction.user.id
    bot_of(interaction).add_view(modal)
    asyncio.get_running_loop().call_later(_REMEMBERED_SECONDS, modal.stop)
    try:
        await interaction.response.send_modal(modal)
    except (discord.DiscordServerError, aiohttp.ClientError, OSError) as error:
        log.info("whether a modal is open isn't known: %s", type(error).__name__)
    except discord.HTTPException:
        modal.stop()
        raise
