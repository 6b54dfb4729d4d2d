"""The message menu *Apps → Animate*."""

import discord
from discord import app_commands
from typing_extensions import override

from bot.domain.inputs import PictureSource
from bot.domain.models import Kind
from bot.domain.options import Options
from bot.domain.refusal import Refusal
from bot.ui.client import Interaction
from bot.ui.errors import answer_error
from bot.ui.permissions import check_permissions
from bot.ui.start import start_video


class AnimateModal(discord.ui.Modal, title="Animate this picture"):
    """Asks what should happen in the picture."""

    prompt = discord.ui.Label(
        text="What happens in the video?",
        component=discord.ui.TextInput[discord.ui.Modal](
            style=discord.TextStyle.paragraph,
            placeholder="She turns her head and smiles; leaves drift past",
        ),
    )

    def __init__(self, picture: PictureSource, custom_id: str):
        super().__init__(custom_id=custom_id)
        self._picture = picture

    @override
    async def on_submit(self, interaction: discord.Interaction[discord.Client]) -> None:
        typed = self.prompt.component
        assert isinstance(typed, discord.ui.TextInput)
        await start_video(
            interaction,
            Kind.IMAGE,
            Options(prompt=typed.value),
            pictures=(self._picture,),
        )

    @override
    async def on_error(
        self, interaction: discord.Interaction[discord.Client], error: Exception
    ) -> None:
        await answer_error(interaction, error)


@app_commands.context_menu(name="Animate")
async def animate(interaction: Interaction, message: discord.Message) -> None:
    check_permissions(interaction)
    pictures = [
        attachment
        for attachment in message.attachments
        if (attachment.content_type or "").startswith("image/")
    ]
    if not pictures:
        raise Refusal("That message has no picture attached; please pick one that has.")
    picture = PictureSource(url=pictures[0].url, size=pictures[0].size)
    custom_id = f"{interaction.client.epoch}animate:{interaction.id}"
    await interaction.response.send_modal(AnimateModal(picture, custom_id))


MENU = animate
