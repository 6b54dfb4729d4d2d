"""Threads: archived, opened again, and what an archived one refuses.

See https://docs.discord.com/developers/topics/threads.
"""

from dataclasses import dataclass

from sandbox.discord.clock import Clock
from sandbox.discord.errors import thread_is_archived
from sandbox.discord.gateway import Gateway
from sandbox.discord.guilds import Channel, User
from sandbox.discord.payloads import channel_payload
from sandbox.discord.permissions import Permission
from sandbox.discord.sessions import GUILDS
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
        payload = channel_payload(channel)
        self.gateway.dispatch("THREAD_UPDATE", payload, intent=GUILDS, guild_id=channel.guild_id)

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
