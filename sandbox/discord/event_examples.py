"""A payload of every event that Discord's gateway can send, about the first server.

See https://docs.discord.com/developers/events/gateway-events#receive-events. What the sandbox
sends itself is made by the same functions; the rest is as short as discord.py takes it.
"""

from sandbox.discord.clock import created_at, timestamp
from sandbox.discord.example_objects import (
    FIRST_ID,
    emoji_example,
    example_id,
    message_example,
    presence_example,
    scheduled_event_example,
    sound_example,
    stage_instance_example,
    sticker_example,
    thread_example,
)
from sandbox.discord.example_servers import (
    sales_examples,
    scheduled_events_examples,
    servers_examples,
    voice_examples,
)
from sandbox.discord.guilds import Channel, Member
from sandbox.discord.payloads import (
    channel_payload,
    member_payload,
    own_user_payload,
    user_payload,
)
from sandbox.discord.visibility import seen_guild_payload
from sandbox.discord.wire import Json
from sandbox.discord.world import World

_SESSION = "0123456789abcdef0123456789abcdef"


def examples(world: World, gateway_url: str) -> dict[str, Json]:
    """Return the payloads by their kinds, in an order in which each can be read.

    An interaction has to be sent by a member's hand, so there is none here.
    """
    guild = world.home
    here: Json = {"guild_id": str(guild.id)}
    channel = next(iter(guild.channels.values()))
    member = next(iter(guild.members.values()))
    at = timestamp(created_at(FIRST_ID))
    return {
        "READY": _ready(world, gateway_url),
        "RESUMED": {"_trace": []},
        "GUILD_CREATE": seen_guild_payload(world, guild) | _rarely_seen(here, channel, member, at),
        "GUILD_UPDATE": seen_guild_payload(world, guild),
        **_of_channels(here, channel, member, at),
        **_of_threads(here, channel, member, at),
        **_of_members(here, member),
        **_of_messages(world, here, channel, member, at),
        **servers_examples(here, channel, member),
        **scheduled_events_examples(here, member, at),
        **voice_examples(here, channel, member),
        **sales_examples(world, member, at),
        "USER_UPDATE": own_user_payload(world),
        "APPLICATION_COMMAND_PERMISSIONS_UPDATE": {
            **here,
            "id": example_id(1),
            "application_id": str(world.application_id),
            "permissions": [{"id": str(member.id), "type": 2, "permission": True}],
        },
        "GUILD_DELETE": {"id": str(guild.id), "unavailable": True},
    }


def _ready(world: World, gateway_url: str) -> Json:
    return {
        "v": 10,
        "user": own_user_payload(world),
        "guilds": [{"id": str(world.home.id), "unavailable": True}],
        "session_id": _SESSION,
        "resume_gateway_url": gateway_url,
        "session_type": "normal",
        "application": {"id": str(world.application_id), "flags": 0},
        "_trace": [],
    }


def _rarely_seen(here: Json, channel: Channel, member: Member, at: str) -> Json:
    """Return the fields of GUILD_CREATE that are empty in this sandbox."""
    return {
        "unavailable": False,
        "emojis": [emoji_example()],
        "stickers": [sticker_example(here)],
        "threads": [thread_example(here, channel, member, at)],
        "presences": [presence_example(here, member)],
        "stage_instances": [stage_instance_example(here, channel)],
        "guild_scheduled_events": [scheduled_event_example(here, member, at)],
        "soundboard_sounds": [sound_example(here)],
    }


