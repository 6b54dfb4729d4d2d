"""`/pika models`, `/pika settings` and `/pika help`."""

from discord import app_commands

from bot.domain.catalogue.models import Kind
from bot.domain.moderation.policy import narrowed
from bot.domain.options import Options
from bot.ui.access.asker import asker_of
from bot.ui.access.uses import Use, declare
from bot.ui.client import Interaction
from bot.ui.commands.options import (
    AspectRatio,
    Duration,
    Resolution,
    complete_looks,
    complete_models,
    describe,
)
from bot.ui.messages.names import read_options
from bot.ui.presentation import pages
from bot.ui.types import guild_of


@app_commands.command(
    name="models",
    description="Which models there are, and what they cost here",
    extras=declare(Use.OWN),
)
async def models(interaction: Interaction) -> None:
    services = interaction.client.services
    admission = await services.videos.entitlements.admission(
        guild_of(interaction), asker_of(interaction)
    )
    text = pages.models(
        narrowed(services.videos.offer.catalogue, admission.quality), admission.quota
    )
    await interaction.response.send_message(text, ephemeral=True)


@app_commands.command(
    name="settings", description="Your own defaults, for all your videos", extras=declare(Use.OWN)
)
@describe("style", "camera", "motion", "aspect_ratio", "resolution", "duration")
@describe("negative_prompt", "model")
@app_commands.describe(reset="Forget all of them first")
async def settings(
    interaction: Interaction,
    style: str | None = None,
    camera: str | None = None,
    motion: str | None = None,
    aspect_ratio: AspectRatio | None = None,
    resolution: Resolution | None = None,
    duration: Duration | None = None,
    negative_prompt: str | None = None,
    model: str | None = None,
    reset: bool = False,
) -> None:
    options = Options(
        style=style,
        camera=camera,
        motion=motion,
        aspect_ratio=aspect_ratio,
        resolution=resolution,
        duration=duration,
        negative_prompt=negative_prompt,
        model=model,
    )
    defaults = await interaction.client.services.videos.preferences(
        interaction.user.id, read_options(interaction, options), reset=reset
    )
    await interaction.response.send_message(pages.preferences(defaults), ephemeral=True)


@app_commands.command(
    name="help", description="What the bot can do, and what it costs you", extras=declare(Use.OWN)
)
async def help_page(interaction: Interaction) -> None:
    services = interaction.client.services
    admission = await services.videos.entitlements.admission(
        guild_of(interaction), asker_of(interaction)
    )
    text = pages.help_page(services.videos.offer.catalogue, admission.quota)
    await interaction.response.send_message(text, ephemeral=True)


COMMANDS = (models, settings, help_page)
complete_looks(settings)
complete_models(settings, *Kind)
