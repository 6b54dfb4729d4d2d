"""The permissions that the bot itself needs in a channel."""

from collections.abc import Callable

import discord

from bot.domain.jobs.job import Job
from bot.domain.refusal import Refusal
from bot.ui.delivery import with_retries
from bot.ui.types import AnyInteraction

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


def check_permissions(interaction: AnyInteraction) -> None:
    """Raise Refusal unless the bot may post a video and mention its member there.

    https://docs.discord.com/developers/topics/permissions
    """
    check_granted(
        interaction.app_permissions, in_thread=isinstance(interaction.channel, discord.Thread)
    )


def check_granted(permissions: discord.Permissions, *, in_thread: bool) -> None:
    """Raise Refusal unless these permissions of the bot are enough for a video."""
    unneeded = "send_messages" if in_thread else "send_messages_in_threads"
    granted = dict(permissions)
    missing = [name for key, name in _NEEDED.items() if key != unneeded and not granted[key]]
    if missing:
        names = ", ".join(f"**{name}**" for name in missing)
        raise Refusal(f"I can't post videos here: please ask a moderator to allow me {names}.")


async def channel_of(
    message: discord.Message, guild: discord.Guild
) -> discord.abc.GuildChannel | discord.Thread:
    """Return the channel or thread of a message of that server.

    A channel that discord.py doesn't know, such as an archived thread, is fetched. Raises
    Undeliverable.
    """
    channel = message.channel
    if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return channel
    return await with_retries(lambda: guild.fetch_channel(channel.id))


def viewer(interaction: AnyInteraction, *, moderator: bool) -> Callable[[Job], bool]:
    """Return a predicate: whether a job's video may be shown to the member who asks.

    Its maker may see a video, and so may a `moderator` and everybody who sees the channel in which
    the video was made. Of a private thread, the bot doesn't know the members, but whoever asks in
    it is one.
    """
    return sees(
        interaction.guild, interaction.user, here=interaction.channel_id, moderator=moderator
    )


def sees(
    guild: discord.Guild | None,
    member: discord.User | discord.Member,
    *,
    here: int | None,
    moderator: bool,
) -> Callable[[Job], bool]:
    """Return the predicate of `viewer` for a member of a server who asks in the channel `here`."""

    def may_see(job: Job) -> bool:
        if moderator or job.place.member_id == member.id:
            return True
        if guild is None or not isinstance(member, discord.Member):
            return False
        if job.place.guild_id == guild.id and job.place.channel_id == here:
            return True
        channel = guild.get_channel_or_thread(job.place.channel_id)
        if isinstance(channel, discord.Thread):
            channel = None if channel.is_private() else channel.parent
        return channel is not None and channel.permissions_for(member).view_channel

    return may_see
