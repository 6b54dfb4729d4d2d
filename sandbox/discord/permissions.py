"""Permissions, and their overwrites in a channel.

See https://docs.discord.com/developers/topics/permissions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntFlag


class Permission(IntFlag):
    """The bits that the sandbox knows by name; others are kept as they are."""

    NONE = 0
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CONNECT = 1 << 20
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50


ALL_PERMISSIONS = Permission((1 << 53) - 1)
BOT_PERMISSIONS = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
)
MEMBER_PERMISSIONS = (
    BOT_PERMISSIONS
    | Permission.ADD_REACTIONS
    | Permission.EMBED_LINKS
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.CONNECT
    | Permission.USE_EXTERNAL_APPS
)
DIRECT_PERMISSIONS = MEMBER_PERMISSIONS | Permission.USE_APPLICATION_COMMANDS

_NEEDS_SENDING = Permission.MENTION_EVERYONE | Permission.ATTACH_FILES | Permission.EMBED_LINKS
# What is left in a locked thread to whoever doesn't manage threads; see
# https://github.com/discord/discord-api-docs/pull/5919.
LOCKED_PERMISSIONS = (
    Permission.VIEW_CHANNEL
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.USE_EXTERNAL_EMOJIS
)

# What is left to a member who was timed out; see
# https://docs.discord.com/developers/topics/permissions#permissions-for-timed-out-members.
TIMED_OUT_PERMISSIONS = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY


@dataclass(frozen=True, slots=True)
class Overwrite:
    """The permissions that a channel allows and denies one role or member."""

    target_id: int
    """Id of the role or member."""
    is_member: bool
    """The target is a member, not a role."""
    allow: Permission = Permission.NONE
    deny: Permission = Permission.NONE


def in_channel(
    base: Permission,
    *,
    guild_id: int,
    member_id: int,
    role_ids: Iterable[int],
    overwrites: Mapping[int, Overwrite],
    sending: Permission = Permission.SEND_MESSAGES,
) -> Permission:
    """Apply a channel's overwrites to the permissions a member has in the guild.

    `sending` is the permission to send there: in threads, SEND_MESSAGES means nothing.
    """
    if Permission.ADMINISTRATOR in base:
        return ALL_PERMISSIONS
    permissions = _apply(base, [overwrites[guild_id]] if guild_id in overwrites else [])
    permissions = _apply(permissions, [overwrites[i] for i in role_ids if i in overwrites])
    permissions = _apply(permissions, [overwrites[member_id]] if member_id in overwrites else [])
    if Permission.VIEW_CHANNEL not in permissions:
        return Permission.NONE
    return permissions if sending in permissions else permissions & ~_NEEDS_SENDING


def _apply(permissions: Permission, overwrites: list[Overwrite]) -> Permission:
    """Apply all denials of one step before its allowances, so that an allowing role wins."""
    for overwrite in overwrites:
        permissions &= ~overwrite.deny
    for overwrite in overwrites:
        permissions |= overwrite.allow
    return permissions
