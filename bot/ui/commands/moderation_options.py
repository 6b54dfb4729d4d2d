"""Options of the moderators' commands: types, descriptions, completions; and the answer."""

from typing import Literal

import discord
from discord import app_commands
from typing_extensions import override

from bot.application.moderation.change_rules import Changed
from bot.domain.calendar import UTC_NAME, all_zones
from bot.domain.catalogue.models import DRAFT
from bot.domain.moderation.rule_changes import ANY
from bot.ui.client import Interaction
from bot.ui.presentation import moderation
from bot.ui.types import AnyInteraction, SlashCommand

BestResolution = Literal["720p", "1080p", "any"]
LongestSeconds = app_commands.Range[int, 0, 60]
DESCRIPTIONS = {
    "resolution": "The highest that may be asked for",
    "seconds": "The longest video that may be asked for; 0: any",
    "models": f"Which models may be used, with commas between them; `{ANY}`: all",
}
_MOST_CHOICES = 25
_LONGEST_CHOICE = 100


class PlaceTransformer(app_commands.Transformer):
    """Reads an option that takes any channel, thread or category."""

    @property
    @override
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    @override
    def channel_types(self) -> list[discord.ChannelType]:
        # Without media channels, which Discord's own document of its API doesn't know yet.
        return [
            discord.ChannelType.text,
            discord.ChannelType.voice,
            discord.ChannelType.category,
            discord.ChannelType.news,
            discord.ChannelType.news_thread,
            discord.ChannelType.public_thread,
            discord.ChannelType.private_thread,
            discord.ChannelType.stage_voice,
            discord.ChannelType.forum,
        ]

    @override
    async def transform(
        self,
        interaction: AnyInteraction,
        value: app_commands.AppCommandChannel | app_commands.AppCommandThread,
        /,
    ) -> int:
        return value.id


PlaceId = app_commands.Transform[int, PlaceTransformer]
Reason = app_commands.Range[str, 1, 200]
"""The id of a channel, thread or category."""


async def tell_changes(interaction: Interaction, *changed: Changed) -> None:
    """Answer, for the moderator alone, with each change: the rule before and after."""
    await interaction.response.send_message(moderation.changes(changed), ephemeral=True)


def complete_zones(command: SlashCommand, option: str) -> None:
    """Complete a time zone by any part of its name."""
    zones = [zone for zone in all_zones() if "/" in zone or zone == UTC_NAME]
    areas = [zone for zone in zones if not zone.startswith(("Etc/", "posix/", "right/"))]

    async def suggest(_: Interaction, current: str) -> list[app_commands.Choice[str]]:
        typed = current.strip().replace(" ", "_").casefold()
        matching = [zone for zone in areas if typed in zone.casefold()]
        return [app_commands.Choice(name=zone, value=zone) for zone in matching[:_MOST_CHOICES]]

    command.autocomplete(option)(suggest)


def complete_model_lists(command: SlashCommand, option: str) -> None:
    """Complete the last model in a list with commas."""

    async def suggest(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        models = interaction.client.services.videos.offer.catalogue.models
        names = [DRAFT, *dict.fromkeys(model.name for model in models)]
        before, _, last = current.rpartition(",")
        typed = last.strip().casefold()
        chosen = [name.strip() for name in before.split(",") if name.strip()]
        lists = [
            ", ".join([*chosen, name])
            for name in ([*names] if chosen else [*names, ANY])
            if typed in name.casefold() and name not in chosen
        ]
        short = [text for text in lists if len(text) <= _LONGEST_CHOICE]
        return [app_commands.Choice(name=text, value=text) for text in short[:_MOST_CHOICES]]

    command.autocomplete(option)(suggest)
