"""Options that several commands share: types, descriptions and completions."""

from collections.abc import Callable, Iterable
from typing import Literal

import discord
from discord import app_commands

from bot.application.services import Services
from bot.domain.catalogue.inputs import PictureSource, VideoSource
from bot.domain.catalogue.models import DRAFT, Kind
from bot.domain.refusal import Refusal
from bot.domain.requests.plan import HIGHEST_SEED
from bot.ui.access.asker import asker_of
from bot.ui.client import Interaction
from bot.ui.types import SlashCommand

AspectRatio = Literal["16:9", "9:16", "1:1", "4:5", "5:4", "3:2", "2:3"]
Resolution = Literal["720p", "1080p"]
Duration = Literal[5, 10]
Seed = app_commands.Range[int, 0, HIGHEST_SEED]
_MOST_CHOICES = 25

_DESCRIPTIONS = {
    "prompt": "What happens in the video",
    "image": "The picture (JPEG, PNG, WebP, GIF or AVIF)",
    "image1": "The first picture",
    "image2": "The second",
    "image3": "The third",
    "image4": "The fourth",
    "image5": "The fifth",
    "video": "The video (MP4, MOV or WebM)",
    "negative_prompt": "What to keep out of it",
    "style": "How it looks",
    "camera": "How the camera moves",
    "motion": "How strongly things move",
    "aspect_ratio": "Its shape (default 16:9)",
    "resolution": "720p (default), or 1080p, which costs more",
    "duration": "Seconds: 5 (default), or 10, which costs more",
    "seed": "The same seed and prompt give a similar video again",
    "model": "Which Pika model makes it; Draft is the cheapest",
}


def describe(*options: str, **others: str):
    """Describe options in their usual words, or in `others`."""
    usual = {option: _DESCRIPTIONS[option] for option in options}
    return app_commands.describe(**usual, **others)


def sources(*attachments: discord.Attachment | None) -> tuple[PictureSource, ...]:
    """Return the attached pictures in their order, each named as its option is."""
    return tuple(
        PictureSource(
            file.url,
            file.size,
            file.is_spoiler(),
            "`image`" if len(attachments) == 1 else f"`image{number}`",
        )
        for number, file in enumerate(attachments, 1)
        if file is not None
    )


def video_source(attachment: discord.Attachment) -> VideoSource:
    return VideoSource(attachment.url, attachment.size, attachment.is_spoiler())


def complete(
    command: SlashCommand, option: str, offered: Callable[[Services], Iterable[str]]
) -> None:
    """Complete an option from names in memory. The value is checked later like any typed text."""

    async def suggest(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return _matching(offered(interaction.client.services), current)

    command.autocomplete(option)(suggest)


def _matching(names: Iterable[str], typed: str) -> list[app_commands.Choice[str]]:
    matching = [name for name in names if typed.casefold() in name.casefold()]
    return [app_commands.Choice(name=name, value=name) for name in matching[:_MOST_CHOICES]]


def complete_looks(command: SlashCommand) -> None:
    """Complete style, camera and motion from the operator's templates."""
    complete(command, "style", lambda services: services.videos.offer.template.styles)
    complete(command, "camera", lambda services: services.videos.offer.template.cameras)
    complete(command, "motion", lambda services: services.videos.offer.template.motions)


def complete_models(command: SlashCommand, *kinds: Kind) -> None:
    """Complete `model` from the models of those kinds that the member may use."""

    async def suggest(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        if interaction.guild_id is None:
            return []
        entitlements = interaction.client.services.videos.entitlements
        try:
            catalogue = await entitlements.models(interaction.guild_id, asker_of(interaction))
        except Refusal:
            return []
        names = {model.name: None for kind in kinds for model in catalogue.of(kind)}
        return _matching([*names, DRAFT] if names else [], current)

    command.autocomplete("model")(suggest)
