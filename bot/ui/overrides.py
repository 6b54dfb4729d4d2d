"""What a server's admins set for the bot's commands, kept where Discord doesn't: at mentions.

https://docs.discord.com/developers/interactions/application-commands#permissions
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import discord

from bot.ui.client import PikaBot
from bot.ui.delivery import patiently

_PIKA = "pika"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who would use a command, and where. `channel_id` of a thread is its parent's."""

    guild_id: int
    channel_id: int
    member_id: int
    role_ids: Sequence[int]


def is_allowed(levels: Sequence[Mapping[int, bool]], asker: Asker) -> bool:
    """Return what overrides say to a command that is everybody's by default.

    `levels` are those of the command, then those of all of the bot's commands, each by the id of a
    channel, member or role; the first that says something counts. Discord writes all channels as
    the server's id less one, and @everyone as the server's id.
    """
    channels = (asker.channel_id, asker.guild_id - 1)
    return _first(levels, channels) is not False and _of_member(levels, asker) is not False


def _first(levels: Sequence[Mapping[int, bool]], ids: Sequence[int]) -> bool | None:
    found = (level[one] for level in levels for one in ids if one in level)
    return next(found, None)


def _of_member(levels: Sequence[Mapping[int, bool]], asker: Asker) -> bool | None:
    for level in levels:
        if asker.member_id in level:
            return level[asker.member_id]
        # One role that may is enough.
        if answers := [level[role] for role in asker.role_ids if role in level]:
            return any(answers)
        if asker.guild_id in level:
            return level[asker.guild_id]
    return None


async def may_use(bot: PikaBot, asker: Asker) -> bool:
    """Ask Discord whether `/pika` is allowed to a member. Raises Undeliverable."""
    application_id = bot.application_id
    assert application_id is not None, "known from the login on"
    commands = await patiently(lambda: bot.http.get_global_commands(application_id))
    own = next((int(one["id"]) for one in commands if one["name"] == _PIKA), application_id)
    listed = await patiently(
        lambda: bot.http.get_guild_application_command_permissions(application_id, asker.guild_id)
    )
    levels: dict[int, dict[int, bool]] = {own: {}, application_id: {}}
    for entry in listed:
        given = {int(one["id"]): one["permission"] for one in entry["permissions"]}
        levels[int(entry["id"])] = given
    return is_allowed([levels[own], levels[application_id]], asker)


def asker_of(member: discord.Member, channel: discord.abc.GuildChannel | discord.Thread) -> Asker:
    parent = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
    roles = [role.id for role in member.roles if not role.is_default()]
    return Asker(member.guild.id, parent, member.id, roles)
