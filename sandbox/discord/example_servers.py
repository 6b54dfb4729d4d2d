"""Examples of events about a server's roles, rules and shows, about voice, and about sales."""

from collections.abc import Mapping

from sandbox.discord.example_objects import (
    emoji_example,
    example_id,
    scheduled_event_example,
    sound_example,
    stage_instance_example,
    sticker_example,
)
from sandbox.discord.guilds import Channel, Member
from sandbox.discord.payloads import member_payload, role_payload, user_payload
from sandbox.discord.wire import Json
from sandbox.discord.world import World

_SESSION = "0123456789abcdef0123456789abcdef"


def servers_examples(here: Json, channel: Channel, member: Member) -> dict[str, Json]:
    role: Json = role_payload(member.roles[0]) | {"id": example_id(9), "name": "added"}
    integration: Json = {
        **here,
        "id": example_id(10),
        "name": "a bot",
        "type": "discord",
        "enabled": True,
        "account": {"id": example_id(11), "name": "a bot"},
        "user": user_payload(member.user),
        "application": {"id": example_id(11), "name": "a bot", "icon": None, "description": ""},
    }
    rule: Json = {
        **here,
        "id": example_id(12),
        "name": "words",
        "creator_id": str(member.id),
        "event_type": 1,
        "trigger_type": 1,
        "trigger_metadata": {"keyword_filter": ["x"], "regex_patterns": [], "allow_list": []},
        "actions": [{"type": 1, "metadata": {"custom_message": "no"}}],
        "enabled": True,
        "exempt_roles": [],
        "exempt_channels": [],
    }
    return {
        "GUILD_ROLE_CREATE": here | {"role": role},
        "GUILD_ROLE_UPDATE": here | {"role": role},
        "GUILD_ROLE_DELETE": here | {"role_id": example_id(9)},
        "GUILD_EMOJIS_UPDATE": here | {"emojis": [emoji_example()]},
        "GUILD_STICKERS_UPDATE": here | {"stickers": [sticker_example(here)]},
        "GUILD_INTEGRATIONS_UPDATE": here,
        "INTEGRATION_CREATE": integration,
        "INTEGRATION_UPDATE": integration,
        "INTEGRATION_DELETE": here | {"id": example_id(10), "application_id": example_id(11)},
        "AUTO_MODERATION_RULE_CREATE": rule,
        "AUTO_MODERATION_RULE_UPDATE": rule,
        "AUTO_MODERATION_RULE_DELETE": rule,
        "AUTO_MODERATION_ACTION_EXECUTION": {
            **here,
            "action": {"type": 1, "metadata": {}},
            "rule_id": example_id(12),
            "rule_trigger_type": 1,
            "user_id": str(member.id),
            "channel_id": str(channel.id),
            "message_id": example_id(4),
            "content": "x",
            "matched_keyword": "x",
            "matched_content": "x",
        },
        "GUILD_AUDIT_LOG_ENTRY_CREATE": {
            **here,
            "id": example_id(13),
            "target_id": str(channel.id),
            "user_id": str(member.id),
            "action_type": 11,
            "changes": [{"key": "name", "old_value": "a", "new_value": "b"}],
            "reason": "tidy",
        },
        "STAGE_INSTANCE_CREATE": stage_instance_example(here, channel),
        "STAGE_INSTANCE_UPDATE": stage_instance_example(here, channel),
        "STAGE_INSTANCE_DELETE": stage_instance_example(here, channel),
        "GUILD_SOUNDBOARD_SOUND_CREATE": sound_example(here),
        "GUILD_SOUNDBOARD_SOUND_UPDATE": sound_example(here),
        "GUILD_SOUNDBOARD_SOUNDS_UPDATE": here | {"soundboard_sounds": [sound_example(here)]},
        "GUILD_SOUNDBOARD_SOUND_DELETE": here | {"sound_id": example_id(14)},
    }


def scheduled_events_examples(here: Json, member: Member, at: str) -> dict[str, Json]:
    event = scheduled_event_example(here, member, at)
    user: Json = {**here, "guild_scheduled_event_id": event["id"], "user_id": str(member.id)}
    return {
        "GUILD_SCHEDULED_EVENT_CREATE": event,
        "GUILD_SCHEDULED_EVENT_UPDATE": event,
        "GUILD_SCHEDULED_EVENT_USER_ADD": user,
        "GUILD_SCHEDULED_EVENT_USER_REMOVE": user,
        "GUILD_SCHEDULED_EVENT_DELETE": event,
    }


def voice_examples(here: Json, channel: Channel, member: Member) -> dict[str, Json]:
    state: Json = {
        **here,
        "channel_id": str(channel.id),
        "user_id": str(member.id),
        "member": member_payload(member),
        "session_id": _SESSION,
        **dict.fromkeys(("deaf", "mute", "self_deaf", "self_mute", "self_video"), False),
        "suppress": False,
        "request_to_speak_timestamp": None,
    }
    return {
        "VOICE_STATE_UPDATE": state,
        "VOICE_CHANNEL_EFFECT_SEND": {
            **here,
            "channel_id": str(channel.id),
            "user_id": str(member.id),
            "emoji": {"id": None, "name": "🔥"},
            "animation_type": 1,
            "animation_id": 1,
            "sound_id": example_id(14),
            "sound_volume": 1.0,
        },
        "VOICE_SERVER_UPDATE": {**here, "token": "x", "endpoint": "127.0.0.1"},
    }


def sales_examples(world: World, member: Member, at: str) -> dict[str, Json]:
    entitlement: Json = {
        "id": example_id(15),
        "sku_id": example_id(16),
        "application_id": str(world.application_id),
        "user_id": str(member.id),
        "type": 8,
        "deleted": False,
        "starts_at": at,
        "ends_at": at,
        "consumed": False,
    }
    subscription: Json = {
        "id": example_id(17),
        "user_id": str(member.id),
        "sku_ids": [example_id(16)],
        "entitlement_ids": [example_id(15)],
        "renewal_sku_ids": None,
        "current_period_start": at,
        "current_period_end": at,
        "status": 0,
        "canceled_at": None,
        "country": "CH",
    }
    kinds: Mapping[str, Json] = {"ENTITLEMENT": entitlement, "SUBSCRIPTION": subscription}
    changes = ("CREATE", "UPDATE", "DELETE")
    return {f"{kind}_{one}": payload for kind, payload in kinds.items() for one in changes}
