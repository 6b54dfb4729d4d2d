"""The place of a request: whether the bot's own token reaches it, and who may look there."""

from collections.abc import Callable

import discord

from bot.domain.jobs.job import Job
from bot.domain.refusal import NotYours, Refusal
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
    check_place(interaction.channel, interaction.app_permissions, me)


def check_place(channel: object, granted: discord.Permissions, me: discord.Member | None) -> None:
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
    has = dict(granted)
    missing = [f"**{name}**" for key, name in _needed(channel).items() if not has[key]]
    if missing:
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
