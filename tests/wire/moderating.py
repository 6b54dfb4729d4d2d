"""Moderating over sockets: the steps that the tests of `/pika-mod` are made of."""

import re

from sandbox.discord import Invocation, Message
from sandbox.discord.forms import OptionValue, SelectValue
from sandbox.discord.guilds import Member
from sandbox.discord.wire import Json, as_objects, as_text
from sandbox.stage import Stage
from tests.wire.playing import answer


async def moderate(stage: Stage, command: str, who: str = "Mo", /, **options: OptionValue) -> str:
    """Send a command of `/pika-mod`; return what only the moderator read."""
    return answer(await send(stage, command, who, **options))


async def send(
    stage: Stage, command: str, who: str = "Mo", /, **options: OptionValue
) -> Invocation:
    discord = stage.discord
    channel = discord.channels["general"]
    return await discord.invoke(member(stage, who), channel, f"pika-mod {command}", options)


def member(stage: Stage, who: str) -> Member:
    return stage.discord.members[who]


async def panel(stage: Stage, who: str = "Mo") -> Message:
    """Open the panel."""
    message = (await send(stage, "settings", who)).response_message
    assert message is not None
    assert message.ephemeral
    return message


async def press(stage: Stage, message: Message, action: str, who: str = "Mo") -> Invocation:
    return await stage.discord.click(member(stage, who), message, f"mod:{action}")


async def choose(
    stage: Stage, message: Message, menu: str, *values: SelectValue, who: str = "Mo"
) -> Invocation:
    return await stage.discord.select(member(stage, who), message, f"mod:{menu}", values)


async def fill_in(stage: Stage, message: Message, action: str, **values: str) -> Invocation:
    """Open one of the panel's modals, type into it, and send it. `_` stands for a space."""
    opened = await press(stage, message, action)
    labelled = {name.replace("_", " "): value for name, value in values.items()}
    return await stage.discord.submit_modal(opened, labelled)


def commands(stage: Stage) -> dict[str, list[Json]]:
    """Return every subcommand of `/pika-mod` that the bot synced, with its options."""
    found = next(one for one in stage.discord.commands if one["name"] == "pika-mod")
    return {
        as_text(one["name"]): as_objects(one.get("options")) for one in as_objects(found["options"])
    }


def plain(stage: Stage, text: str) -> str:
    """Return a text as it is read: names for mentions, `{then}` for moments."""
    world = stage.discord
    for people in (world.members.values(), world.roles.values()):
        for one in people:
            text = text.replace(f"<@{one.id}>", f"@{one.name}").replace(
                f"<@&{one.id}>", f"@{one.name}"
            )
    for channel in world.channels.values():
        text = text.replace(f"<#{channel.id}>", f"#{channel.name}")
    return re.sub(r"<t:\d+:[a-zA-Z]>", "{then}", text)
