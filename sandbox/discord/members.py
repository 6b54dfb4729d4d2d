"""What members write and read, as their Discord client would do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord.acting import Acting
from sandbox.discord.drafts import read_draft
from sandbox.discord.permissions import Permission
from sandbox.discord.world import sending_permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.discord.cdn import File
    from sandbox.discord.model import Channel, Member, Message
    from sandbox.discord.wire import Json


class MemberMessages(Acting):
    """Chatting as a member. Whatever the client wouldn't let one do raises ValueError."""

    async def post(
        self,
        member: Member,
        channel: Channel,
        content: str = "",
        files: Sequence[File] = (),
        *,
        reply_to: Message | None = None,
        ping: bool = True,
    ) -> Message:
        """Write a message; the bot hears of it if its intents ask for messages.

        `ping` is the switch beside a reply: whether its author is notified.
        """
        world = self._state.world
        needed = Permission.VIEW_CHANNEL | sending_permission(channel)
        needed |= Permission.ATTACH_FILES if files else Permission.NONE
        if channel.deleted or needed not in world.permissions(member, channel):
            raise ValueError(f"{member.name} may not post this in #{channel.name}")
        limit = self._upload_limit(member)
        body: Json = {"content": content, "allowed_mentions": _mentions(ping=ping)}
        draft = read_draft(body, dict(enumerate(files)), size_limit=limit)
        message = self._state.messages.create(member, channel, draft, reference=reply_to)
        self._state.changes.notify()
        return message

    def visible(self, member: Member, channel: Channel) -> list[Message]:
        """What the member sees in a channel, ephemeral messages included, oldest first."""
        return self._state.world.visible(member, channel)

    def direct_messages(self, member: Member) -> list[Message]:
        """What the bot and the member wrote one another in private, oldest first."""
        world = self._state.world
        return world.visible(member, world.direct_channel(member))


def _mentions(*, ping: bool) -> Json:
    return {"parse": ["users", "roles", "everyone"], "replied_user": ping}
