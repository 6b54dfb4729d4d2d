"""Actions of the server's owner and moderators, and the bot's coming and going."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from sandbox.discord.acting import Acting
from sandbox.discord.command_overrides import OverrideTarget
from sandbox.discord.command_rules import CHAT_INPUT
from sandbox.discord.guilds import Channel, ChannelKind, Guild, Member, Role
from sandbox.discord.model import Message
from sandbox.discord.payloads import guild_payload, member_payload, role_payload
from sandbox.discord.permissions import Overwrite, Permission
from sandbox.discord.plan import ServerPlan
from sandbox.discord.sessions import GUILDS
from sandbox.discord.state import State
from sandbox.discord.visibility import (
    active_threads,
    seen,
    seen_channel_payload,
    seen_guild_payload,
)
from sandbox.discord.wire import Json, as_integer


def leave_guild(state: State, guild: Guild) -> None:
    """Take the bot out of a server, by its own wish or by a moderator's."""
    # Without the key `unavailable`, the bot was removed; see
    # https://docs.discord.com/developers/events/gateway-events#guild-delete.
    payload: Json = {"id": str(guild.id)}
    state.gateway.dispatch("GUILD_DELETE", payload, intent=GUILDS, guild_id=guild.id)
    guild.bot_joined = False
    state.changes.notify()


