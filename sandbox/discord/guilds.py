"""Accounts and servers with their people, roles, channels and threads: objects, before any rule."""

from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.discord.permissions import Overwrite, Permission

MEBIBYTE = 1024 * 1024
DEFAULT_UPLOAD_LIMIT_BYTES = 10 * MEBIBYTE
BOOST_UPLOAD_LIMIT_BYTES = {2: 50 * MEBIBYTE, 3: 100 * MEBIBYTE}


@dataclass(slots=True, eq=False)
class User:
    """An account: one person, or the bot, in all servers."""

    id: int
    name: str
    """Unique in its world."""
    is_bot: bool = False


@dataclass(slots=True, eq=False)
class Role:
    """A role of one server."""

    id: int
    guild_id: int
    name: str
    permissions: Permission
    position: int
    """Rank in the server's list; 0 is @everyone."""
    mentionable: bool = False
    """Mentions of the role notify those who have it."""
    managed: bool = False
    """The role belongs to an application."""


@dataclass(slots=True, eq=False)
class Member:
    """An account's membership of one server."""

    user: User
    guild_id: int
    joined_at: float
    """Seconds since 1970."""
    roles: list[Role] = field(default_factory=list)
    """The roles besides @everyone."""
    takes_direct_messages: bool = True
    """The member lets others of this server write to them directly."""
    upload_limit_bytes: int = DEFAULT_UPLOAD_LIMIT_BYTES
    """Largest file by the member's own Nitro; see
    https://docs.discord.com/developers/reference#uploading-files."""
    timed_out_until: float | None = None
    """The end of a timeout, in seconds since 1970."""

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def mention(self) -> str:
        return f"<@{self.user.id}>"


class ChannelKind(IntEnum):
    """Types of a server's channels; see
    https://docs.discord.com/developers/resources/channel#channel-object-channel-types.
    """

    TEXT = 0
    VOICE = 2
    CATEGORY = 4
    STAGE = 13
    FORUM = 15
    MEDIA = 16

    @property
    def is_vocal(self) -> bool:
        return self in (self.VOICE, self.STAGE)

    @property
    def takes_posts(self) -> bool:
        """Return whether there are threads only."""
        return self in (self.FORUM, self.MEDIA)


@dataclass(slots=True, eq=False)
class Channel:
    """A channel or thread of a server, or the direct messages of the bot with a person."""

    id: int
    name: str
    guild_id: int | None = None
    """The server's id; none for direct messages."""
    position: int = 0
    """Rank in the server's list, topmost first."""
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    """Allowed and denied permissions by id of the role or member."""
    recipient: User | None = None
    """The person in direct messages with the bot."""
    thread: "Thread | None" = None
    """Present for a thread."""
    deleted: bool = False
    kind: ChannelKind = ChannelKind.TEXT
    """Of a thread, TEXT."""
    category: "Channel | None" = None

    @property
    def is_direct(self) -> bool:
        return self.recipient is not None

    @property
    def archived(self) -> bool:
        return self.thread is not None and self.thread.archived


@dataclass(slots=True, eq=False)
class Thread:
    """The properties of a thread that other channels don't have."""

    parent: Channel
    owner: Member
    archived_at: float
    """The last change of `archived`, in seconds since 1970."""
    archived: bool = False
    locked: bool = False
    """Only members who manage threads may open the thread again or write in it."""
    private: bool = False
    """Only its members, and those who manage threads, see it."""
    members: set[int] = field(default_factory=set)
    """The ids of the accounts in it."""


@dataclass(slots=True, eq=False)
class Guild:
    """A server, with its people, roles, channels and threads.

    Each of them is kept by name. The bot stays known after it has left.
    """

    id: int
    """Also the id of the @everyone role."""
    name: str
    owner: Member
    bot: Member
    """The bot's membership, its last one where the bot has left."""
    everyone: Role
    bot_joined: bool = True
    """The bot is in the server now."""
    boost_tier: int = 0
    """0 to 3."""
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    """All members but the bot."""
    channels: dict[str, Channel] = field(default_factory=dict)
    threads: list[Channel] = field(default_factory=list)

    @property
    def upload_limit_bytes(self) -> int:
        return BOOST_UPLOAD_LIMIT_BYTES.get(self.boost_tier, DEFAULT_UPLOAD_LIMIT_BYTES)

    @property
    def people(self) -> list[Member]:
        """All members, the bot included where it is in the server."""
        return [*self.members.values(), *([self.bot] if self.bot_joined else [])]

    def member(self, user: User) -> Member | None:
        """Return an account's membership, or None for a stranger."""
        if user is self.bot.user:
            return self.bot if self.bot_joined else None
        return self.members.get(user.name)
