"""The commands: each parses, calls one service, and says one sentence."""

from discord import app_commands

from bot.ui.client import AnyCommand
from cogs import animate, help_page, jobs, videos


def all_commands() -> list[AnyCommand]:
    """Return what Discord is told that there is."""
    pika = app_commands.Group(name="pika", description="Make videos from prompts and pictures")
    for command in (*videos.COMMANDS, *jobs.COMMANDS, *help_page.COMMANDS):
        pika.add_command(command)
    return [pika, animate.MENU]
