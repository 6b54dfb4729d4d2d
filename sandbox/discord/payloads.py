"""Discord's JSON for what exists in the world."""

from collections.abc import Mapping

from sandbox.discord.clock import created_at, timestamp
from sandbox.discord.guilds import Channel, ChannelKind, Guild, Member, Role, Thread, User
from sandbox.discord.wire import Json
from sandbox.discord.world import World

DIRECT_CHANNEL, PUBLIC_THREAD, PRIVATE_THREAD = 1, 11, 12
AUTO_ARCHIVE_MINUTES = 1440
# Flags of an application whose intents are switched on without a review; see
# https://docs.discord.com/developers/resources/application#application-object-application-flags.
_LIMITED_INTENTS = {1 << 8: 1 << 13, 1 << 1: 1 << 15, 1 << 15: 1 << 19}
LOCALE = "en-US"


def user_payload(user: User) -> Json:
    return {
        "id": str(user.id),
        "username": user.name.lower(),
        "global_name": None if user.is_bot else user.name,
        "discriminator": "0000" if user.is_bot else "0",
        "avatar": None,
        "bot": user.is_bot,
        "system": False,
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "primary_guild": None,
    }


def own_user_payload(world: World) -> Json:
    """Return the bot's own account, with the fields that only it sees."""
    private: Json = {"mfa_enabled": True, "verified": True, "locale": LOCALE, "email": None}
    return user_payload(world.bot) | private


def member_payload(who: Member) -> Json:
    return {
        "user": user_payload(who.user),
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": [str(role.id) for role in who.roles],
        "joined_at": timestamp(who.joined_at),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": (
            None if who.timed_out_until is None else timestamp(who.timed_out_until)
        ),
    }


def member_in_channel_payload(world: World, who: Member, where: Channel) -> Json:
    return member_payload(who) | {"permissions": str(int(world.permissions(who.user, where)))}


def role_payload(what: Role) -> Json:
    return {
        "id": str(what.id),
        "name": what.name,
        "permissions": str(int(what.permissions)),
        "position": what.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "managed": what.managed,
        "mentionable": what.mentionable,
        "flags": 0,
    }


def channel_payload(where: Channel) -> Json:
    if where.recipient is not None:
        return {
            "id": str(where.id),
            "type": DIRECT_CHANNEL,
            "last_message_id": None,
            "recipients": [user_payload(where.recipient)],
        }
    if where.thread is not None:
        return _thread_payload(where, where.thread)
    return _of_its_kind(where.kind) | {
        "id": str(where.id),
        "type": int(where.kind),
        "guild_id": str(where.guild_id),
        "name": where.name,
        "position": where.position,
        "nsfw": False,
        "parent_id": None if where.category is None else str(where.category.id),
        "flags": 0,
        "permission_overwrites": [
            {
                "id": str(overwrite.target_id),
                "type": int(overwrite.is_member),
                "allow": str(int(overwrite.allow)),
                "deny": str(int(overwrite.deny)),
            }
            for overwrite in where.overwrites.values()
        ],
    }


def _of_its_kind(kind: ChannelKind) -> Json:
    if kind is ChannelKind.CATEGORY:
        return {}
    fields: Json = {"topic": None, "last_message_id": None, "rate_limit_per_user": 0}
    if kind.is_vocal:
        fields |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None, "video_quality_mode": 1}
    if kind.takes_posts:
        fields |= {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None}
    return fields


def _thread_payload(where: Channel, thread: Thread) -> Json:
    return {
        "id": str(where.id),
        "type": PRIVATE_THREAD if thread.private else PUBLIC_THREAD,
        "guild_id": str(where.guild_id),
        "parent_id": str(thread.parent.id),
        "owner_id": str(thread.owner.id),
        "name": where.name,
        "last_message_id": None,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "rate_limit_per_user": 0,
        "flags": 0,
        "thread_metadata": {
            "archived": thread.archived,
            "locked": thread.locked,
            "auto_archive_duration": AUTO_ARCHIVE_MINUTES,
            "archive_timestamp": timestamp(thread.archived_at),
            "create_timestamp": timestamp(created_at(where.id)),
        },
    }


def application_flags(world: World) -> int:
    on = (flag for bit, flag in _LIMITED_INTENTS.items() if world.privileged_intents & bit)
    return sum(on)


def guild_payload(guild: Guild) -> Json:
    """Return a server's payload without its channels and threads.

    Without the members intent it lists the bot only.
    """
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "owner_id": str(guild.owner.id),
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 1,
        "default_message_notifications": 1,
        "explicit_content_filter": 2,
        "roles": [role_payload(what) for what in guild.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": ["COMMUNITY"],
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": guild.boost_tier,
        "premium_subscription_count": 0,
        "preferred_locale": LOCALE,
        "public_updates_channel_id": None,
        "nsfw_level": 0,
        "premium_progress_bar_enabled": False,
        "joined_at": timestamp(guild.bot.joined_at),
        "large": False,
        "member_count": len(guild.people),
        "members": [member_payload(guild.bot)],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def _team_payload(owner: User, members: Mapping[User, bool]) -> Json:
    """Return a team; its id is also that of the user who owns its application, for the API.

    See https://docs.discord.com/developers/topics/teams#data-models-membership-state-enum.
    """
    team_id = str(owner.id + 1)
    listed: list[Json] = [
        {
            "membership_state": 2 if has_accepted else 1,
            "team_id": team_id,
            "user": user_payload(user),
            "role": "admin",
            "permissions": ["*"],
        }
        for user, has_accepted in {owner: True, **members}.items()
    ]
    return {
        "id": team_id,
        "name": "Pika team",
        "icon": None,
        "owner_user_id": str(owner.id),
        "members": listed,
    }


def application_payload(world: World) -> Json:
    owner, team = user_payload(world.application_owner), None
    if world.team_owner is not None:
        team = _team_payload(world.team_owner, world.team_members)
        owner |= {"id": team["id"], "username": f"team{team['id']}", "global_name": None}
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
        "bot": user_payload(world.bot),
        "bot_public": world.is_public,
        "bot_require_code_grant": False,
        "owner": owner,
        "team": team,
        "verify_key": "0" * 64,
        "flags": application_flags(world),
        "flags_new": str(application_flags(world)),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
        "approximate_guild_count": len(world.joined),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "integration_types_config": {"0": {}},
    }