def _of_channels(here: Json, channel: Channel, member: Member, at: str) -> dict[str, Json]:
    added: Json = channel_payload(channel) | {"id": example_id(2), "name": "added"}
    return {
        "CHANNEL_CREATE": added,
        "CHANNEL_UPDATE": added | {"name": "renamed"},
        "CHANNEL_PINS_UPDATE": here | {"channel_id": str(channel.id), "last_pin_timestamp": at},
        "CHANNEL_DELETE": added,
        "WEBHOOKS_UPDATE": here | {"channel_id": str(channel.id)},
        "INVITE_CREATE": {
            **here,
            "channel_id": str(channel.id),
            "code": "abcdef",
            "created_at": at,
            "expires_at": None,
            "inviter": user_payload(member.user),
            "max_age": 0,
            "max_uses": 0,
            "temporary": False,
            "type": 0,
            "uses": 0,
        },
        "INVITE_DELETE": here | {"channel_id": str(channel.id), "code": "abcdef"},
    }


def _of_threads(here: Json, channel: Channel, member: Member, at: str) -> dict[str, Json]:
    thread = thread_example(here, channel, member, at)
    joined: Json = {
        "id": thread["id"],
        "user_id": str(member.id),
        "join_timestamp": at,
        "flags": 0,
    }
    return {
        "THREAD_CREATE": thread | {"newly_created": True},
        "THREAD_UPDATE": thread | {"name": "renamed"},
        "THREAD_LIST_SYNC": {
            **here,
            "channel_ids": [str(channel.id)],
            "threads": [thread],
            "members": [joined],
        },
        "THREAD_MEMBER_UPDATE": here | joined,
        "THREAD_MEMBERS_UPDATE": {
            **here,
            "id": thread["id"],
            "member_count": 2,
            "added_members": [joined],
            "removed_member_ids": [example_id(3)],
        },
        "THREAD_DELETE": {key: thread[key] for key in ("id", "guild_id", "parent_id", "type")},
    }


def _of_members(here: Json, member: Member) -> dict[str, Json]:
    user = user_payload(member.user)
    return {
        "GUILD_MEMBER_ADD": member_payload(member) | here,
        "GUILD_MEMBER_UPDATE": member_payload(member) | here,
        "GUILD_MEMBERS_CHUNK": {
            **here,
            "members": [member_payload(member)],
            "presences": [presence_example(here, member)],
            "chunk_index": 0,
            "chunk_count": 1,
            "nonce": "1",
        },
        "PRESENCE_UPDATE": presence_example(here, member),
        "GUILD_BAN_ADD": here | {"user": user},
        "GUILD_BAN_REMOVE": here | {"user": user},
        "GUILD_MEMBER_REMOVE": here | {"user": user},
    }


def _of_messages(
    world: World, here: Json, channel: Channel, member: Member, at: str
) -> dict[str, Json]:
    where: Json = {"channel_id": str(channel.id), "message_id": example_id(4), **here}
    reaction: Json = {
        **where,
        "user_id": str(member.id),
        "emoji": {"id": None, "name": "🔥"},
        "burst": False,
        "type": 0,
    }
    vote: Json = {**where, "user_id": str(member.id), "answer_id": 1}
    deleted: Json = {"channel_id": str(channel.id), **here}
    return {
        "MESSAGE_CREATE": message_example(world, here, channel, member, at),
        "MESSAGE_UPDATE": message_example(world, here, channel, member, at),
        "MESSAGE_REACTION_ADD": reaction
        | {"member": member_payload(member), "message_author_id": str(world.bot.id)},
        "MESSAGE_REACTION_REMOVE": reaction,
        "MESSAGE_REACTION_REMOVE_EMOJI": where | {"emoji": reaction["emoji"]},
        "MESSAGE_REACTION_REMOVE_ALL": where,
        "MESSAGE_POLL_VOTE_ADD": vote,
        "MESSAGE_POLL_VOTE_REMOVE": vote,
        "TYPING_START": {
            **deleted,
            "user_id": str(member.id),
            "timestamp": round(created_at(FIRST_ID)),
            "member": member_payload(member),
        },
        "MESSAGE_DELETE": deleted | {"id": example_id(4)},
        "MESSAGE_DELETE_BULK": deleted | {"ids": [example_id(4), example_id(5)]},
    }
