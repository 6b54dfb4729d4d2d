"""Notifications of a new message.

See https://docs.discord.com/developers/resources/message#allowed-mentions-object.
"""

import re
from dataclasses import dataclass

from sandbox.discord.guilds import Channel, User
from sandbox.discord.model import Message
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Json, as_integer, as_list
from sandbox.discord.world import World

_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)\b")


@dataclass(frozen=True, slots=True)
class Pings:
    """The accounts that a message notifies."""

    users: frozenset[int]
    """Ids of all notified accounts."""
    named: frozenset[int]
    """Ids of those that the message names or replies to."""
    everyone: bool
    """The message mentions everyone."""


@dataclass(frozen=True, slots=True)
class _Allowed:
    """Allowed mentions of each sort: None allows all, a set only these ids."""

    users: frozenset[int] | None = None
    roles: frozenset[int] | None = None
    everyone: bool = True
    """@everyone and @here notify."""
    replied_user: bool = True
    """A reply notifies the author of the message that it replies to."""


def pings(
    world: World,
    channel: Channel,
    author: User,
    *,
    text: str,
    allowed_mentions: Json | None,
    reference: Message | None,
) -> Pings:
    """Return the accounts that a new message notifies, its author left out.

    Mentions inside code or behind a backslash count too, which is stricter than Discord.
    """
    allowed = _read(allowed_mentions)
    may_mention_all = Permission.MENTION_EVERYONE in world.permissions(author, channel)
    guild = world.guild_of(channel)
    people = [] if guild is None else guild.people
    roles = [] if guild is None else [*guild.roles.values()]
    notified = {int(mention[1]) for mention in _USER.finditer(text)}
    if allowed.users is not None:
        notified &= allowed.users
    # A reply to the response of an interaction never pings.
    if reference is not None and reference.invocation is None and allowed.replied_user:
        notified.add(reference.author.id)
    named = frozenset(notified)
    for role_id in (int(mention[1]) for mention in _ROLE.finditer(text)):
        role = next((role for role in roles if role.id == role_id), None)
        if role is None or not (role.mentionable or may_mention_all):
            continue
        if allowed.roles is None or role_id in allowed.roles:
            notified |= {member.id for member in people if role in member.roles}
    everyone = allowed.everyone and may_mention_all and _EVERYONE.search(text) is not None
    if everyone:
        notified |= {member.id for member in people}
    reached = world.readers(channel) - {author.id}
    return Pings(frozenset(notified & reached), named & reached, everyone)


def _read(allowed: Json | None) -> _Allowed:
    if allowed is None:
        return _Allowed()
    parse = as_list(allowed.get("parse"))
    return _Allowed(
        users=None if "users" in parse else _ids(allowed.get("users")),
        roles=None if "roles" in parse else _ids(allowed.get("roles")),
        everyone="everyone" in parse,
        replied_user=allowed.get("replied_user") is True,
    )


def _ids(value: object) -> frozenset[int]:
    return frozenset(as_integer(item) for item in as_list(value))
