"""Which messages the bot may read without the MESSAGE_CONTENT intent.

See https://docs.discord.com/developers/events/gateway#message-content-intent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.discord.model import Message
    from sandbox.discord.wire import Json
    from sandbox.discord.world import World

MESSAGE_CONTENT = 1 << 15


def blanked(payload: Json) -> Json:
    """Give a message's payload without what the intent is for."""
    nothing: Json = {"content": "", "embeds": [], "attachments": [], "components": []}
    return payload | nothing


def readable(message: Message, world: World) -> bool:
    """Whether the bot reads a message whole by itself: its own, a direct one, or naming it.

    A reply to one of its messages names it too, unless the ping is off. A reply to the response
    of an interaction never pings: https://github.com/discord/discord-api-docs/issues/5395.
    """
    if message.author is world.bot.user or message.channel.is_direct:
        return True
    return world.bot.id in message.mentioned
