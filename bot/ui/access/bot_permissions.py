"""The bot's own permissions in a channel, and the link that asks a server for them."""

import discord

from bot.domain.refusal import Refusal
from bot.ports import Undeliverable
from bot.ui.trouble import with_retries
from bot.ui.types import AnyInteraction

# In the words of Discord's own settings, in English.
_EVERYWHERE = {
    "read_messages": "View Channel",  # Discord renamed it
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}
_IN_CHANNELS = {"send_messages": "Send Messages"}
_IN_THREADS = {"send_messages_in_threads": "Send Messages in Threads"}
# https://github.com/discord/discord-api-docs/pull/5111
_IN_VOICE_CHANNELS = {"connect": "Connect"}
# Connect is left out: most servers allow it to everybody, and in no other channel it is needed.
_ASKED_FOR = _EVERYWHERE | _IN_CHANNELS | _IN_THREADS
_NOT_IN = (
    "I'm not in this private thread, so I can't post videos here: please mention me here once, which"
    " adds me, and ask again."
)
_LOCKED = (
    "This thread is locked, so I can't post videos here: please ask in another channel, or ask a"
    " moderator to unlock it."
)


def invite_link(application_id: int) -> str:
    """Return the link that adds the bot to a server, with the permissions for most places."""
    return discord.utils.oauth_url(
        application_id,
        permissions=discord.Permissions(**dict.fromkeys(_ASKED_FOR, True)),
        scopes=("bot", "applications.commands"),
    )


def check_permissions(interaction: AnyInteraction) -> None:
    """Raise Refusal unless the bot's own token may post a video and mention its member there."""
    guild = interaction.guild
    me = None if guild is None else guild.me
    check_permissions_in(interaction.channel, interaction.app_permissions, me)


def check_permissions_in(
    channel: object, granted: discord.Permissions, me: discord.Member | None
) -> None:
    """Raise Refusal unless the bot may post a video in a channel in which it has `granted`.

    A command is answered by a token of its own, also where the bot's doesn't reach. Slow mode and
    age restriction don't concern bots.
    https://docs.discord.com/developers/topics/permissions
    """
    is_bound = not granted.administrator
    if is_bound and me is not None and me.timed_out_until is not None and me.is_timed_out():
        end = round(me.timed_out_until.timestamp())
        raise Refusal(
            f"The moderators have timed me out, so I can't post videos; please ask again <t:{end}:R>."
        )
    needed = _needed(channel)
    if not granted >= discord.Permissions(**dict.fromkeys(needed, True)):
        has = dict(granted)
        missing = [f"**{name}**" for key, name in needed.items() if not has[key]]
        raise Refusal(
            f"I can't post videos here: please ask a moderator to allow me {', '.join(missing)}."
        )
    if isinstance(channel, discord.Thread) and not granted.manage_threads:
        if channel.is_private() and channel.me is None:
            raise Refusal(_NOT_IN)
        if channel.locked:
            raise Refusal(_LOCKED)


def _needed(channel: object) -> dict[str, str]:
    """Return the permissions that the bot needs in a channel, by discord.py's name."""
    if isinstance(channel, discord.Thread):
        return _EVERYWHERE | _IN_THREADS
    if isinstance(channel, discord.VoiceChannel | discord.StageChannel):
        return _EVERYWHERE | _IN_CHANNELS | _IN_VOICE_CHANNELS
    return _EVERYWHERE | _IN_CHANNELS


async def forget_membership(thread: discord.Thread) -> None:
    """Note that the bot isn't in a thread any more, which discord.py leaves as it was."""
    # A coroutine, as discord.py takes no other listener.
    thread.me = None


async def channel_of(
    message: discord.Message, guild: discord.Guild
) -> discord.abc.GuildChannel | discord.Thread:
    """Return the channel or thread of a message of that server.

    A channel that discord.py doesn't know, such as an archived thread, is fetched. Raises
    Undeliverable.
    """
    known, channel_id = message.channel, message.channel.id
    if isinstance(known, discord.abc.GuildChannel | discord.Thread):
        channel = known
    else:
        channel = await with_retries(lambda: guild.fetch_channel(channel_id))
    if isinstance(channel, discord.Thread) and channel.parent is None:
        # Its permissions can't be computed.
        raise Undeliverable("a thread without a known channel")
    return channel


def public_thread_of(channel: object) -> int | None:
    """Return the id of the channel in which a channel is a public thread; None if it is none."""
    if isinstance(channel, discord.Thread) and not channel.is_private():
        return channel.parent_id
    return None
