"""`/pika help`."""

from discord import app_commands

from bot.ui.access.asker import asker_of
from bot.ui.client import Interaction
from bot.ui.presentation import pages


@app_commands.command(name="help", description="What the bot can do, and what it costs you")
async def help_page(interaction: Interaction) -> None:
    assert interaction.guild_id is not None, "the commands exist in servers only"
    services = interaction.client.services
    terms = await services.allowed.admission(interaction.guild_id, asker_of(interaction))
    text = pages.help_page(services.offer.catalogue, terms.quota)
    await interaction.response.send_message(text, ephemeral=True)


COMMANDS = (help_page,)
