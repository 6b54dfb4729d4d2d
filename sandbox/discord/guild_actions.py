"""What the server's owner and moderators do."""

from sandbox.discord.acting import Acting
from sandbox.discord.command_rules import CHAT_INPUT
from sandbox.discord.model import Channel, Member, Message, Role
from sandbox.discord.payloads import channel_payload, guild_payload, role_payload
from sandbox.discord.permissions import Overwrite, Permission
from sandbox.discord.sessions import GUILDS
from sandbox.discord.wire import Json


class GuildActions(Acting):
    """Each change is told over the gateway, as Discord does."""

    def add_member(self, name: str, *, roles: list[Role] | None = None) -> Member:
        member = self._state.world.add_member(name, roles=roles)
        self._state.changes.notify()
        return member

    def add_channel(self, name: str) -> Channel:
        channel = self._state.world.add_channel(name)
        self._tell_channel("CHANNEL_CREATE", channel)
        return channel

    def add_thread(self, channel: Channel, name: str, owner: Member | None = None) -> Channel:
        """Start a public thread; the server's owner does, if nobody is named."""
        world = self._state.world
        thread = world.add_thread(channel, name, owner or world.guild.owner)
        payload = channel_payload(thread, world) | {"newly_created": True}
        self._tell("THREAD_CREATE", payload)
        return thread

    def archive(self, channel: Channel, *, locked: bool = False) -> None:
        """Archive a thread; a locked one stays so until a moderator opens it again."""
        self._set_thread(channel, archived=True, locked=locked)

    def unarchive(self, channel: Channel) -> None:
        self._set_thread(channel, archived=False, locked=False)

    def lock(self, channel: Channel) -> None:
        """Lock a thread that stays active: only who manages threads can write there."""
        self._set_thread(channel, archived=False, locked=True)

    def _set_thread(self, channel: Channel, *, archived: bool, locked: bool) -> None:
        if channel.thread is None:
            raise ValueError(f"#{channel.name} is no thread")
        self._state.threads.change(channel, archived=archived, locked=locked)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel or thread, with everything in it."""
        for deleted in self._state.world.delete_channel(channel):
            event = "CHANNEL_DELETE" if deleted.thread is None else "THREAD_DELETE"
            self._tell_channel(event, deleted)

    def delete_message(self, moderator: Member, message: Message) -> None:
        """Delete anybody's message, as a moderator or its author may."""
        may = self._state.world.permissions(moderator, message.channel)
        if message.author is not moderator.user and Permission.MANAGE_MESSAGES not in may:
            raise ValueError(f"{moderator.name} may not delete messages here")
        self._state.messages.delete(message)

    def add_role(self, name: str, allowed: Permission) -> Role:
        role = self._state.world.add_role(name, allowed)
        self._tell("GUILD_ROLE_CREATE", {"role": role_payload(role)})
        return role

    def set_role_permissions(self, role: Role, allowed: Permission) -> None:
        role.permissions = allowed
        self._tell("GUILD_ROLE_UPDATE", {"role": role_payload(role)})

    def set_overwrite(
        self,
        channel: Channel,
        target: Role | Member,
        *,
        allow: Permission = Permission.NONE,
        deny: Permission = Permission.NONE,
    ) -> None:
        """Set what a channel allows and denies a role or member."""
        overwrite = Overwrite(target.id, isinstance(target, Member), allow, deny)
        channel.overwrites[target.id] = overwrite
        self._tell_channel("CHANNEL_UPDATE", channel)

    def set_boost_tier(self, tier: int) -> None:
        """Boost the server: tier 2 takes files up to 50 MiB, tier 3 up to 100 MiB."""
        self._state.world.guild.boost_tier = tier
        self._tell("GUILD_UPDATE", guild_payload(self._state.world))

    def override_command(
        self,
        command: str,
        target: Role | Member | Channel,
        *,
        allow: bool,
        kind: int = CHAT_INPUT,
    ) -> None:
        """Allow or deny a role, member or channel a command, in place of its default.

        `command` is the whole command's name: its subcommands have no permissions of their own.

        Raises:
            ValueError: There is no such command, or it has a hundred overrides already.
        """
        found = self._state.commands.named(command, kind)
        payload = self._state.overrides.set(found, target, allow=allow)
        self._state.gateway.dispatch("APPLICATION_COMMAND_PERMISSIONS_UPDATE", payload)

    def _tell_channel(self, event: str, channel: Channel) -> None:
        self._tell(event, channel_payload(channel, self._state.world))

    def _tell(self, event: str, payload: Json) -> None:
        guild_id = {"guild_id": str(self._state.world.guild.id)}
        self._state.gateway.dispatch(event, payload | guild_id, intent=GUILDS)
