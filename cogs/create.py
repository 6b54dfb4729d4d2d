"""Every command that makes a video: `/pika text`, `image`, `scenes`, `frames` and so on."""

from typing import Literal

import discord
from discord import app_commands

from bot.domain.catalogue.models import Kind
from bot.domain.options import Options
from bot.ui.access.uses import Use, declare
from bot.ui.actions.start import start_video
from bot.ui.client import Interaction
from bot.ui.commands.options import (
    AspectRatio,
    Duration,
    Resolution,
    Seed,
    complete,
    complete_looks,
    complete_models,
    describe,
    sources,
    video_source,
)

IngredientsMode = Literal["precise", "creative"]


@app_commands.command(
    name="text", description="Make a video from a prompt", extras=declare(Use.MAKES)
)
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


@app_commands.command(name="image", description="Animate a picture", extras=declare(Use.MAKES))
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


@app_commands.command(
    name="scenes",
    description="Put people and things from pictures into a video",
    extras=declare(Use.MAKES),
)
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


@app_commands.command(
    name="frames",
    description="Make a video that passes through your pictures",
    extras=declare(Use.MAKES),
)
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


@app_commands.command(
    name="effect",
    description="Melt, inflate or cake-ify what's in a picture",
    extras=declare(Use.MAKES),
)
@describe("image", "negative_prompt", "seed", "model", prompt="What else happens")
@app_commands.describe(effect="What happens to it")
async def effect(
    interaction: Interaction,
    image: discord.Attachment,
    effect: str,
    prompt: str | None = None,
    negative_prompt: str | None = None,
    seed: Seed | None = None,
    model: str | None = None,
) -> None:
    options = Options(
        prompt=prompt or "", effect=effect, negative_prompt=negative_prompt, seed=seed, model=model
    )
    await start_video(interaction, Kind.EFFECT, options, pictures=sources(image))


@app_commands.command(
    name="swap", description="Replace something in a video", extras=declare(Use.MAKES)
)
@describe("video", "negative_prompt", "seed", "model", prompt="What to put there")
@app_commands.describe(image="A picture of what to put there", modify_region="What to replace")
async def swap(
    interaction: Interaction,
    video: discord.Attachment,
    prompt: str | None = None,
    image: discord.Attachment | None = None,
    modify_region: str | None = None,
    negative_prompt: str | None = None,
    seed: Seed | None = None,
    model: str | None = None,
) -> None:
    options = Options(
        prompt=prompt or "",
        modify_region=modify_region,
        negative_prompt=negative_prompt,
        seed=seed,
        model=model,
    )
    await start_video(
        interaction, Kind.SWAP, options, pictures=sources(image), video=video_source(video)
    )


@app_commands.command(
    name="add", description="Add someone or something to a video", extras=declare(Use.MAKES)
)
@describe("video", "negative_prompt", "seed", "model", prompt="What it does there")
@app_commands.describe(image="A picture of who or what to add")
async def add(
    interaction: Interaction,
    video: discord.Attachment,
    image: discord.Attachment,
    prompt: str | None = None,
    negative_prompt: str | None = None,
    seed: Seed | None = None,
    model: str | None = None,
) -> None:
    options = Options(prompt=prompt or "", negative_prompt=negative_prompt, seed=seed, model=model)
    await start_video(
        interaction, Kind.ADD, options, pictures=sources(image), video=video_source(video)
    )


COMMANDS = {
    Kind.TEXT: text,
    Kind.IMAGE: image,
    Kind.SCENES: scenes,
    Kind.FRAMES: frames,
    Kind.EFFECT: effect,
    Kind.SWAP: swap,
    Kind.ADD: add,
}
for _command in (text, image, scenes, frames):
    complete_looks(_command)
for _kind, _command in COMMANDS.items():
    complete_models(_command, _kind)
complete(
    effect,
    "effect",
    lambda services: dict.fromkeys(
        name for model in services.videos.offer.catalogue.of(Kind.EFFECT) for name in model.effects
    ),
)
