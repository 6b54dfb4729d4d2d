"""`/pika effect`, `/pika swap` and `/pika add`: something happens to a picture or a video."""

import discord
from discord import app_commands

from bot.domain.catalogue.models import Kind
from bot.domain.options import Options
from bot.ui.actions.start import start_video
from bot.ui.client import Interaction
from bot.ui.commands.options import Seed, complete, complete_models, describe, sources, video_source


@app_commands.command(name="effect", description="Melt, inflate or cake-ify what's in a picture")
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


@app_commands.command(name="swap", description="Replace something in a video")
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


@app_commands.command(name="add", description="Add someone or something to a video")
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


COMMANDS = {Kind.EFFECT: effect, Kind.SWAP: swap, Kind.ADD: add}
complete(
    effect,
    "effect",
    lambda services: dict.fromkeys(
        name for model in services.offer.catalogue.of(Kind.EFFECT) for name in model.effects
    ),
)
for _kind, _command in COMMANDS.items():
    complete_models(_command, _kind)
