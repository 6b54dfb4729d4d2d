"""The commands as they are told to Discord."""

import os
from collections.abc import Mapping, Sequence
from typing import cast

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.settings import load
from cogs import all_commands
from tests.cli.command_line import CHECKOUT

Payload = Mapping[str, object]
MOST_CHARACTERS = 8000


def characters(item: Payload) -> int:
    """Count as Discord does: names, descriptions and choices' values, all the way down.

    https://docs.discord.com/developers/interactions/application-commands#slash-commands
    """
    own = len(str(item.get("name", ""))) + len(str(item.get("description", "")))
    choices = cast("Sequence[Payload]", item.get("choices") or [])
    own += sum(len(str(one["name"])) + len(str(one["value"])) for one in choices)
    return own + sum(map(characters, cast("Sequence[Payload]", item.get("options") or [])))


async def test_no_command_is_too_long_for_discord(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)
    async with commands.Bot("-", intents=discord.Intents.none()) as bot:
        tree: app_commands.CommandTree[commands.Bot] = bot.tree
        for command in all_commands(load(dict(os.environ)).catalogue):
            tree.add_command(command)
        sizes = {
            command.name: characters(cast("Payload", command.to_dict(tree)))
            for command in tree.get_commands()
        }
    assert {"pika", "pika-mod"} <= set(sizes)
    assert {name: size for name, size in sizes.items() if size > MOST_CHARACTERS} == {}
