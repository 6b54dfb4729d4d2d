"""The commands: each parses, calls one service, and says one sentence."""

import discord
from discord import app_commands

from bot.domain.catalogue.models import Catalogue, Kind
from bot.ui.access.command_permissions import MODERATORS_COMMAND
from bot.ui.client import AnyCommand
from bot.ui.commands.moderation_options import ModeratorsGroup
from cogs import animate, changes, help_page, jobs, moderation, pictures
from cogs import create as videos
from cogs import info as own
from cogs import moderation_access as access


def all_commands(catalogue: Catalogue) -> list[AnyCommand]:
    """Return what Discord is told that there is, as far as the operator offers it."""
    pika = app_commands.Group(name="pika", description="Make videos from prompts and pictures")
    moderators = ModeratorsGroup(
        name=MODERATORS_COMMAND,
        description="This server's rules and money",
        default_permissions=discord.Permissions(manage_guild=True),
    )
    making = {**videos.COMMANDS, **pictures.COMMANDS, **changes.COMMANDS}
    for kind in catalogue.kinds:
        pika.add_command(making[kind])
    for command in (*jobs.COMMANDS, *own.COMMANDS, *help_page.COMMANDS):
        pika.add_command(command)
    for command in (*moderation.COMMANDS, *access.COMMANDS):
        moderators.add_command(command)
    return [pika, moderators, *([animate.MENU] if Kind.IMAGE in catalogue.kinds else [])]
