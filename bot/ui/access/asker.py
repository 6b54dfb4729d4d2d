"""Who asks, and where, as Discord says at that moment."""

import discord

from bot.domain.moderation.rules import Asker
from bot.ui.types import AnyInteraction


def asker_of(interaction: AnyInteraction) -> Asker:
    """Return who uses a command or presses a button."""
    return who_asks(interaction.user, interaction.channel, interaction.channel_id)


def who_asks(user: discord.User | discord.Member, channel: object, channel_id: int | None) -> Asker:
    """Return a member with their roles, and the channel with what it is in."""
    roles: set[int] = set()
    joined_at = None
    if isinstance(user, discord.Member):
        # `Member.roles` leaves out those that the cache doesn't know (yet).
        roles = {*user._roles, user.guild.id}  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        joined_at = user.joined_at
    return Asker(
        member_id=user.id,
        role_ids=frozenset(roles),
        channel_ids=frozenset(_channels(channel, channel_id)),
        account_at=round(user.created_at.timestamp() * 1000),
        joined_at=None if joined_at is None else round(joined_at.timestamp() * 1000),
    )


def _channels(channel: object, channel_id: int | None) -> set[int]:
    """Return the ids of a channel, of what it is a thread of, and of its category."""
    found = {channel_id}
    if isinstance(channel, discord.Thread):
        found.add(channel.parent_id)
        channel = channel.parent
    if isinstance(channel, discord.abc.GuildChannel):
        found |= {channel.id, channel.category_id}
    return {one for one in found if one is not None}