class GuildActions(Acting):
    """Each change is sent over the gateway, as Discord does.

    Where a server can be named (`guild`) and isn't, the first one is meant.
    """

    def add_server(self, server: ServerPlan | Guild) -> Guild:
        """Add the bot to a server: a new one, or one that it isn't in.

        Raises:
            ValueError: The bot is there already, or there is a server of this name.
        """
        world = self._state.world
        if isinstance(server, Guild):
            world.join(server)
            guild = server
        else:
            guild = world.add_guild(server)
        # Without the key `unavailable`, the bot was added just now; see
        # https://docs.discord.com/developers/events/gateway-events#guild-create.
        self._dispatch("GUILD_CREATE", seen_guild_payload(world, guild), guild.id)
        return guild

    def remove_server(self, guild: Guild) -> None:
        """Remove the bot from a server; its people, channels and messages stay."""
        leave_guild(self._state, guild)

    def give_server(self, guild: Guild, owner: Member) -> None:
        """Transfer a server to one of its members."""
        self._state.world.give(guild, owner)
        self._dispatch("GUILD_UPDATE", guild_payload(guild), guild.id)

    def add_member(
        self, name: str, *, roles: Sequence[Role] = (), guild: Guild | None = None
    ) -> Member:
        member = self._state.world.add_member(guild or self._state.world.home, name, roles)
        self._state.changes.notify()
        return member

    def remove_member(self, member: Member) -> None:
        """Let a member leave the server. The bot hears nothing of it without the members intent."""
        self._state.world.guilds[member.guild_id].members.pop(member.name)
        self._state.changes.notify()

    def add_channel(
        self,
        name: str,
        kind: ChannelKind = ChannelKind.TEXT,
        *,
        category: Channel | None = None,
        guild: Guild | None = None,
    ) -> Channel:
        guild = guild or self._state.world.home
        with self._tell_of_views(guild):
            channel = self._state.world.add_channel(guild, name, kind, category)
            self._dispatch_channel("CHANNEL_CREATE", channel)
        return channel

    def add_thread(
        self, channel: Channel, name: str, owner: Member | None = None, *, private: bool = False
    ) -> Channel:
        """Start a thread, or a post of a forum; the server's owner does, if nobody is named.

        Raises:
            ValueError: A private thread can be started in a text channel only.
        """
        if private and channel.kind is not ChannelKind.TEXT:
            raise ValueError(f"#{channel.name} takes no private threads")
        thread = self._state.world.add_thread(channel, name, owner, private=private)
        self._state.threads.tell("THREAD_CREATE", thread, newly_created=True)
        return thread

    def add_to_thread(self, channel: Channel, member: Member) -> None:
        """Add a member, or the bot, to a thread."""
        self._state.threads.add(channel, member.user)

    def remove_from_thread(self, channel: Channel, member: Member) -> None:
        self._state.threads.remove(channel, member.user)

    def time_out(self, member: Member, seconds: float) -> None:
        """Take from a member, for a while, all permissions but to read; 0 gives them back.

        Of another member than itself, the bot isn't told without its intent.
        """
        member.timed_out_until = self._state.clock.now() + seconds if seconds else None
        if member.user is self._state.world.bot:
            payload = member_payload(member) | {"guild_id": str(member.guild_id)}
            self._state.gateway.dispatch("GUILD_MEMBER_UPDATE", payload, guild_id=member.guild_id)

    def archive(self, channel: Channel, *, locked: bool = False) -> None:
        """Archive a thread; a locked one stays so until a moderator opens it again."""
        self._set_thread(channel, archived=True, locked=locked)

    def unarchive(self, channel: Channel) -> None:
        self._set_thread(channel, archived=False, locked=False)

    def lock(self, channel: Channel) -> None:
        """Lock a thread that stays active: only members who manage threads can write there."""
        self._set_thread(channel, archived=False, locked=True)

    def _set_thread(self, channel: Channel, *, archived: bool, locked: bool) -> None:
        if channel.thread is None:
            raise ValueError(f"#{channel.name} is no thread")
        self._state.threads.change(channel, archived=archived, locked=locked)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel or thread, with everything in it."""
        guild = self._state.world.guild_with(channel)
        with self._tell_of_views(guild):
            for deleted in self._state.world.delete_channel(channel):
                if deleted.thread is None:
                    self._dispatch_channel("CHANNEL_DELETE", deleted)
                else:
                    self._state.threads.tell("THREAD_DELETE", deleted)

    def delete_message(self, moderator: Member, message: Message) -> None:
        """Delete anybody's message, as a moderator or its author may."""
        may = self._state.world.permissions(moderator.user, message.channel)
        if message.author is not moderator.user and Permission.MANAGE_MESSAGES not in may:
            raise ValueError(f"{moderator.name} may not delete messages here")
        self._state.messages.delete(message)

    def add_role(self, name: str, allowed: Permission, *, guild: Guild | None = None) -> Role:
        role = self._state.world.add_role(guild or self._state.world.home, name, allowed)
        self._dispatch_role("GUILD_ROLE_CREATE", role)
        return role

    def set_role_permissions(self, role: Role, allowed: Permission) -> None:
        with self._tell_of_views(self._state.world.guilds[role.guild_id]):
            role.permissions = allowed
            self._dispatch_role("GUILD_ROLE_UPDATE", role)

    def set_overwrite(
        self,
        channel: Channel,
        target: Role | Member,
        *,
        allow: Permission = Permission.NONE,
        deny: Permission = Permission.NONE,
    ) -> None:
        """Set the permissions that a channel allows and denies a role or member."""
        overwrite = Overwrite(target.id, isinstance(target, Member), allow, deny)
        with self._tell_of_views(self._state.world.guild_with(channel), channel):
            channel.overwrites[target.id] = overwrite
            self._dispatch_channel("CHANNEL_UPDATE", channel)

    def set_boost_tier(self, tier: int, *, guild: Guild | None = None) -> None:
        """Boost a server: tier 2 takes files up to 50 MiB, tier 3 up to 100 MiB."""
        guild = guild or self._state.world.home
        guild.boost_tier = tier
        self._dispatch("GUILD_UPDATE", guild_payload(guild), guild.id)

    def override_command(
        self,
        command: str | None,
        target: OverrideTarget,
        *,
        allow: bool | None,
        kind: int = CHAT_INPUT,
    ) -> None:
        """Allow or deny a role, member or channel a command, in place of its default.

        `command` is the whole command's name: its subcommands have no permissions of their own.
        None stands for all commands of the bot, `allow=None` takes an override back, and a server
        as the target means all of its channels.

        Raises:
            ValueError: There is no such command, or it has a hundred overrides already.
        """
        guild_id = target.id if isinstance(target, Guild) else target.guild_id
        if command is None:
            command_id = self._state.world.application_id
        else:
            named = self._state.commands.named(command, kind, guild_id)
            command_id = as_integer(named["id"])
        payload = self._state.overrides.set(command_id, target, allow=allow)
        event = "APPLICATION_COMMAND_PERMISSIONS_UPDATE"
        self._state.gateway.dispatch(event, payload, guild_id=guild_id)

    @contextmanager
    def _tell_of_views(self, guild: Guild, told: Channel | None = None) -> Generator[None]:
        """Send an update of each channel that the bot gains or loses sight of.

        `told` has its update already. With a channel come its active threads; see
        https://docs.discord.com/developers/topics/threads#gaining-access-to-channels.
        """
        world = self._state.world
        before = seen(world, guild)
        known = set(guild.channels)
        yield
        after = seen(world, guild)
        for name, channel in guild.channels.items():
            if name not in known or (channel.id in before) == (channel.id in after):
                continue
            if channel is not told:
                self._dispatch_channel("CHANNEL_UPDATE", channel)
            if channel.id in after:
                threads = active_threads(world, guild, channel)
                payload: Json = {
                    "guild_id": str(guild.id),
                    "channel_ids": [str(channel.id)],
                    "threads": [seen_channel_payload(world, one) for one in threads],
                    "members": [],
                }
                self._dispatch("THREAD_LIST_SYNC", payload, guild.id)

    def _dispatch_channel(self, event: str, channel: Channel) -> None:
        payload = seen_channel_payload(self._state.world, channel)
        self._dispatch(event, payload, channel.guild_id)

    def _dispatch_role(self, event: str, role: Role) -> None:
        payload: Json = {"role": role_payload(role), "guild_id": str(role.guild_id)}
        self._dispatch(event, payload, role.guild_id)

    def _dispatch(self, event: str, payload: Json, guild_id: int | None) -> None:
        self._state.gateway.dispatch(event, payload, intent=GUILDS, guild_id=guild_id)
