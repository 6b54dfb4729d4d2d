"""One server with its people, roles, channels and messages."""

from sandbox.discord.clock import Clock, Snowflakes
from sandbox.discord.model import Channel, Guild, Member, Message, Role, Thread, User
from sandbox.discord.permissions import (
    ALL_PERMISSIONS,
    DIRECT_PERMISSIONS,
    LOCKED_PERMISSIONS,
    MEMBER_PERMISSIONS,
    Permission,
    in_channel,
)

MEMBER_ROLE = "Member"


class World:
    """Everything that exists, found by name for people and by id for the wire.

    `@everyone` may next to nothing and a "Member" role, given to every member, carries what
    servers usually allow. So the bot has no permission that its own role doesn't give.
    """

    def __init__(self, clock: Clock, ids: Snowflakes, bot_permissions: Permission) -> None:
        self._clock = clock
        self._ids = ids
        self.roles: dict[str, Role] = {}
        self.members: dict[str, Member] = {}
        self.channels: dict[str, Channel] = {}
        self.direct_channels: dict[int, Channel] = {}
        self.threads: list[Channel] = []
        # Those of the privileged intents that are switched on in the application's settings.
        self.privileged_intents = 0
        # Of the team that the application belongs to, where it does.
        self.team_owner: Member | None = None
        self.messages: dict[int, Message] = {}
        everyone = self.add_role("@everyone", Permission.USE_APPLICATION_COMMANDS)
        owner = Member(User(ids.next(), "Olive"), clock.now())
        self.guild = Guild(everyone.id, "Pika Playground", owner, everyone)
        self.members[owner.name] = owner
        self.add_role(MEMBER_ROLE, MEMBER_PERMISSIONS)
        self.add_role("Moderator", MEMBER_PERMISSIONS | Permission.MANAGE_GUILD)
        owner.roles.append(self.roles[MEMBER_ROLE])
        bot_role = self.add_role("Pika", bot_permissions)
        bot_role.managed = True
        self.bot = Member(User(ids.next(), "Pika", is_bot=True), clock.now(), [bot_role])
        for name in ("Ada", "Ben"):
            self.add_member(name)
        self.add_member("Mo", roles=[self.roles["Moderator"]])
        for name in ("general", "videos"):
            self.add_channel(name)

    @property
    def application_id(self) -> int:
        """The bot user's own id, as with every application made since 2017."""
        return self.bot.id

    def add_role(self, name: str, allowed: Permission, *, mentionable: bool = False) -> Role:
        role = Role(self._ids.next(), name, allowed, len(self.roles), mentionable)
        self.roles[name] = role
        return role

    def add_member(self, name: str, *, roles: list[Role] | None = None) -> Member:
        user = User(self._ids.next(), name)
        member = Member(user, self._clock.now(), [self.roles[MEMBER_ROLE], *(roles or [])])
        self.members[name] = member
        return member

    def add_channel(self, name: str) -> Channel:
        channel = Channel(self._ids.next(), name, position=len(self.channels))
        self.channels[name] = channel
        return channel

    def add_thread(self, parent: Channel, name: str, owner: Member) -> Channel:
        thread = Channel(self._ids.next(), name, thread=Thread(parent, owner, self._clock.now()))
        self.threads.append(thread)
        return thread

    def delete_channel(self, channel: Channel) -> list[Channel]:
        """Take a channel away, its threads and messages with it; give everything deleted."""
        threads = [one for one in self.threads if one.thread and one.thread.parent is channel]
        deleted = [channel, *threads]
        for one in deleted:
            one.deleted = True
        self.channels = {name: one for name, one in self.channels.items() if not one.deleted}
        self.threads = [one for one in self.threads if not one.deleted]
        for message in self.messages.values():
            message.deleted = message.deleted or message.channel.deleted
        return deleted

    def direct_channel(self, member: Member) -> Channel:
        """The direct messages between the bot and a member, opened at the first call."""
        if member.id not in self.direct_channels:
            channel = Channel(self._ids.next(), member.name, recipient=member.user)
            self.direct_channels[member.id] = channel
        return self.direct_channels[member.id]

    def everyone(self) -> list[Member]:
        """All members, the bot included."""
        return [*self.members.values(), self.bot]

    def member(self, user_id: int) -> Member | None:
        return next((member for member in self.everyone() if member.id == user_id), None)

    def channel(self, channel_id: int) -> Channel | None:
        everywhere = (*self.channels.values(), *self.threads, *self.direct_channels.values())
        return next((channel for channel in everywhere if channel.id == channel_id), None)

    def permissions(self, member: Member, channel: Channel) -> Permission:
        if channel.recipient is not None:
            mine = member.user in (channel.recipient, self.bot.user)
            return DIRECT_PERMISSIONS if mine else Permission.NONE
        if member is self.guild.owner:
            return ALL_PERMISSIONS
        base = self.guild.everyone.permissions
        for role in member.roles:
            base |= role.permissions
        thread = channel.thread
        found = in_channel(
            base,
            guild_id=self.guild.id,
            member_id=member.id,
            role_ids=[role.id for role in member.roles],
            overwrites=channel.overwrites if thread is None else thread.parent.overwrites,
            sending=sending_permission(channel),
        )
        if thread is not None and thread.locked and Permission.MANAGE_THREADS not in found:
            found &= LOCKED_PERMISSIONS
        return found

    def visible(self, member: Member, channel: Channel) -> list[Message]:
        """What a member sees in a channel, oldest first."""
        needed = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
        if needed not in self.permissions(member, channel):
            return []
        return [
            message
            for message in self.messages.values()
            if message.channel is channel
            and not message.deleted
            and message.ephemeral_to in (None, member.id)
        ]


def sending_permission(channel: Channel) -> Permission:
    """What it takes to send in a channel."""
    in_thread = channel.thread is not None
    return Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
