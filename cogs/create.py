"""`/pika text` and `/pika image`."""

import discord
from discord import app_commands

from bot.domain.catalogue.models import Kind
from bot.domain.options import Options
from bot.ui.actions.start import start_video
from bot.ui.client import Interaction
from bot.ui.commands.options import (
    AspectRatio,
    Duration,
    Resolution,
    Seed,
    complete_looks,
    complete_models,
    describe,
    sources,
)


@app_commands.command(name="text", description="Make a video from a prompt")
@describe("prompt", "style", "camera", "motion", "aspect_ratio", "resolution", "duration")
@describe("negative_prompt", "seed", "model")
async def text(
    interaction: Interaction,
    prompt: str,
    style: str | None = None,
    camera: str | None = None,
    motion: str | None = None,
    aspect_ratio: AspectRatio | None = None,
    resolution: Resolution | None = None,
    duration: Duration | None = None,
    negative_prompt: str | None = None,
    seed: Seed | None = None,
    model: str | None = None,
) -> None:
    options = Options(
        prompt=prompt,
        negative_prompt=negative_prompt,
        style=style,
        camera=camera,
        motion=motion,
        aspect_ratio=aspect_ratio,
        resolution=resolution,
        duration=duration,
        seed=seed,
        model=model,
    )
    await start_video(interaction, Kind.TEXT, options)


@app_commands.command(name="image", description="Animate a picture")
@describe("image", "prompt", "style", "camera", "motion", "resolution", "duration")
@describe("negative_prompt", "seed", "model")
async def image(
    interaction: Interaction,
    image: discord.Attachment,
    prompt: str,
    style: str | None = None,
    camera: str | None = None,
    motion: str | None = None,
    resolution: Resolution | None = None,
    duration: Duration | None = None,
    negative_prompt: str | None = None,
    seed: Seed | None = None,
    model: str | None = None,
) -> None:
    options = Options(
        prompt=prompt,
        negative_prompt=negative_prompt,
        style=style,
        camera=camera,
        motion=motion,
        resolution=resolution,
        duration=duration,
        seed=seed,
        model=model,
    )
    await start_video(interaction, Kind.IMAGE, options, pictures=sources(image))


COMMANDS = {Kind.TEXT: text, Kind.IMAGE: image}
for _kind, _command in COMMANDS.items():
    complete_looks(_command)
    complete_models(_command, _kind)
