"""The listener to messages that mention the bot, with pictures or in a reply to some."""

import asyncio
import logging
import time

import discord

from bot.domain.jobs.job import Place, Relation
from bot.domain.options import Options
from bot.domain.refusal import Refusal
from bot.domain.requests.derived import of_parent
from bot.domain.requests.request import VideoRequest
from bot.ports import AnsweredElsewhere, Undeliverable
from bot.ui.access.bot_permissions import channel_of, check_permissions_in
from bot.ui.access.gate import enter_by_message
from bot.ui.access.servers import is_owner
from bot.ui.access.uses import Use
from bot.ui.access.viewers import sees
from bot.ui.acknowledgements import ASIDE
from bot.ui.actions.reply import Reply, ReplyThrottle, start_replying
from bot.ui.client import PikaBot
from bot.ui.errors import explained
from bot.ui.messages.mentions import (
    AnimateIntent,
    HelpReply,
    MentionIntent,
    VariationIntent,
    intent_of,
    is_meant,
)
from bot.ui.messages.names import read_message
from bot.ui.trouble import with_retries

log = logging.getLogger(__name__)

_REMEMBERED = 1000
# A process that stands aside gives the other one so long to reply: longer than to an interaction,
# as nobody demands an answer to a message within three seconds.
_LATE_SECONDS = 5.0


class Mentions:
    """Listens to messages that mention the bot, and to no others."""

    def __init__(self, bot: PikaBot):
        self._bot = bot
        self._throttle = ReplyThrottle(time.monotonic)
        # Discord may send a message twice. Of older ones the job's `source` tells.
        self._seen: dict[int, None] = {}

    async def on_message(self, message: discord.Message) -> None:
        """Make the video that a message asks for, or reply how to ask for one. Never raises."""
        me = self._bot.user
        if me is None or not is_meant(message, me.id) or not self._is_new(message.id):
            return
        intent = intent_of(
            message, me.id, self._bot.sticker_urls, reads_all=self._bot.intents.message_content
        )
        if intent is None:
            return
        self._bot.keep_running_until_answered()
        reply = Reply(self._bot, message)
        sole = self._bot.services.sole_process
        try:
            if sole.is_aside:
                await self._stand_aside(message, intent, reply)
                return
            await self._answer(message, intent, reply)
        except AnsweredElsewhere:
            await sole.other_answered()
        except Undeliverable as trouble:
            log.info("a mention can't be answered: %s", trouble)

    def _is_new(self, message_id: int) -> bool:
        if message_id in self._seen:
            return False
        self._seen[message_id] = None
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return True

    async def _answer(self, message: discord.Message, intent: MentionIntent, reply: Reply) -> None:
        try:
            guild = message.guild
            assert guild is not None, "mentions are taken in servers only"
            await self._bot.check_server(guild.id, guild, message.author.id)
            channel = await channel_of(message, guild)
            check_permissions_in(channel, channel.permissions_for(guild.me), guild.me)
            use = Use.PREPARES if isinstance(intent, HelpReply) else Use.MAKES
            asker = await enter_by_message(self._bot, message, channel, use)
            if isinstance(intent, HelpReply):
                await self._say(reply, intent.text)
                return
            with self._bot.accepting_request():
                request = await self._request(message, intent)
                if not await self._bot.services.videos.queries.has_job(request.source):
                    unsure = isinstance(intent, VariationIntent) and not intent.named
                    await start_replying(reply, request, asker, unsure=unsure)
        except (AnsweredElsewhere, Undeliverable):
            raise
        except Exception as error:  # noqa: BLE001  # `explained` sorts them
            to_owner = is_owner(self._bot, message.author.id)
            text, view = explained(error, to_owner=to_owner, in_public=True)
            await self._say(reply, text, view)

    async def _stand_aside(
        self, message: discord.Message, intent: MentionIntent, reply: Reply
    ) -> None:
        """Say that two processes run, unless the other one has answered. Raises Undeliverable."""
        if isinstance(intent, HelpReply):
            return
        await asyncio.sleep(_LATE_SECONDS)
        answers = await with_retries(lambda: self._answers_to(message))
        if answers:
            raise AnsweredElsewhere
        await self._say(reply, Refusal(ASIDE).text)
        await self._bot.services.sole_process.answer_taken()

    async def _answers_to(self, message: discord.Message) -> list[int]:
        """Return the ids of the bot's own replies to a message, by whatever process."""
        me = self._bot.user
        channel = self._bot.get_partial_messageable(message.channel.id)
        return [
            answer.id
            async for answer in channel.history(after=message, limit=100)
            if me is not None
            and answer.author.id == me.id
            and answer.reference is not None
            and answer.reference.message_id == message.id
        ]

    async def _say(self, reply: Reply, text: str, view: discord.ui.View | None = None) -> None:
        if self._throttle.allows(reply.to.author.id, text):
            await reply.post(text, view, about="no")

    async def _request(
        self, message: discord.Message, intent: AnimateIntent | VariationIntent
    ) -> VideoRequest:
        """Return the request that the message makes. Raises Refusal."""
        assert message.guild is not None, "mentions are taken in servers only"
        source = f"message:{message.id}"
        place = Place(
            guild_id=message.guild.id,
            channel_id=message.channel.id,
            member_id=message.author.id,
        )
        words = read_message(message, Options(prompt=intent.prompt))
        if isinstance(intent, VariationIntent):
            queries = self._bot.services.videos.queries
            here = message.channel.id
            may_see = sees(message.guild, message.author, moderator=False, here=here)
            job = await queries.referred(intent.reference, message.guild.id, may_see=may_see)
            parent = await queries.job(job.id, message.guild.id, may_see=may_see)
            return of_parent(
                parent, source, place, Relation.EDIT, parent.options.overridden_by(words)
            )
        return VideoRequest(
            source=source, place=place, kind=intent.kind, options=words, pictures=intent.pictures
        )
