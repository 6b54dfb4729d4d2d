"""Threads: archived, opened again, and what an archived one refuses.

See https://docs.discord.com/developers/topics/threads.
"""

from dataclasses import dataclass

from sandbox.discord.clock import Clock
from sandbox.discord.errors import thread_is_archived
from sandbox.discord.gateway import Gateway
from sandbox.discord.guilds import Channel, User
from sandbox.discord.permissions import Permission
from sandbox.discord.sessions import GUILDS
from sandbox.discord.visibility import seen_channel_payload, sees, thread_member_payload
from sandbox.discord.wire import Json
from sandbox.discord.world import World


@dataclass(frozen=True, slots=True)
class Threads:
    """Changes of threads by anybody."""

    clock: Clock
    world: World
    gateway: Gateway

    def change(self, channel: Channel, *, archived: bool, locked: bool) -> None:
        assert channel.thread is not None
        if channel.thread.archived != archived:
            channel.thread.archived_at = self.clock.now()
        channel.thread.archived, channel.thread.locked = archived, locked
        self.tell("THREAD_UPDATE", channel)

    def tell(self, event: str, channel: Channel, **more: object) -> None:
        """Send an event of a thread, unless the bot can't view it."""
        if sees(self.world, channel):
            payload = seen_channel_payload(self.world, channel) | more
            self.gateway.dispatch(event, payload, intent=GUILDS, guild_id=channel.guild_id)

    def add(self, channel: Channel, user: User) -> None:
        """Add an account to a thread; of others than itself, the bot isn't told."""
        assert channel.thread is not None
        if user.id in channel.thread.members:
            return
        channel.thread.members.add(user.id)
        if user is self.world.bot:
            self.tell("THREAD_CREATE", channel)
            member = thread_member_payload(self.world, channel)
            self._tell_members(channel, {"added_members": [member]})

    def remove(self, channel: Channel, user: User) -> None:
        """Remove an account from a thread."""
        assert channel.thread is not None
        channel.thread.members.discard(user.id)
        if user is self.world.bot:
            self._tell_members(channel, {"removed_member_ids": [str(user.id)]})

    def _tell_members(self, channel: Channel, change: Json) -> None:
        """See https://docs.discord.com/developers/events/gateway-events#thread-members-update."""
        assert channel.thread is not None
        payload: Json = {
            "id": str(channel.id),
            "guild_id": str(channel.guild_id),
            "member_count": len(channel.thread.members),
            **change,
        }
        event = "THREAD_MEMBERS_UPDATE"
        self.gateway.dispatch(event, payload, intent=GUILDS, guild_id=channel.guild_id)

    def check_open(self, user: User, channel: Channel) -> None:
        """Refuse a new message in a thread that only moderators can open again.

        Raises:
            ApiError: 50083, it is archived and locked, and the account doesn't manage threads.
        """
        if channel.thread is not None and channel.archived and channel.thread.locked:
            may = self.world.permissions(user, channel)
            if Permission.MANAGE_THREADS not in may:
                raise thread_is_archived()

    def reopen(self, channel: Channel) -> None:
        """Open an archived thread again, as a message in it does."""
        if channel.thread is not None and channel.archived:
            self.change(channel, archived=False, locked=channel.thread.locked)


def refuse_archived(channel: Channel) -> None:
    """Refuse what an archived thread doesn't take: everything but reading and a new message.

    Raises:
        ApiError: 50083.
    """
    if channel.archived:
        raise thread_is_archived()
