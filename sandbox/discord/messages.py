"""Messages: created, edited, deleted, and each change sent to the gateway."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sandbox.discord.cdn import Cdn
from sandbox.discord.clock import Clock, Snowflakes
from sandbox.discord.components_v2 import hidden, legacy_field
from sandbox.discord.drafts import Draft, attach, link_attachments
from sandbox.discord.errors import empty_message
from sandbox.discord.gateway import Gateway
from sandbox.discord.guilds import Channel, User
from sandbox.discord.mentions import pings
from sandbox.discord.message_payloads import message_payload
from sandbox.discord.model import (
    COMPONENTS_V2,
    EPHEMERAL,
    HAS_SNAPSHOT,
    LOADING,
    Invocation,
    Message,
    Sticker,
)
from sandbox.discord.payloads import member_payload
from sandbox.discord.sessions import DIRECT_MESSAGES, GUILD_MESSAGES
from sandbox.discord.threads import Threads, refuse_archived
from sandbox.discord.wire import Json, as_objects
from sandbox.discord.world import World

NONCE_SECONDS = 5 * 60.0
REPLY = 19
# The flags that an app may give a message: suppressed embeds, silent, Components V2.
_SETTABLE = 1 << 2 | 1 << 12 | COMPONENTS_V2


@dataclass(frozen=True, slots=True)
class Messages:
    """Changes of messages by anybody; `violations` are mistakes that no correct bot makes."""

    clock: Clock
    ids: Snowflakes
    world: World
    cdn: Cdn
    gateway: Gateway
    threads: Threads
    violations: list[str]

    def create(
        self,
        author: User,
        channel: Channel,
        draft: Draft,
        *,
        reference: Message | None = None,
        invocation: Invocation | None = None,
        ephemeral: bool = False,
        kind: int | None = None,
        stickers: Sequence[Sticker] = (),
    ) -> Message:
        """Post a message.

        Raises:
            ApiError: 50006 when there is nothing in it, 50035 for a dangling file name, 50083 in
                a thread that is archived and locked.
        """
        if draft.is_empty and not stickers:
            raise empty_message()
        self.threads.check_open(author, channel)
        message = Message(
            id=self.ids.next(),
            channel=channel,
            author=author,
            created_at=self.clock.now(),
            type=kind if kind is not None else REPLY if reference is not None else 0,
            flags=draft.flags & _SETTABLE,
            reference=reference,
            invocation=invocation,
            nonce=draft.nonce,
            stickers=[*stickers],
        )
        if ephemeral and invocation is not None:
            message.flags |= EPHEMERAL
            message.ephemeral_to = invocation.member.id
        self._fill(message, draft)
        if not ephemeral:
            mentions = pings(
                self.world,
                channel,
                author,
                text=draft.text,
                allowed_mentions=draft.allowed_mentions,
                reference=reference,
            )
            message.pinged, message.mentioned = mentions.users, mentions.named
            message.mentions_everyone = mentions.everyone
        self.threads.reopen(channel)
        self.world.messages[message.id] = message
        self._dispatch("MESSAGE_CREATE", message)
        return message

    def create_loading(self, invocation: Invocation, *, ephemeral: bool, kind: int) -> Message:
        """Post the "thinking" of a deferred response."""
        message = Message(
            id=self.ids.next(),
            channel=invocation.channel,
            author=self.world.bot,
            created_at=self.clock.now(),
            type=kind,
            flags=LOADING | EPHEMERAL if ephemeral else LOADING,
            invocation=invocation,
            ephemeral_to=invocation.member.id if ephemeral else None,
        )
        self.world.messages[message.id] = message
        self._dispatch("MESSAGE_CREATE", message)
        return message

    def forward(self, author: User, channel: Channel, original: Message) -> Message:
        """Post a copy of a message as it is now.

        Raises:
            ApiError: 50083 in a thread that is archived and locked.
        """
        self.threads.check_open(author, channel)
        frozen = replace(
            original,
            attachments=[*original.attachments],
            embeds=[*original.embeds],
            stickers=[*original.stickers],
        )
        message = Message(
            id=self.ids.next(),
            channel=channel,
            author=author,
            created_at=self.clock.now(),
            flags=HAS_SNAPSHOT,
            forwarded=frozen,
        )
        self.world.messages[message.id] = message
        self._dispatch("MESSAGE_CREATE", message)
        return message

    def unfurl(self, message: Message, embed: Json) -> None:
        """Add the preview of a link to a message, as Discord does a moment after it was posted.

        The bot reads it only with the intent, whoever is mentioned:
        https://github.com/discord/discord-api-docs/issues/5406.
        """
        message.embeds = [*message.embeds, embed]
        nothing: Json = {"embeds": []}
        self._dispatch("MESSAGE_UPDATE", message, unread=nothing)

    def tell_again(self, message: Message) -> None:
        """Send the event of a new message for a second time, as the gateway may."""
        self._dispatch("MESSAGE_CREATE", message)

    def edit(self, message: Message, draft: Draft) -> None:
        """Change the fields that the request names. An edit notifies nobody.

        Raises:
            ApiError: 50006 when nothing would be left, 50035 for a dangling file name, 50083 in
                an archived thread.
        """
        refuse_archived(message.channel)
        self._fill(message, draft)
        message.flags &= ~LOADING
        message.edits += 1
        message.edited_at = self.clock.now()
        self._dispatch("MESSAGE_UPDATE", message)

    def delete(self, message: Message) -> None:
        message.deleted = True
        for attachment in message.attachments:
            self.cdn.forget(attachment)
        identity: dict[str, object] = {
            "id": str(message.id),
            "channel_id": str(message.channel_id),
        }
        self._dispatch("MESSAGE_DELETE", message, identity)

    def repeated(self, author: User, channel: Channel, draft: Draft) -> Message | None:
        """Return the message that an enforced nonce has made in the last five minutes, if any."""
        if draft.nonce is None or draft.body.get("enforce_nonce") is not True:
            return None
        for message in self.world.messages.values():
            same = str(message.nonce) == str(draft.nonce) and message.author is author
            recent = self.clock.now() - message.created_at < NONCE_SECONDS
            if same and recent and message.channel is channel:
                return message
        return None

    def _fill(self, message: Message, draft: Draft) -> None:
        """Compute everything before changing anything: a refused edit leaves no trace."""
        folder = f"attachments/{message.channel_id}"
        attachments = attach(
            draft, message.attachments, self.cdn, folder, ephemeral=message.ephemeral
        )
        body = draft.body
        embeds = draft.embeds if "embeds" in body else message.embeds
        components = draft.components if "components" in body else message.components
        content = draft.content if "content" in body else message.content
        if not (content or embeds or components or attachments or message.stickers):
            raise empty_message()
        # The flag can't be taken away again.
        flags = message.flags | draft.flags & COMPONENTS_V2
        if flags & COMPONENTS_V2 and (content or embeds):
            # They are of the message before the edit: the draft itself has none.
            field = "content" if content else "embeds"
            raise legacy_field(field, field)
        embeds = as_objects(link_attachments(embeds, attachments))
        components = as_objects(link_attachments(components, attachments))
        if flags & COMPONENTS_V2 and (unseen := hidden(attachments, components)):
            self.violations.append(f"no component shows {unseen} of message {message.id}")
        for old in message.attachments:
            if old.id not in {kept.id for kept in attachments}:
                self.cdn.forget(old)
        message.content, message.attachments, message.flags = content, attachments, flags
        message.embeds, message.components = embeds, components

    def _dispatch(
        self,
        event: str,
        message: Message,
        data: dict[str, object] | None = None,
        *,
        unread: Json | None = None,
    ) -> None:
        """Send an event to the bot, unless it can't read the channel or the message is ephemeral.

        Discord doesn't document whether an app receives its own ephemeral messages; a bot that
        does without works either way.
        """
        world, channel = self.world, message.channel
        if not world.reads(world.bot, channel) or message.ephemeral:
            return
        if data is not None:
            full = blanked = data
        else:
            full = message_payload(message, world, content=True)
            blanked = message_payload(message, world, content=False) | (unread or {})
        intent = DIRECT_MESSAGES if channel.is_direct else GUILD_MESSAGES
        if not channel.is_direct:
            extra: Json = {"guild_id": str(channel.guild_id)}
            author = world.member(message.author, channel)
            if data is None and message.invocation is None and author is not None:
                extra["member"] = member_payload(author)
            full, blanked = full | extra, blanked | extra
        self.gateway.dispatch(event, full, intent=intent, blanked=blanked)
