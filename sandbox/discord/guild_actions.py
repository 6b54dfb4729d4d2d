"""Actions of the server's owner and moderators, and the bot's coming and going."""

from collections.abc import Sequence

from sandbox.discord.acting import Acting
from sandbox.discord.command_overrides import OverrideTarget
from sandbox.discord.command_rules import CHAT_INPUT
from sandbox.discord.guilds import Channel, Guild, Member, Role
from sandbox.discord.model import Message
from sandbox.discord.payloads import channel_payload, guild_payload, role_payload
from sandbox.discord.permissions import Overwrite, Permission
from sandbox.discord.plan import ServerPlan
from sandbox.discord.sessions import GUILDS
from sandbox.discord.state import State
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
        self._dispatch("GUILD_CREATE", guild_payload(guild), guild.id)
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

    def add_channel(self, name: str, *, guild: Guild | None = None) -> Channel:
        channel = self._state.world.add_channel(guild or self._state.world.home, name)
        self._dispatch_channel("CHANNEL_CREATE", channel)
        return channel

    def add_thread(self, channel: Channel, name: str, owner: Member | None = None) -> Channel:
        """Start a public thread; the server's owner does, if nobody is named."""
        thread = self._state.world.add_thread(channel, name, owner)
        payload = channel_payload(thread) | {"newly_created": True}
        self._dispatch("THREAD_CREATE", payload, thread.guild_id)
        return thread

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
        for deleted in self._state.world.delete_channel(channel):
            event = "CHANNEL_DELETE" if deleted.thread is None else "THREAD_DELETE"
            self._dispatch_channel(event, deleted)

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

    def _dispatch_channel(self, event: str, channel: Channel) -> None:
        self._dispatch(event, channel_payload(channel), channel.guild_id)

    def _dispatch_role(self, event: str, role: Role) -> None:
        payload: Json = {"role": role_payload(role), "guild_id": str(role.guild_id)}
        self._dispatch(event, payload, role.guild_id)

    def _dispatch(self, event: str, payload: Json, guild_id: int | None) -> None:
        self._state.gateway.dispatch(event, payload, intent=GUILDS, guild_id=guild_id)
