"""The names that members read in Discord in place of the ids in what they typed."""

import re
from collections.abc import Iterable, Mapping

import discord

from bot.domain.markup import Names
from bot.domain.options import Options
from bot.ui.types import AnyInteraction

_NUMBER = re.compile("[0-9]{1,20}")
# Discord's name for a channel that the bot can't view.
_HIDDEN = "___hidden___"


def read_options(interaction: AnyInteraction, options: Options) -> Options:
    """Return the options of a command or form in the words that its member reads.

    Discord tells a bot nothing of the members whom a text mentions, but of the one who typed it.
    """
    return with_names(options, interaction.guild, interaction.user)


def read_message(message: discord.Message, options: Options) -> Options:
    """Return the options that a message gives, in the words that its author reads."""
    return with_names(options, message.guild, message.author, *message.mentions)


def with_names(
    options: Options,
    guild: discord.Guild | None,
    author: discord.User | discord.Member,
    *others: discord.User | discord.Member,
) -> Options:
    """Return the options with the names of members, of roles, and of channels of the server."""
    if guild is None:
        return options.read(Names(members=_members(author, *others)))
    texts = "\n".join(map(str, options.chosen().values()))
    # Of a server with thousands of channels, those that are named.
    ids = {int(number[0]) for number in _NUMBER.finditer(texts)}
    return options.read(
        Names(
            members=_members(*([guild.me] if guild.me else []), author, *others),
            roles={role.id: role.name for role in map(guild.get_role, ids) if role},
            channels=_channels(guild, author, ids),
        )
    )


def _members(*members: discord.User | discord.Member) -> Mapping[int, str]:
    return {member.id: member.display_name for member in members}


def _channels(
    guild: discord.Guild, author: discord.User | discord.Member, ids: Iterable[int]
) -> Mapping[int, str]:
    """Return the names of the channels that the author may view: a prompt is read by others."""
    names: dict[int, str] = {}
    for channel in filter(None, map(guild.get_channel_or_thread, ids)):
        place = channel
        if isinstance(channel, discord.Thread):
            place = None if channel.is_private() else channel.parent
        if place is None or place.name == _HIDDEN or not isinstance(author, discord.Member):
            continue
        if place.permissions_for(author).view_channel:
            names[channel.id] = channel.name
    return names
