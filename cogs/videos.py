"""`/pika text` and `/pika image`."""

from collections.abc import Callable, Iterable
from typing import Literal

import discord
from discord import app_commands

from bot.application.services import Services
from bot.domain.models import Kind
from bot.domain.prompt import Wording
from bot.domain.request import HIGHEST_SEED, PictureSource, VideoRequest
from bot.ui.client import Interaction, SlashCommand
from bot.ui.start import start_video

AspectRatio = Literal["16:9", "9:16", "1:1", "4:5", "5:4", "3:2", "2:3"]
Resolution = Literal["720p", "1080p"]
Duration = Literal[5, 10]
Seed = app_commands.Range[int, 0, HIGHEST_SEED]

_DESCRIPTIONS = {
    "prompt": "What happens in the video",
    "image": "The picture to animate (JPEG, PNG, WebP, GIF or AVIF)",
    "negative_prompt": "What to keep out of the video",
    "style": "How it looks",
    "camera": "How the camera moves",
    "motion": "How strongly things move",
    "aspect_ratio": "Shape of the video (default 16:9)",
    "resolution": "720p (default) or 1080p, which costs more",
    "duration": "Seconds: 5 (default) or 10, which costs more",
    "seed": "The same seed and prompt give a similar video again",
    "model": "Which Pika model makes it",
}


def _describe(*options: str):
    return app_commands.describe(**{option: _DESCRIPTIONS[option] for option in options})


@app_commands.command(name="text", description="Make a video from a prompt")
@_describe("prompt", "style", "camera", "motion", "aspect_ratio", "resolution", "duration")
@_describe("negative_prompt", "seed", "model")
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
    await start_video(
        interaction,
        lambda source, place: VideoRequest(
            source=source,
            place=place,
            kind=Kind.TEXT,
            wording=Wording(
                prompt=prompt,
                negative_prompt=negative_prompt,
                style=style,
                camera=camera,
                motion=motion,
            ),
            model=model,
            aspect_ratio=aspect_ratio,
            resolution=resolution,
            duration=duration,
            seed=seed,
        ),
    )


@app_commands.command(name="image", description="Animate a picture")
@_describe("image", "prompt", "style", "camera", "motion", "resolution", "duration")
@_describe("negative_prompt", "seed", "model")
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
    await start_video(
        interaction,
        lambda source, place: VideoRequest(
            source=source,
            place=place,
            kind=Kind.IMAGE,
            wording=Wording(
                prompt=prompt,
                negative_prompt=negative_prompt,
                style=style,
                camera=camera,
                motion=motion,
            ),
            picture=PictureSource(url=image.url, size=image.size),
            model=model,
            resolution=resolution,
            duration=duration,
            seed=seed,
        ),
    )


def _offer(
    command: SlashCommand, option: str, offered: Callable[[Services], Iterable[str]]
) -> None:
    """Complete an option from memory. What is sent in the end is checked like anything typed."""

    async def complete(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        wanted = current.casefold()
        names = offered(interaction.client.services)
        fitting = [name for name in names if wanted in name.casefold()]
        return [app_commands.Choice(name=name, value=name) for name in fitting[:25]]

    command.autocomplete(option)(complete)


def _models(kind: Kind) -> Callable[[Services], Iterable[str]]:
    return lambda services: [model.name for model in services.catalogue.of(kind)]


COMMANDS = (text, image)
for _command, _kind in zip(COMMANDS, (Kind.TEXT, Kind.IMAGE), strict=True):
    _offer(_command, "style", lambda services: services.template.styles)
    _offer(_command, "camera", lambda services: services.template.cameras)
    _offer(_command, "motion", lambda services: services.template.motions)
    _offer(_command, "model", _models(_kind))
