"""Steps of the scenarios that begin with a finished video."""

from collections.abc import Mapping

from sandbox.discord import Invocation, Message
from sandbox.discord.components import Component, kind, walk
from sandbox.discord.forms import ModalValue
from sandbox.discord.wire import as_text
from sandbox.stage import Stage
from tests.wire.playing import ask, come_back, delivered, rows_say


async def one_video(stage: Stage, prompt: str = "a fox", **options: str | int) -> Message:
    """Let Ada make a video; return its message."""
    before = {message.id for message in await delivered(stage, 0)}
    await ask(stage, prompt, who="Ada", **options)
    found = await delivered(stage, len(before) + 1)
    await all_delivered(stage)
    return next(message for message in found if message.id not in before)


async def all_delivered(stage: Stage) -> None:
    """Wait until the rows say so, too: a video stands before its member is told."""
    await rows_say(stage, lambda rows: {row["status"] for row in rows} == {"delivered"})


async def press(stage: Stage, message: Message, button: str, who: str = "Ada") -> Invocation:
    return await stage.discord.click(stage.discord.members[who], message, button)


async def fill_in(
    stage: Stage, message: Message, button: str, values: Mapping[str, ModalValue], who: str = "Ada"
) -> Invocation:
    """Press a button that opens a modal, and send that."""
    opened = await press(stage, message, button, who)
    return await stage.discord.submit_modal(opened, values)


def buttons(message: Message) -> list[str]:
    return [
        as_text(item.get("label"))
        for item in walk(message.components)
        if kind(item) == Component.BUTTON
    ]


async def said(stage: Stage, invocation: Invocation) -> str:
    """Wait for what the member alone is told, and return it."""

    def private() -> Message | None:
        last = invocation.followups[-1] if invocation.followups else invocation.response_message
        return last if last is not None and last.ephemeral and last.content else None

    return (await found(stage, private)).content


async def found(stage: Stage, look: object) -> Message:
    assert callable(look)
    message = await stage.discord.wait_for(look)
    assert isinstance(message, Message)
    return message


async def die_and_come_back(stage: Stage) -> None:
    """Kill -9, and start anew."""
    await stage.bot.kill()
    await come_back(stage)
