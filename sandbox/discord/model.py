"""People, channels, messages and interactions: what there is, before any rule."""

from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.discord.cdn import Attachment
from sandbox.discord.clock import Changes, Clock
from sandbox.discord.permissions import Overwrite, Permission
from sandbox.discord.wire import Json

MEBIBYTE = 1024 * 1024

# Message flags.
EPHEMERAL = 1 << 6
LOADING = 1 << 7
HAS_SNAPSHOT = 1 << 14
COMPONENTS_V2 = 1 << 15

DEFAULT_UPLOAD_LIMIT_BYTES = 10 * MEBIBYTE
BOOST_UPLOAD_LIMIT_BYTES = {2: 50 * MEBIBYTE, 3: 100 * MEBIBYTE}

ACKNOWLEDGE_SECONDS = 3.0
TOKEN_LIFE_SECONDS = 15 * 60.0


@dataclass(slots=True, eq=False)
class User:
    id: int
    name: str
    is_bot: bool = False


@dataclass(slots=True, eq=False)
class Role:
    id: int
    name: str
    permissions: Permission
    position: int
    mentionable: bool = False
    managed: bool = False


@dataclass(slots=True, eq=False)
class Member:
    user: User
    joined_at: float
    roles: list[Role] = field(default_factory=list)
    takes_direct_messages: bool = True
    # Nitro would raise it; see https://docs.discord.com/developers/reference#uploading-files.
    upload_limit_bytes: int = DEFAULT_UPLOAD_LIMIT_BYTES

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def mention(self) -> str:
        return f"<@{self.user.id}>"


@dataclass(slots=True, eq=False)
class Channel:
    """A text channel of the server, or the direct messages of the bot with `recipient`."""

    id: int
    name: str
    position: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    recipient: User | None = None
    thread: "Thread | None" = None
    deleted: bool = False

    @property
    def is_direct(self) -> bool:
        return self.recipient is not None

    @property
    def archived(self) -> bool:
        return self.thread is not None and self.thread.archived


@dataclass(slots=True, eq=False)
class Thread:
    """What makes a channel a public thread. `archived_at` is when that last changed."""

    parent: Channel
    owner: Member
    archived_at: float
    archived: bool = False
    locked: bool = False


class StickerFormat(IntEnum):
    """See https://docs.discord.com/developers/resources/sticker#sticker-object."""

    PNG = 1
    APNG = 2
    LOTTIE = 3
    GIF = 4

    @property
    def ending(self) -> str:
        return {self.LOTTIE: "json", self.GIF: "gif"}.get(self, "png")


@dataclass(frozen=True, slots=True)
class Sticker:
    id: int
    name: str
    format: StickerFormat


@dataclass(slots=True, eq=False)
class Message:
    """A message as it stands now; edits and deletion change it in place.

    `pinged` are the ids of users who were really notified, `mentioned` those of them whom it
    names or replies to, without those reached through a role or @everyone. `forwarded` is another
    message as it was when it was forwarded in this one. Times are seconds since 1970.
    """

    id: int
    channel: Channel
    author: User
    created_at: float
    type: int = 0
    content: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    stickers: list[Sticker] = field(default_factory=list)
    flags: int = 0
    reference: "Message | None" = None
    forwarded: "Message | None" = None
    invocation: "Invocation | None" = None
    ephemeral_to: int | None = None
    mentioned: frozenset[int] = frozenset()
    pinged: frozenset[int] = frozenset()
    mentions_everyone: bool = False
    nonce: str | int | None = None
    edits: int = 0
    edited_at: float | None = None
    deleted: bool = False

    @property
    def channel_id(self) -> int:
        return self.channel.id

    @property
    def ephemeral(self) -> bool:
        return self.ephemeral_to is not None

    @property
    def loading(self) -> bool:
        """Whether this is still the "thinking" of a deferred response."""
        return bool(self.flags & LOADING)


@dataclass(slots=True, eq=False)
class Guild:
    id: int
    name: str
    owner: Member
    everyone: Role
    boost_tier: int = 0

    @property
    def upload_limit_bytes(self) -> int:
        return BOOST_UPLOAD_LIMIT_BYTES.get(self.boost_tier, DEFAULT_UPLOAD_LIMIT_BYTES)


class Kind(IntEnum):
    """Interaction types; see
    https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object.
    """

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Response(IntEnum):
    """Interaction callback types."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    AUTOCOMPLETE = 8
    MODAL = 9


@dataclass(slots=True, eq=False)
class Invocation:
    """What the member sees of it: `failed` is the red "The application did not respond".

    `command` is the command's name, or the custom id of the component or modal. `source` is the
    message whose button was pressed, `target` the one an Apps menu was opened on. Times are
    seconds since 1970 on the server's clock.
    """

    id: int
    token: str
    kind: Kind
    command: str
    member: Member
    channel: Channel
    created_at: float
    clock: Clock = field(repr=False)
    changes: Changes = field(repr=False)
    attachment_size_limit: int = DEFAULT_UPLOAD_LIMIT_BYTES
    patience: float = ACKNOWLEDGE_SECONDS
    source: Message | None = None
    target: Message | None = None
    acknowledged_at: float | None = None
    response_type: Response | None = None
    modal: Json | None = None
    choices: list[Json] = field(default_factory=list)
    response_message: Message | None = None
    followups: list[Message] = field(default_factory=list)

    @property
    def too_late(self) -> bool:
        return self.clock.now() - self.created_at > self.patience

    @property
    def expired(self) -> bool:
        return self.clock.now() - self.created_at > TOKEN_LIFE_SECONDS

    @property
    def failed(self) -> bool:
        return self.acknowledged_at is None and self.too_late

    async def acknowledged(self) -> None:
        """Wait for the bot's first response.

        Raises:
            TimeoutError: None came in time.
        """
        await self.changes.wait_for(lambda: self.acknowledged_at is not None, self.patience)
