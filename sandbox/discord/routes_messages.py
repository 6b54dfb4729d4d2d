"""Messages and channels by the bot's token, as far as its permissions go.

See https://docs.discord.com/developers/resources/message.
"""

from sandbox.discord.drafts import Draft, read_draft
from sandbox.discord.errors import (
    direct_messages_closed,
    foreign_message,
    invalid_form,
    missing_access,
    missing_permissions,
    no_text_channel,
    only_posts,
    reply_needs_history,
    unknown_channel,
    unknown_guild,
    unknown_message,
    unknown_user,
)
from sandbox.discord.guilds import Channel, ChannelKind
from sandbox.discord.message_payloads import message_payload
from sandbox.discord.model import Message
from sandbox.discord.payloads import channel_payload
from sandbox.discord.permissions import Permission
from sandbox.discord.routing import Reply, RestRequest, Route
from sandbox.discord.state import State
from sandbox.discord.threads import refuse_archived
from sandbox.discord.visibility import sees
from sandbox.discord.wire import as_integer, as_object
from sandbox.discord.world import sending_permission

COLLECTION = "/channels/{channel}/messages"
ONE = "/channels/{channel}/messages/{message}"
OLD_SECONDS = 60 * 60.0
"""Edits of messages older than this have a limit of their own."""


