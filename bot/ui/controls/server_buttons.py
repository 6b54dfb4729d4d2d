"""The buttons by which the owner says which servers the bot works in."""

import re

from bot.domain.refusal import NotPossible
from bot.ui.client import bot_of
from bot.ui.controls.persistent import persistent_item
from bot.ui.presentation.servers import ITEM, answered, only_owners
from bot.ui.types import AnyButton, AnyInteraction


async def _press(interaction: AnyInteraction, match: re.Match[str]) -> None:
    bot = bot_of(interaction)
    if interaction.user.id not in bot.application_owners:
        raise NotPossible(only_owners(bot.application_owners))
    guild_id, allow = int(match["id"]), match["word"] == "serve"
    asked = interaction.message
    assert asked is not None, "the button stands under a message"
    outcome = await bot.services.servers.decide(guild_id, allow=allow, answered_in=asked.id)
    said = f"{'✅' if allow else '👋'} {outcome}"
    if interaction.guild_id is None:
        text, view = answered(asked, guild_id, said)
        await interaction.response.edit_message(content=text, view=view)
    else:
        await interaction.response.edit_message(content=said, view=None)


SERVER_BUTTONS: tuple[AnyButton, ...] = (persistent_item(ITEM, _press, everywhere=True),)
