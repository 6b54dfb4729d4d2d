"""The world: all servers and accounts, direct channels and messages, and permissions in them."""

from collections.abc import Sequence

from sandbox.discord.clock import Clock, Snowflakes
from sandbox.discord.guilds import (
    DEFAULT_UPLOAD_LIMIT_BYTES,
    Channel,
    ChannelKind,
    Guild,
    Member,
    Role,
    Thread,
    User,
)
from sandbox.discord.model import Message
from sandbox.discord.permissions import (
    ALL_PERMISSIONS,
    DIRECT_PERMISSIONS,
    LOCKED_PERMISSIONS,
    MEMBER_PERMISSIONS,
    TIMED_OUT_PERMISSIONS,
    Permission,
    in_channel,
)
from sandbox.discord.plan import ServerPlan, WorldPlan

EVERYONE_ROLE, MEMBER_ROLE = "@everyone", "Member"


class World:
    """Everything that exists, by name for people and by id for the wire."""

    def __init__(
        self, clock: Clock, ids: Snowflakes, plan: WorldPlan, bot_permissions: Permission
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._bot_permissions = bot_permissions
        self.guilds: dict[int, Guild] = {}
        self.users: dict[str, User] = {}
        self.direct_channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        # Those of the privileged intents that are switched on in the application's settings.
        self.privileged_intents = 0
        # Of the team that the application belongs to, where it does.
        self.team_owner: User | None = None
        # Its other members; True for those who have accepted the invitation.
        self.team_members: dict[User, bool] = {}
        self.is_public = plan.is_public
        self.bot = User(ids.next(), plan.bot, is_bot=True)
        for server in plan.servers:
            self.add_guild(server)
        owner = plan.application_owner or plan.servers[0].owner
        self.application_owner = self._user(owner)

    @property
    def application_id(self) -> int:
        """The bot user's own id, as with every application made since 2017."""
        return self.bot.id

    @property
    def home(self) -> Guild:
        """The first server there was."""
        return next(iter(self.guilds.values()))

    @property
    def joined(self) -> list[Guild]:
        """The servers that the bot is in now."""
        return [guild for guild in self.guilds.values() if guild.bot_joined]

    def add_guild(self, plan: ServerPlan) -> Guild:
        """Create a server, with the bot in it if its plan says so.

        Raises:
            ValueError: There is a server of this name already.
        """
        if any(guild.name == plan.name for guild in self.guilds.values()):
            raise ValueError(f"there is a server {plan.name!r} already")
        guild_id, now = self._ids.next(), self._clock.now()
        owner = Member(self._user(plan.owner), guild_id, now)
        bot = Member(self.bot, guild_id, now)
        everyone = Role(guild_id, guild_id, EVERYONE_ROLE, Permission.USE_APPLICATION_COMMANDS, 0)
        guild = Guild(guild_id, plan.name, owner, bot, everyone, plan.has_bot)
        guild.roles[EVERYONE_ROLE] = everyone
        self.guilds[guild_id] = guild
        for name, allowed in {MEMBER_ROLE: MEMBER_PERMISSIONS, **plan.roles}.items():
            self.add_role(guild, name, allowed)
        guild.members[owner.name] = owner
        owner.roles.append(guild.roles[MEMBER_ROLE])
        bot.roles.append(self.add_role(guild, self.bot.name, self._bot_permissions))
        bot.roles[0].managed = True
        for name, roles in plan.members.items():
            self.add_member(guild, name, [guild.roles[role] for role in roles])
        for name in plan.channels:
            self.add_channel(guild, name)
        return guild

    def join(self, guild: Guild) -> None:
        """Let the bot into a server.

        Raises:
            ValueError: The bot is there already.
        """
        if guild.bot_joined:
            raise ValueError(f"{self.bot.name} is in {guild.name!r} already")
        guild.bot_joined, guild.bot.joined_at = True, self._clock.now()

    def give(self, guild: Guild, member: Member) -> None:
        """Make a member the owner of their server.

        Raises:
            ValueError: It is nobody of that server.
        """
        if guild.members.get(member.name) is not member:
            raise ValueError(f"{member.name} isn't in {guild.name!r}")
        guild.owner = member

    def add_role(self, guild: Guild, name: str, allowed: Permission) -> Role:
        role = Role(self._ids.next(), guild.id, name, allowed, len(guild.roles))
        guild.roles[name] = role
        return role

    def add_member(self, guild: Guild, name: str, roles: Sequence[Role] = ()) -> Member:
        """Let a person join a server; a name that is known elsewhere is the same person."""
        roles = [guild.roles[MEMBER_ROLE], *roles]
        member = Member(self._user(name), guild.id, self._clock.now(), roles)
        guild.members[name] = member
        return member

    def add_channel(
        self,
        guild: Guild,
        name: str,
        kind: ChannelKind = ChannelKind.TEXT,
        category: Channel | None = None,
    ) -> Channel:
        position = len(guild.channels)
        channel = Channel(self._ids.next(), name, guild.id, position, kind=kind, category=category)
        guild.channels[name] = channel
        return channel

    def add_thread(
        self, parent: Channel, name: str, owner: Member | None = None, *, private: bool = False
    ) -> Channel:
        """Start a thread, or a forum's post; the server's owner does, unless somebody is named."""
        guild = self.guild_with(parent)
        owner = owner or guild.owner
        now = self._clock.now()
        thread = Thread(parent, owner, now, private=private, members={owner.id})
        channel = Channel(self._ids.next(), name, guild.id, thread=thread)
        guild.threads.append(channel)
        return channel

    def delete_channel(self, channel: Channel) -> list[Channel]:
        """Delete a channel with its threads and messages; return each deleted channel."""
        guild = self.guild_with(channel)
        threads = [one for one in guild.threads if one.thread and one.thread.parent is channel]
        deleted = [channel, *threads]
        for one in deleted:
            one.deleted = True
        guild.channels = {name: one for name, one in guild.channels.items() if not one.deleted}
        guild.threads = [one for one in guild.threads if not one.deleted]
        for message in self.messages.values():
            message.deleted = message.deleted or message.channel.deleted
        return deleted

    def direct_channel(self, user: User) -> Channel:
        """Return the direct messages between the bot and a person, opened at the first call."""
        if user.id not in self.direct_channels:
            channel = Channel(self._ids.next(), user.name, recipient=user)
            self.direct_channels[user.id] = channel
        return self.direct_channels[user.id]

    def user(self, user_id: int) -> User | None:
        """Find an account by its id."""
        accounts = (*self.users.values(), self.bot)
        return next((user for user in accounts if user.id == user_id), None)

    def channel(self, channel_id: int) -> Channel | None:
        """Find a channel of any sort by its id."""
        for guild in self.guilds.values():
            for channel in (*guild.channels.values(), *guild.threads):
                if channel.id == channel_id:
                    return channel
        direct = self.direct_channels.values()
        return next((channel for channel in direct if channel.id == channel_id), None)

    def guild_of(self, channel: Channel) -> Guild | None:
        """Return a channel's server, or None for direct messages."""
        return None if channel.guild_id is None else self.guilds[channel.guild_id]

    def guild_with(self, channel: Channel) -> Guild:
        """Return a channel's server.

        Raises:
            ValueError: These are direct messages.
        """
        if channel.guild_id is None:
            raise ValueError("direct messages belong to no server")
        return self.guilds[channel.guild_id]

    def member(self, user: User, channel: Channel) -> Member | None:
        """Return an account's membership of a channel's server; None in direct messages."""
        guild = self.guild_of(channel)
        return None if guild is None else guild.member(user)

    def takes_direct_messages(self, user: User) -> bool:
        """Return whether the bot may write to a person, by any server that both are in."""
        memberships = [guild.member(user) for guild in self.joined]
        return any(member is not None and member.takes_direct_messages for member in memberships)

    def upload_limit(self, channel: Channel) -> int:
        """Return the largest file that anybody may upload to a channel, in bytes."""
        guild = self.guild_of(channel)
        return DEFAULT_UPLOAD_LIMIT_BYTES if guild is None else guild.upload_limit_bytes

    def granted(self, user: User, channel: Channel) -> Permission:
        """Return what roles and overwrites allow an account, in a thread by its parent."""
        guild = self.guild_of(channel)
        if guild is None:
            mine = user in (channel.recipient, self.bot)
            return DIRECT_PERMISSIONS if mine else Permission.NONE
        member = guild.member(user)
        if member is None:
            return Permission.NONE
        if member is guild.owner:
            return ALL_PERMISSIONS
        granted = _granted(guild, member, channel)
        is_timed_out = (member.timed_out_until or 0) > self._clock.now()
        if is_timed_out and Permission.ADMINISTRATOR not in granted:
            granted &= TIMED_OUT_PERMISSIONS
        return granted

    def permissions(self, user: User, channel: Channel) -> Permission:
        """Return an account's permissions in a channel, its own state as a thread included."""
        granted, thread = self.granted(user, channel), channel.thread
        if thread is None or Permission.MANAGE_THREADS in granted:
            return granted
        if thread.private and user.id not in thread.members:
            return Permission.NONE
        return granted & LOCKED_PERMISSIONS if thread.locked else granted

    def reads(self, user: User, channel: Channel) -> bool:
        """Return whether an account reads a channel's messages, as far as the channel goes.

        In a voice channel that takes CONNECT, too:
        https://github.com/discord/discord-api-docs/pull/5111
        """
        needed = Permission.VIEW_CHANNEL
        if channel.kind.is_vocal:
            needed |= Permission.CONNECT
        return needed in self.permissions(user, channel)

    def readers(self, channel: Channel) -> set[int]:
        """Return the ids of all accounts that read a channel."""
        guild = self.guild_of(channel)
        if guild is None:
            return {self.bot.id, *([] if channel.recipient is None else [channel.recipient.id])}
        return {member.id for member in guild.people if self.reads(member.user, channel)}

    def visible(self, user: User, channel: Channel) -> list[Message]:
        """Return the messages that an account sees in a channel, oldest first."""
        has_history = Permission.READ_MESSAGE_HISTORY in self.permissions(user, channel)
        if not (has_history and self.reads(user, channel)):
            return []
        return [
            message
            for message in self.messages.values()
            if message.channel is channel
            and not message.deleted
            and message.ephemeral_to in (None, user.id)
        ]

    def _user(self, name: str) -> User:
        if name not in self.users:
            self.users[name] = User(self._ids.next(), name)
        return self.users[name]


def sending_permission(channel: Channel) -> Permission:
    """Return the permission that it takes to send in a channel."""
    in_thread = channel.thread is not None
    return Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES


def _granted(guild: Guild, member: Member, channel: Channel) -> Permission:
    base = guild.everyone.permissions
    for role in member.roles:
        base |= role.permissions
    thread = channel.thread
    return in_channel(
        base,
        guild_id=guild.id,
        member_id=member.id,
        role_ids=[role.id for role in member.roles],
        overwrites=channel.overwrites if thread is None else thread.parent.overwrites,
        sending=sending_permission(channel),
    )
