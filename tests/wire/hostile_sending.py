"""How a member sends a hostile picture, and what can be seen of what became of it."""

from contextlib import suppress
from dataclasses import replace
from typing import cast

from sandbox.discord import Invocation, Member
from sandbox.stage import Stage
from tests.wire.hostile_pictures import Hostile

GETTING_READY = "⏳ **Getting your video ready**"


async def send(stage: Stage, member: Member, picture: Hostile, prompt: str) -> Invocation:
    """Send the picture with `/pika image` and wait until it is refused or in line."""
    discord = stage.discord
    # What Discord announces and what it serves are one file there; this one changes in between.
    body = bytearray(picture.file.data)
    file = picture.file
    if picture.served is not None:
        file = replace(file, data=cast("bytes", cast("object", body)))
    options = {"image": file, "prompt": prompt, "seed": 1}
    channel = discord.channels["videos"]
    sent = await discord.invoke(member, channel, "pika image", options, wait=False)
    if picture.served is not None:
        body[:] = picture.served
    with suppress(TimeoutError):
        await sent.acknowledged()
    await discord.wait_for(lambda: refused(sent) or taken(sent))
    return sent


def refused(sent: Invocation) -> bool:
    """Whether the member was told no, and nothing is left in the channel."""
    first = sent.response_message
    return first is not None and (first.ephemeral or (first.deleted and bool(sent.followups)))


def taken(sent: Invocation) -> bool:
    first = sent.response_message
    return first is not None and not first.deleted and GETTING_READY not in first.content
