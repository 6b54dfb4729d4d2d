"""The message menu *Apps → Animate*."""

from collections.abc import Sequence

import discord
from discord import app_commands
from typing_extensions import override

from bot.domain.catalogue.models import Kind
from bot.domain.options import Options
from bot.domain.refusal import Refusal
from bot.ui.access.bot_permissions import check_permissions
from bot.ui.access.uses import Use, declare
from bot.ui.actions.start import start_video
from bot.ui.client import Interaction
from bot.ui.controls.animate_form import PICTURE, Field, fields
from bot.ui.controls.modals import GatedModal, open_modal
from bot.ui.messages.message_pictures import NamedPicture, held_by
from bot.ui.types import AnyInteraction

# https://docs.discord.com/developers/interactions/receiving-and-responding
_MOST_FIELDS = 5


_NAME = "Animate"


class AnimateModal(GatedModal, use=Use.MAKES, menu=_NAME):
    """Asks what should happen, in which of the pictures, and how it is made.

    What would be taken anyway is selected, and where it is left so nothing is asked for: with
    another model, that one's own defaults count.
    """

    def __init__(self, pictures: Sequence[NamedPicture], asked: Sequence[Field], *, custom_id: str):
        several = len(pictures) > 1
        title = "Animate one of these pictures" if several else "Animate this picture"
        super().__init__(title=title, custom_id=custom_id)
        self._pictures = pictures
        self._prompt = discord.ui.TextInput[discord.ui.Modal](
            custom_id="prompt",
            style=discord.TextStyle.paragraph,
            placeholder="She turns her head and smiles; leaves drift past",
        )
        self.add_item(discord.ui.Label(text="What happens in the video?", component=self._prompt))
        self._selects: list[tuple[Field, discord.ui.Select[discord.ui.Modal]]] = []
        for field in asked[: _MOST_FIELDS - len(self.children)]:
            select = discord.ui.Select[discord.ui.Modal](
                custom_id=field.name, options=field.options()
            )
            self._selects.append((field, select))
            self.add_item(discord.ui.Label(text=field.text, component=select))

    @override
    async def submitted(self, interaction: AnyInteraction, /) -> None:
        changed: dict[str, str | int] = {
            field.name: value
            for field, select in self._selects
            for value in select.values
            if value != field.selected
        }
        picture = self._pictures[int(changed.pop(PICTURE, 0))]
        if "duration" in changed:
            changed["duration"] = int(changed["duration"])
        options = Options(prompt=self._prompt.value).overridden_by(Options.of(changed))
        await start_video(interaction, Kind.IMAGE, options, pictures=(picture.source,))


@app_commands.context_menu(name=_NAME, extras=declare(Use.PREPARES))
async def animate(interaction: Interaction, message: discord.Message) -> None:
    check_permissions(interaction)
    bot = interaction.client
    shown = held_by(message, bot.sticker_urls)
    if not shown.pictures:
        raise Refusal(shown.why_none)
    usual = await bot.services.videos.preferences.of(interaction.user.id)
    asked = fields(shown.pictures, bot.services.videos.offer, usual)
    custom_id = f"{bot.epoch}animate:{interaction.id}"
    await open_modal(interaction, AnimateModal(shown.pictures, asked, custom_id=custom_id))


MENU = animate
