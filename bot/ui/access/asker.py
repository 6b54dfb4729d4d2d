"""The member who asks, and the channel, as Discord describes them at that moment."""

import discord

from bot.domain.moderation.rules import Asker
from bot.ui.types import AnyInteraction


def asker_of(interaction: AnyInteraction) -> Asker:
    """Return the member who uses a command or presses a button."""
    return who_asks(interaction.user, interaction.channel, interaction.channel_id)


def who_asks(user: discord.User | discord.Member, channel: object, channel_id: int | None) -> Asker:
    """Return a member with their roles, and the ids of the channel and its parents."""
    joined_at = None
    if isinstance(user, discord.Member):
        joined_at = user.joined_at
    return Asker(
        member_id=user.id,
        role_ids=role_ids_of(user) if isinstance(user, discord.Member) else frozenset(),
        channel_ids=frozenset(_channels(channel, channel_id)),
        account_at=round(user.created_at.timestamp() * 1000),
        joined_at=None if joined_at is None else round(joined_at.timestamp() * 1000),
    )


def role_ids_of(member: discord.Member) -> frozenset[int]:
    """Return the ids of a member's roles, and of that of everybody."""
    # `Member.roles` leaves out those that the cache doesn't know (yet).
    own = member._roles  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return frozenset({*own, member.guild.id})


def _channels(channel: object, channel_id: int | None) -> set[int]:
    """Return the ids of a channel, of its parent if it is a thread, and of its category."""
    ids = {channel_id}
    if isinstance(channel, discord.Thread):
        ids.add(channel.parent_id)
        channel = channel.parent
    if isinstance(channel, discord.abc.GuildChannel):
        ids |= {channel.id, channel.category_id}
    return {known for known in ids if known is not None}
