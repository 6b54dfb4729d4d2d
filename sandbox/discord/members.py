"""Members' messages, written and read as their Discord client does it."""

from collections.abc import Sequence

from sandbox.discord.acting import Acting
from sandbox.discord.cdn import File
from sandbox.discord.drafts import read_draft
from sandbox.discord.guilds import Channel, Member
from sandbox.discord.media import proxy_url
from sandbox.discord.model import Message, Sticker, StickerFormat
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Json
from sandbox.discord.world import sending_permission

MOST_STICKERS = 3
_STICKER_TYPES = {"png": "image/png", "gif": "image/gif", "json": "application/json"}


class MemberMessages(Acting):
    """Chatting as a member. Whatever the client wouldn't let one do raises ValueError."""

    async def post(
        self,
        member: Member,
        channel: Channel,
        content: str = "",
        files: Sequence[File] = (),
        *,
        stickers: Sequence[Sticker] = (),
        reply_to: Message | None = None,
        ping: bool = True,
        forged: bool = False,
    ) -> Message:
        """Write a message; the bot receives it if its intents ask for messages.

        `ping` is the switch beside a reply: whether its author is notified. A `forged` message is
        of somebody who may not write there.
        """
        more = Permission.ATTACH_FILES if files else Permission.NONE
        if not forged:
            self._check_posting(member, channel, more)
        if len(stickers) > MOST_STICKERS:
            raise ValueError(f"at most {MOST_STICKERS} stickers")
        limit = self._upload_limit(member, channel)
        body: Json = {"content": content, "allowed_mentions": _mentions(ping=ping)}
        draft = read_draft(body, dict(enumerate(files)), size_limit=limit)
        self._add_mentioned(channel, content)
        message = self._state.messages.create(
            member.user, channel, draft, reference=reply_to, stickers=stickers
        )
        self._state.changes.notify()
        return message

    def forward(self, member: Member, message: Message, channel: Channel) -> Message:
        """Forward a message into a channel."""
        self._check_posting(member, channel)
        if message not in self._state.world.visible(member.user, message.channel):
            raise ValueError(f"{member.name} doesn't see message {message.id}")
        return self._state.messages.forward(member.user, channel, message)

    def edit(self, member: Member, message: Message, content: str) -> None:
        """Change the text of the member's own message."""
        if message.author is not member.user or message.deleted:
            raise ValueError(f"{member.name} may not edit message {message.id}")
        limit = self._upload_limit(member, message.channel)
        self._state.messages.edit(message, read_draft({"content": content}, {}, size_limit=limit))

    def unfurl(
        self, message: Message, link: str, picture: File | None, *, large: bool = False
    ) -> None:
        """Show the picture behind a link of a message, through Discord's own proxy.

        `large`: as the image of an embed, and not its thumbnail. Without a picture it has an
        address, but no proxy.
        """
        shown: Json = {"url": link}
        if picture is not None:
            shown["proxy_url"] = proxy_url(link, picture, self._state.cdn)
        where = "image" if large else "thumbnail"
        embed: Json = {"type": "article" if large else "image", "url": link, where: shown}
        self._state.messages.unfurl(message, embed)

    def add_sticker(self, name: str, form: StickerFormat, data: bytes) -> Sticker:
        """Add a sticker to the server."""
        sticker = Sticker(self._state.ids.next(), name, form)
        file = File(f"{name}.{form.ending}", data, _STICKER_TYPES[form.ending])
        self._state.cdn.publish(f"/stickers/{sticker.id}.{form.ending}", file)
        return sticker

    def tell_again(self, message: Message) -> None:
        """Send the event of a new message for a second time, as the gateway may."""
        self._state.messages.tell_again(message)

    def _check_posting(
        self, member: Member, channel: Channel, more: Permission = Permission.NONE
    ) -> None:
        world = self._state.world
        may = sending_permission(channel) | more in world.permissions(member.user, channel)
        takes = not channel.deleted and not channel.kind.takes_posts
        if not (takes and may and world.reads(member.user, channel)):
            raise ValueError(f"{member.name} may not post this in #{channel.name}")

    def _add_mentioned(self, channel: Channel, content: str) -> None:
        """Add those whom a message in a private thread mentions, as Discord does (reported)."""
        world = self._state.world
        if channel.thread is None or not channel.thread.private:
            return
        for person in world.guild_with(channel).people:
            parent = channel.thread.parent
            if person.mention in content and world.reads(person.user, parent):
                self._state.threads.add(channel, person.user)

    def visible(self, member: Member, channel: Channel) -> list[Message]:
        """Return all messages that the member sees in a channel, oldest first."""
        return self._state.world.visible(member.user, channel)

    def direct_messages(self, member: Member) -> list[Message]:
        """Return the direct messages between the bot and the member, oldest first."""
        world = self._state.world
        return world.visible(member.user, world.direct_channel(member.user))


def _mentions(*, ping: bool) -> Json:
    return {"parse": ["users", "roles", "everyone"], "replied_user": ping}