class MessageRoutes:
    def __init__(self, state: State) -> None:
        self._clock = state.clock
        self._world = state.world
        self._messages = state.messages
        self._threads = state.threads
        self._rate_limits = state.rate_limits
        self.routes = [
            Route("GET", "/channels/{channel}", self.read_channel),
            Route("GET", "/guilds/{guild}/channels", self.list_channels),
            Route("PATCH", "/channels/{channel}", self.edit_thread),
            Route("POST", "/users/@me/channels", self.open_direct_channel),
            Route("POST", COLLECTION, self.create),
            Route("GET", COLLECTION, self.list),
            Route("GET", ONE, self.read),
            Route("PATCH", ONE, self.edit),
            Route("DELETE", ONE, self.delete),
        ]

    def read_channel(self, request: RestRequest) -> Reply:
        return Reply(200, channel_payload(self._channel(request)))

    def list_channels(self, request: RestRequest) -> Reply:
        """List a server's channels, without those that the bot may not view."""
        guild = self._world.guilds.get(request.id("guild"))
        if guild is None or not guild.bot_joined:
            raise unknown_guild()
        shown = [one for one in guild.channels.values() if sees(self._world, one)]
        return Reply(200, [channel_payload(one) for one in shown])

    def edit_thread(self, request: RestRequest) -> Reply:
        """Archive or unarchive a thread; nothing else of a channel can be edited here.

        Opening an unlocked thread takes the permission to write; the rest takes MANAGE_THREADS. See
        https://docs.discord.com/developers/resources/channel#modify-channel.
        """
        channel = self._channel(request)
        body = request.json
        if channel.thread is None or not body or not set(body) <= {"archived", "locked"}:
            raise invalid_form("_", "Only archived and locked of a thread can be set here.")
        archived = body.get("archived", channel.archived) is True
        locked = body.get("locked", channel.thread.locked) is True
        if archived:
            refuse_archived(channel)
        if archived or locked or channel.thread.locked:
            self._need(channel, Permission.MANAGE_THREADS)
        self._need(channel, sending_permission(channel))
        self._threads.change(channel, archived=archived, locked=locked)
        return Reply(200, channel_payload(channel))

    def open_direct_channel(self, request: RestRequest) -> Reply:
        user = self._world.user(as_integer(request.json.get("recipient_id")))
        if user is None or user.is_bot:
            raise unknown_user()
        return Reply(200, channel_payload(self._world.direct_channel(user)))

    def create(self, request: RestRequest) -> Reply:
        channel = self._text(request)
        size_limit = self._world.upload_limit(channel)
        draft = read_draft(request.json, request.files, size_limit=size_limit)
        self._threads.check_open(self._world.bot, channel)
        self._need(channel, sending_permission(channel))
        self._need_for(channel, draft)
        recipient = channel.recipient
        if recipient is not None and not self._world.takes_direct_messages(recipient):
            raise direct_messages_closed()
        message = self._messages.repeated(self._world.bot, channel, draft)
        if message is None:
            reference = self._reference(channel, draft)
            message = self._messages.create(self._world.bot, channel, draft, reference=reference)
        return Reply(200, message_payload(message, self._world))

    def list(self, request: RestRequest) -> Reply:
        """List messages, newest first; none without the permission to read history."""
        channel = self._text(request)
        limit = as_integer(request.query.get("limit"), 50)
        if not 1 <= limit <= 100:
            raise invalid_form("limit", "int value should be between 1 and 100.")
        before = as_integer(request.query.get("before"), 1 << 63)
        after = as_integer(request.query.get("after"))
        seen = [
            message_payload(message, self._world)
            for message in self._world.visible(self._world.bot, channel)
            if not message.ephemeral and after < message.id < before
        ]
        return Reply(200, (seen[:limit] if after else seen[-limit:])[::-1])

    def read(self, request: RestRequest) -> Reply:
        channel = self._text(request)
        self._need(channel, Permission.READ_MESSAGE_HISTORY)
        return Reply(200, message_payload(self._message(request, channel), self._world))

    def edit(self, request: RestRequest) -> Reply:
        channel = self._text(request)
        message = self._message(request, channel)
        if message.author is not self._world.bot:
            raise foreign_message()
        self._need_unlocked(channel)
        if self._clock.now() - message.created_at > OLD_SECONDS:
            self._rate_limits.take_old_edit(channel.id)
        size_limit = self._world.upload_limit(channel)
        draft = read_draft(request.json, request.files, size_limit=size_limit, flags=message.flags)
        self._need_for(channel, draft)
        self._messages.edit(message, draft)
        return Reply(200, message_payload(message, self._world))

    def delete(self, request: RestRequest) -> Reply:
        channel = self._text(request)
        message = self._message(request, channel)
        if message.author is not self._world.bot:
            self._need(channel, Permission.MANAGE_MESSAGES)
        refuse_archived(channel)
        self._messages.delete(message)
        return Reply()

    def _channel(self, request: RestRequest) -> Channel:
        channel = self._world.channel(request.id("channel"))
        if channel is None:
            raise unknown_channel()
        if not sees(self._world, channel):
            raise missing_access()
        return channel

    def _text(self, request: RestRequest) -> Channel:
        """Find a channel with messages in it that the bot may read."""
        channel = self._channel(request)
        if channel.kind is ChannelKind.CATEGORY:
            raise no_text_channel()
        if channel.kind.takes_posts:
            raise only_posts()
        if not self._world.reads(self._world.bot, channel):
            raise missing_access()
        return channel

    def _message(self, request: RestRequest, channel: Channel) -> Message:
        """Find a message; an ephemeral one doesn't exist for the bot's token."""
        message = self._world.messages.get(request.id("message"))
        if message is None or message.deleted or message.ephemeral:
            raise unknown_message()
        if message.channel is not channel:
            raise unknown_message()
        return message

    def _need(self, channel: Channel, permission: Permission) -> None:
        if permission not in self._world.permissions(self._world.bot, channel):
            raise missing_permissions()

    def _need_unlocked(self, channel: Channel) -> None:
        """Refuse an edit in a locked thread, unless the bot manages threads.

        https://github.com/discordjs/discord.js/pull/9216
        """
        refuse_archived(channel)
        if channel.thread is not None and channel.thread.locked:
            self._need(channel, Permission.MANAGE_THREADS)

    def _need_for(self, channel: Channel, draft: Draft) -> None:
        if draft.files:
            self._need(channel, Permission.ATTACH_FILES)
        if draft.embeds:
            self._need(channel, Permission.EMBED_LINKS)

    def _reference(self, channel: Channel, draft: Draft) -> Message | None:
        wanted = as_object(draft.body.get("message_reference"))
        if not wanted:
            return None
        may = self._world.permissions(self._world.bot, channel)
        if Permission.READ_MESSAGE_HISTORY not in may:
            raise reply_needs_history()
        message = self._world.messages.get(as_integer(wanted.get("message_id")))
        gone = message is None or message.deleted or message.ephemeral
        if not gone and message is not None and message.channel is channel:
            return message
        if wanted.get("fail_if_not_exists") is False:
            return None
        raise invalid_form("message_reference", "Unknown message", "REPLIES_UNKNOWN_MESSAGE")
