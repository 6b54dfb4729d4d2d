"""Channels and threads as the gateway shows them to the bot: what it can't view is obfuscated.

See https://docs.discord.com/developers/topics/permissions#channel-visibility.
"""

from sandbox.discord.clock import timestamp
from sandbox.discord.guilds import Channel, ChannelKind, Guild
from sandbox.discord.payloads import channel_payload, guild_payload
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Json
from sandbox.discord.world import World

HIDDEN_NAME = "___hidden___"
OBFUSCATED = 1 << 17
"""The flag of a channel that the bot can't view."""
_KEPT = ("id", "type", "guild_id", "position", "parent_id")
_HIDDEN: Json = {"nsfw": False, "available_tags": []}


def sees(world: World, channel: Channel) -> bool:
    """Return whether the bot may view a channel; a category, if it may view a channel in it."""
    if channel.kind is ChannelKind.CATEGORY:
        guild = world.guild_with(channel)
        inside = [one for one in guild.channels.values() if one.category is channel]
        if any(sees(world, one) for one in inside):
            return True
    return Permission.VIEW_CHANNEL in world.permissions(world.bot, channel)


def seen(world: World, guild: Guild) -> set[int]:
    """Return the ids of the channels of a server that the bot may view."""
    return {channel.id for channel in guild.channels.values() if sees(world, channel)}


def seen_channel_payload(world: World, channel: Channel) -> Json:
    """Return a channel's payload for the gateway."""
    payload = channel_payload(channel)
    if channel.thread is not None:
        return payload | _membership(world, channel)
    if sees(world, channel):
        return payload
    # Its type, position and category stay as they are; everything else says nothing.
    hidden = {key: payload[key] if key in _KEPT else _HIDDEN.get(key) for key in payload}
    denied = str(int(Permission.VIEW_CHANNEL))
    overwrite: Json = {"id": payload["guild_id"], "type": 0, "allow": "0", "deny": denied}
    return hidden | {
        "name": HIDDEN_NAME,
        "flags": OBFUSCATED,
        "permission_overwrites": [overwrite],
    }


def seen_guild_payload(world: World, guild: Guild) -> Json:
    """Return the payload of GUILD_CREATE, with all channels and the active threads in view."""
    channels = [seen_channel_payload(world, one) for one in guild.channels.values()]
    threads = [seen_channel_payload(world, one) for one in active_threads(world, guild)]
    return guild_payload(guild) | {"channels": channels, "threads": threads}


def active_threads(world: World, guild: Guild, parent: Channel | None = None) -> list[Channel]:
    """Return the active threads that the bot may view, of one channel or of all."""
    return [
        one
        for one in guild.threads
        if not one.archived and sees(world, one) and (parent is None or _parent(one) is parent)
    ]


def thread_member_payload(world: World, channel: Channel) -> Json:
    """Return the bot's own membership of a thread."""
    return {
        "id": str(channel.id),
        "user_id": str(world.bot.id),
        "join_timestamp": timestamp(0 if channel.thread is None else channel.thread.archived_at),
        "flags": 0,
    }


def _membership(world: World, channel: Channel) -> Json:
    if channel.thread is None or world.bot.id not in channel.thread.members:
        return {}
    return {"member": thread_member_payload(world, channel)}


def _parent(channel: Channel) -> Channel | None:
    return None if channel.thread is None else channel.thread.parent
