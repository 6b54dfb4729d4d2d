"""Stickers, messages and interactions: the objects, before any rule."""

from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.discord.cdn import Attachment
from sandbox.discord.clock import Changes, Clock
from sandbox.discord.guilds import DEFAULT_UPLOAD_LIMIT_BYTES, Channel, Member, User
from sandbox.discord.wire import Json

# Message flags.
EPHEMERAL = 1 << 6
LOADING = 1 << 7
HAS_SNAPSHOT = 1 << 14
COMPONENTS_V2 = 1 << 15

ACKNOWLEDGE_SECONDS = 3.0
TOKEN_LIFE_SECONDS = 15 * 60.0


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
    """A sticker; its picture lies on the CDN under its id."""

    id: int
    name: str
    format: StickerFormat


@dataclass(slots=True, eq=False)
class Message:
    """A message in its current state; edits and deletion change it in place."""

    id: int
    channel: Channel
    author: User
    created_at: float
    """Seconds since 1970."""
    type: int = 0
    """See https://docs.discord.com/developers/resources/message#message-object-message-types."""
    content: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    stickers: list[Sticker] = field(default_factory=list)
    flags: int = 0
    reference: "Message | None" = None
    """The message that this one replies to."""
    forwarded: "Message | None" = None
    """Another message as it was when it was forwarded in this one."""
    invocation: "Invocation | None" = None
    """The interaction that this message answers."""
    ephemeral_to: int | None = None
    """The id of the only person who sees the message; none where it is public."""
    mentioned: frozenset[int] = frozenset()
    """The ids of those notified accounts that the message names or replies to."""
    pinged: frozenset[int] = frozenset()
    """The ids of all notified accounts, those behind a role and @everyone included."""
    mentions_everyone: bool = False
    nonce: str | int | None = None
    """The bot's own mark, by which Discord recognises a repeated request."""
    edits: int = 0
    """Number of edits."""
    edited_at: float | None = None
    """The last edit, in seconds since 1970."""
    deleted: bool = False

    @property
    def channel_id(self) -> int:
        return self.channel.id

    @property
    def ephemeral(self) -> bool:
        return self.ephemeral_to is not None

    @property
    def loading(self) -> bool:
        """Return whether the message is still the "thinking" of a deferred response."""
        return bool(self.flags & LOADING)


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
    """A member's use of the bot: a command, a pressed button, a submitted modal."""

    id: int
    token: str
    """The secret with which the bot answers, for 15 minutes."""
    kind: Kind
    command: str
    """Name of the command, or custom id of the component or modal."""
    member: Member
    channel: Channel
    created_at: float
    """Seconds since 1970 on the Discord's clock."""
    clock: Clock = field(repr=False)
    changes: Changes = field(repr=False)
    attachment_size_limit: int = DEFAULT_UPLOAD_LIMIT_BYTES
    """Largest file of an answer, in bytes."""
    patience: float = ACKNOWLEDGE_SECONDS
    """Seconds within which the first response has to come."""
    source: Message | None = None
    """The message whose component was used."""
    target: Message | None = None
    """The message whose Apps menu was opened."""
    acknowledged_at: float | None = None
    """The first response, in seconds since 1970."""
    response_type: Response | None = None
    modal: Json | None = None
    """The modal that the bot answered with."""
    choices: list[Json] = field(default_factory=list)
    """The choices that the bot offered for an autocompleted option."""
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
        """Return whether the member sees the red "The application did not respond"."""
        return self.acknowledged_at is None and self.too_late

    async def acknowledged(self) -> None:
        """Wait for the bot's first response.

        Raises:
            TimeoutError: None came in time.
        """
        await self.changes.wait_for(lambda: self.acknowledged_at is not None, self.patience)
