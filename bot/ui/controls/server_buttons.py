"""The buttons by which the owner says which servers the bot works in."""

import re
from collections.abc import Mapping
from functools import partial

from bot.ui.access.uses import Use
from bot.ui.client import bot_of
from bot.ui.controls.persistent import Action, PersistentItem, persistent_item
from bot.ui.in_place import answer_in_place
from bot.ui.presentation.servers import ITEM, answered, asks_about
from bot.ui.types import AnyInteraction


async def _decide(interaction: AnyInteraction, match: re.Match[str], *, allow: bool) -> None:
    bot, guild_id = bot_of(interaction), int(match["id"])
    asked = interaction.message
    assert asked is not None, "the button stands under a message"
    outcome = await bot.services.servers.decide(guild_id, allow=allow, answered_in=asked.id)
    said = f"{'✅' if allow else '👋'} {outcome}"
    if interaction.guild_id is None and asks_about(asked, guild_id):
        text, view = answered(asked, guild_id, said)
        await interaction.response.edit_message(content=text, view=view)
    else:
        await answer_in_place(interaction, said)


SERVER_ACTIONS: Mapping[str, Action] = {
    "serve": Action(Use.OWNER, partial(_decide, allow=True)),
    "leave": Action(Use.OWNER, partial(_decide, allow=False)),
}
"""By the owner's word in a button's `custom_id`."""

SERVER_BUTTONS: tuple[type[PersistentItem], ...] = (persistent_item(ITEM, SERVER_ACTIONS),)
