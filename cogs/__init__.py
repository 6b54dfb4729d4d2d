"""The commands: each parses, calls one service, and answers with one sentence."""

import discord
from discord import app_commands

from bot.domain.catalogue.models import Catalogue, Kind
from bot.ui.access.command_permissions import MODERATORS_COMMAND
from bot.ui.types import AnyCommand
from cogs import animate, create, info, jobs, moderation, moderation_access


def all_commands(catalogue: Catalogue) -> list[AnyCommand]:
    """Return the commands that Discord is to know, as far as the operator offers them."""
    pika = app_commands.Group(name="pika", description="Make videos from prompts and pictures")
    moderators = app_commands.Group(
        name=MODERATORS_COMMAND,
        description="This server's rules and money",
        default_permissions=discord.Permissions(manage_guild=True),
    )
    for kind in catalogue.kinds:
        pika.add_command(create.COMMANDS[kind])
    for command in (*jobs.COMMANDS, *info.COMMANDS):
        pika.add_command(command)
    for command in (*moderation.COMMANDS, *moderation_access.COMMANDS):
        moderators.add_command(command)
    return [pika, moderators, *([animate.MENU] if Kind.IMAGE in catalogue.kinds else [])]
