"""`/pika scenes` and `/pika frames`: videos from several pictures."""

from typing import Literal

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

IngredientsMode = Literal["precise", "creative"]


@app_commands.command(name="scenes", description="Put people and things from pictures into a video")
@describe("image1", "prompt", "image2", "image3", "image4", "image5", "style", "camera", "motion")
@describe("aspect_ratio", "resolution", "duration", "negative_prompt", "seed", "model")
@app_commands.describe(ingredients_mode="Keep to the pictures (precise), or play with them")
async def scenes(
    interaction: Interaction,
    image1: discord.Attachment,
    prompt: str,
    image2: discord.Attachment | None = None,
    image3: discord.Attachment | None = None,
    image4: discord.Attachment | None = None,
    image5: discord.Attachment | None = None,
    ingredients_mode: IngredientsMode | None = None,
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
        ingredients_mode=ingredients_mode,
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
    pictures = sources(image1, image2, image3, image4, image5)
    await start_video(interaction, Kind.SCENES, options, pictures=pictures)


@app_commands.command(name="frames", description="Make a video that passes through your pictures")
@describe("image1", "image2", "image3", "image4", "image5", "style", "camera", "motion")
@describe("resolution", "negative_prompt", "seed", "model", prompt="What happens on the way")
@app_commands.describe(transitions="From each picture to the next: 5 | she turns; 3 | she smiles")
async def frames(
    interaction: Interaction,
    image1: discord.Attachment,
    image2: discord.Attachment,
    prompt: str | None = None,
    image3: discord.Attachment | None = None,
    image4: discord.Attachment | None = None,
    image5: discord.Attachment | None = None,
    transitions: str | None = None,
    style: str | None = None,
    camera: str | None = None,
    motion: str | None = None,
    resolution: Resolution | None = None,
    negative_prompt: str | None = None,
    seed: Seed | None = None,
    model: str | None = None,
) -> None:
    options = Options(
        prompt=prompt or "",
        transitions=transitions,
        negative_prompt=negative_prompt,
        style=style,
        camera=camera,
        motion=motion,
        resolution=resolution,
        seed=seed,
        model=model,
    )
    pictures = sources(image1, image2, image3, image4, image5)
    await start_video(interaction, Kind.FRAMES, options, pictures=pictures)


COMMANDS = {Kind.SCENES: scenes, Kind.FRAMES: frames}
for _kind, _command in COMMANDS.items():
    complete_looks(_command)
    complete_models(_command, _kind)
