"""Objects that the examples of events are made of, as short as discord.py takes them."""

from sandbox.discord.guilds import Channel, Member
from sandbox.discord.message_payloads import message_payload
from sandbox.discord.payloads import member_payload, user_payload
from sandbox.discord.wire import Json
from sandbox.discord.world import World

FIRST_ID = 1_100_000_000_000_000_000
"""Ids of what exists in examples only begin here."""


def example_id(number: int) -> str:
    return str(FIRST_ID + number)


def message_example(world: World, here: Json, channel: Channel, member: Member, at: str) -> Json:
    """Return a message that mentions the bot and has a file, an embed, a sticker and a button."""
    posted = next(iter(world.visible(member.user, channel)), None)
    alone: Json = {} if posted is None else message_payload(posted, world, content=True)
    button: Json = {"type": 2, "id": 2, "style": 2, "label": "Details", "custom_id": "x"}
    return {
        **alone,
        "id": example_id(4),
        "channel_id": str(channel.id),
        "type": 0,
        "author": user_payload(member.user),
        "member": {key: each for key, each in member_payload(member).items() if key != "user"},
        "content": f"<@{world.bot.id}> it moves",
        "timestamp": at,
        "edited_timestamp": at,
        "tts": False,
        "mention_everyone": False,
        "mentions": [user_payload(world.bot)],
        "mention_roles": [],
        "attachments": [
            {
                "id": example_id(6),
                "filename": "a.png",
                "size": 70,
                "url": "http://127.0.0.1:1/a.png",
                "proxy_url": "http://127.0.0.1:1/a.png",
                "content_type": "image/png",
                "width": 1,
                "height": 1,
            }
        ],
        "embeds": [{"type": "rich", "title": "A", "description": "B", "color": 1, "fields": []}],
        "components": [{"type": 1, "id": 1, "components": [button]}],
        "sticker_items": [{"id": example_id(7), "name": "wave", "format_type": 1}],
        "reactions": [
            {
                "count": 1,
                "count_details": {"burst": 0, "normal": 1},
                "me": False,
                "me_burst": False,
                "emoji": {"id": None, "name": "🔥"},
                "burst_colors": [],
            }
        ],
        "message_reference": {"type": 0, "message_id": example_id(8), "channel_id": str(channel.id)}
        | here,
        "referenced_message": None,
        "pinned": False,
        "flags": 0,
        "nonce": "1",
        **here,
    }


def thread_example(here: Json, channel: Channel, member: Member, at: str) -> Json:
    return {
        **here,
        "id": example_id(18),
        "type": 11,
        "parent_id": str(channel.id),
        "owner_id": str(member.id),
        "name": "a thread",
        "last_message_id": None,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "rate_limit_per_user": 0,
        "flags": 0,
        "thread_metadata": {
            "archived": False,
            "locked": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": at,
            "create_timestamp": at,
        },
    }


def presence_example(here: Json, member: Member) -> Json:
    activity: Json = {"name": "a game", "type": 0, "created_at": 1, "id": "x", "state": "x"}
    return {
        **here,
        "user": {"id": str(member.id)},
        "status": "online",
        "activities": [activity],
        "client_status": {"desktop": "online"},
    }


def emoji_example() -> Json:
    flags: Json = {"require_colons": True, "managed": False, "animated": False, "available": True}
    return {"id": example_id(19), "name": "catjam", "roles": [], **flags}


def sticker_example(here: Json) -> Json:
    return {
        **here,
        "id": example_id(7),
        "name": "wave",
        "description": "waves",
        "tags": "wave",
        "type": 2,
        "format_type": 1,
        "available": True,
    }


def stage_instance_example(here: Json, channel: Channel) -> Json:
    return {
        **here,
        "id": example_id(20),
        "channel_id": str(channel.id),
        "topic": "a talk",
        "privacy_level": 2,
        "discoverable_disabled": True,
        "guild_scheduled_event_id": None,
    }


def scheduled_event_example(here: Json, member: Member, at: str) -> Json:
    return {
        **here,
        "id": example_id(21),
        "channel_id": None,
        "creator_id": str(member.id),
        "name": "a show",
        "description": "of videos",
        "scheduled_start_time": at,
        "scheduled_end_time": at,
        "privacy_level": 2,
        "status": 1,
        "entity_type": 3,
        "entity_id": None,
        "entity_metadata": {"location": "here"},
        "creator": user_payload(member.user),
        "user_count": 1,
        "image": None,
    }


def sound_example(here: Json) -> Json:
    return {
        **here,
        "sound_id": example_id(14),
        "name": "quack",
        "volume": 1.0,
        "emoji_id": None,
        "emoji_name": "🦆",
        "available": True,
    }
