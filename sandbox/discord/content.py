"""The messages that the bot may read without the MESSAGE_CONTENT intent.

See https://docs.discord.com/developers/events/gateway#message-content-intent.
"""

from sandbox.discord.model import Message
from sandbox.discord.wire import Json, as_object, as_objects
from sandbox.discord.world import World

MESSAGE_CONTENT = 1 << 15


def blanked(payload: Json) -> Json:
    """Return a message's payload without the fields that the intent is for.

    Stickers aren't among them. A forwarded message is blanked with its forward, as simcord does.
    """
    nothing: Json = {"content": "", "embeds": [], "attachments": [], "components": []}
    snapshots = [
        {"message": as_object(snapshot["message"]) | nothing}
        for snapshot in as_objects(payload.get("message_snapshots"))
    ]
    return payload | nothing | ({"message_snapshots": snapshots} if snapshots else {})


def readable(message: Message, world: World) -> bool:
    """Return whether the bot reads a message whole: its own, a direct one, or one that names it.

    A reply to one of its messages names it too, unless the ping is off. A reply to the response
    of an interaction never pings: https://github.com/discord/discord-api-docs/issues/5395.
    """
    if message.author is world.bot or message.channel.is_direct:
        return True
    return world.bot.id in message.mentioned
