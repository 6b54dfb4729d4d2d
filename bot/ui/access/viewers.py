"""Members' views of a video: whoever sees the channel in which it was made may see it."""

from collections.abc import Callable

import discord

from bot.domain.jobs.job import Job
from bot.domain.refusal import NotYours
from bot.ui.types import AnyInteraction


def viewer(interaction: AnyInteraction, *, moderator: bool) -> Callable[[Job], bool]:
    """Return a predicate: whether a job's video may be shown to the member who asks.

    Its maker may see a video, and so may a `moderator`, whoever asks in the channel in which the
    video was made, and everybody who sees that channel. Where the bot can't tell, the predicate
    raises NotYours.
    """
    here = interaction.channel_id
    return sees(interaction.guild, interaction.user, moderator=moderator, here=here)


def sees(
    guild: discord.Guild | None,
    member: discord.User | discord.Member,
    *,
    moderator: bool,
    here: int | None = None,
) -> Callable[[Job], bool]:
    """Return the predicate of `viewer` for a member of a server who is in the channel `here`."""

    def may_see(job: Job) -> bool:
        if moderator or job.place.member_id == member.id or job.place.channel_id == here:
            return True
        if guild is None or not isinstance(member, discord.Member):
            return False
        channel = guild.get_channel_or_thread(job.place.channel_id)
        # Of a private thread, the bot doesn't know the members.
        is_private = isinstance(channel, discord.Thread) and channel.is_private()
        parent = channel.parent if isinstance(channel, discord.Thread) else channel
        if parent is None or is_private:
            raise NotYours(
                f"Video #{job.id} isn't yours, and it was made in a place whose members I don't"
                " know; please ask there, or ask its maker or a moderator."
            )
        # Discord hides a channel from a bot that can't view it: what is known of it then denies
        # everybody. https://docs.discord.com/developers/topics/permissions#channel-visibility
        if not parent.permissions_for(guild.me).view_channel:
            raise NotYours(
                f"Video #{job.id} isn't yours, and I can no longer see its channel, so I can't tell"
                " whether you may see it; its maker or a moderator can show it."
            )
        return parent.permissions_for(member).view_channel

    return may_see
