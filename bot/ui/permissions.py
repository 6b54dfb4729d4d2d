"""What the bot must be allowed to do where a video is to appear."""

from collections.abc import Callable

import discord

from bot.domain.job import Job
from bot.domain.refusal import Refusal

# In the words of Discord's own settings, in English.
_NEEDED = {
    "read_messages": "View Channel",  # Discord renamed it
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}


def invite_link(application_id: int) -> str:
    """Return the link that adds the bot to a server, with exactly these permissions."""
    return discord.utils.oauth_url(
        application_id,
        permissions=discord.Permissions(**dict.fromkeys(_NEEDED, True)),
        scopes=("bot", "applications.commands"),
    )


def check_permissions(interaction: discord.Interaction[discord.Client]) -> None:
    """Raise Refusal unless the bot may post a video and mention its member there.

    https://docs.discord.com/developers/topics/permissions
    """
    in_thread = isinstance(interaction.channel, discord.Thread)
    unneeded = "send_messages" if in_thread else "send_messages_in_threads"
    granted = dict(interaction.app_permissions)
    missing = [name for key, name in _NEEDED.items() if key != unneeded and not granted[key]]
    if missing:
        names = ", ".join(f"**{name}**" for name in missing)
        raise Refusal(f"I can't post videos here: please ask a moderator to allow me {names}.")


def viewer(interaction: discord.Interaction[discord.Client]) -> Callable[[Job], bool]:
    """Return what says whether a job's video may be shown to who asks.

    It may to its maker, to moderators, and to those who see the channel that it was made in; of a
    private thread, the bot doesn't know who they are.
    """
    guild, member = interaction.guild, interaction.user
    moderator = interaction.permissions.manage_guild

    def may_see(job: Job) -> bool:
        if moderator or job.place.member_id == member.id:
            return True
        if guild is None or not isinstance(member, discord.Member):
            return False
        channel = guild.get_channel_or_thread(job.place.channel_id)
        if isinstance(channel, discord.Thread):
            channel = None if channel.is_private() else channel.parent
        return channel is not None and channel.permissions_for(member).view_channel

    return may_see
