"""Replies to messages that mention the bot. Everybody reads them, as there is no interaction."""

from collections.abc import Callable
from dataclasses import dataclass

import discord
from typing_extensions import override

from bot.domain.moderation.rules import Asker
from bot.domain.requests.request import VideoRequest
from bot.ports import Announcement, AnsweredElsewhere, TextRefused, Unreachable
from bot.ui.access.servers import is_owner
from bot.ui.actions.start import FIRST_WORD
from bot.ui.client import PikaBot
from bot.ui.errors import explained
from bot.ui.presentation import pages
from bot.ui.presentation.views import announcement_view, carries, custom_ids, no_buttons, offer_view
from bot.ui.trouble import with_retries

_QUIET_SECONDS = 60.0


class ReplyThrottle:
    """Lets the same text be sent to a member at most once a minute."""

    def __init__(self, now: Callable[[], float]):
        self._now = now
        # Times by member and text, oldest first.
        self._sent_at: dict[tuple[int, str], float] = {}

    def allows(self, member_id: int, text: str) -> bool:
        """Return whether the text may be sent to the member now; if so, it counts as sent."""
        now = self._now()
        for key, at in [*self._sent_at.items()]:
            if now - at < _QUIET_SECONDS:
                break
            del self._sent_at[key]
        if (member_id, text) in self._sent_at:
            return False
        self._sent_at[member_id, text] = now
        return True


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to a message. It pings nobody. Both methods raise Undeliverable.

    Discord returns the message that a nonce made before, also one of another process that runs with
    the same token: its buttons tell.
    """

    bot: PikaBot
    to: discord.Message

    async def post(
        self, text: str, view: discord.ui.View | None = None, *, about: str = "to"
    ) -> int:
        """Write a reply and return its id.

        For some minutes, Discord takes no second one `about` the same to the same message. Raises
        AnsweredElsewhere if one with other buttons stands there.
        """
        channel = self.bot.get_partial_messageable(self.to.channel.id)
        reference = self.to.to_reference(fail_if_not_exists=False)
        shown, nonce = view or no_buttons(), f"{about}-{self.to.id}"

        async def send() -> int:
            posted = await channel.send(
                text, view=shown, nonce=nonce, reference=reference, mention_author=False
            )
            return _checked(posted, shown)

        async def send_loose() -> int:
            return _checked(await channel.send(text, view=shown, nonce=nonce), shown)

        try:
            return await with_retries(send)
        except (Unreachable, TextRefused):
            # Discord takes no reply from who may not read the history there, nor to some messages,
            # but a message.
            return await with_retries(send_loose)

    async def edit(self, message_id: int, text: str, view: discord.ui.View) -> None:
        channel = self.bot.get_partial_messageable(self.to.channel.id)
        message = channel.get_partial_message(message_id)

        async def edit() -> None:
            await message.edit(content=text, view=view)

        await with_retries(edit)


def _checked(message: discord.Message, view: discord.ui.View) -> int:
    # Without any, it was taken back.
    if custom_ids(message.components) and not carries(message, view):
        raise AnsweredElsewhere
    return message.id


@dataclass(frozen=True, slots=True)
class ReplyAnnouncement(Announcement):
    """A reply that everybody reads, also where it says why no job came of the message."""

    reply: Reply

    @property
    @override
    def is_repeated(self) -> bool:
        return True

    @override
    async def post(self, tag: str) -> int:
        return await self.reply.post(FIRST_WORD, announcement_view(tag))

    @override
    async def take_back(self, message_id: int, error: Exception) -> None:
        to_owner = is_owner(self.reply.bot, self.reply.to.author.id)
        text, view = explained(error, to_owner=to_owner, in_public=True)
        await self.reply.edit(message_id, text, view)


async def start_replying(
    reply: Reply, request: VideoRequest, asker: Asker, *, unsure: bool
) -> None:
    """Accept the request of a message; the reply to it becomes the status message.

    Where the video is dear, or where it is `unsure` that one is meant, ask first. Raises Refusal
    for what can be known at once, and Undeliverable; a later refusal stands in the reply.
    """
    videos = reply.bot.services.videos
    checked = await videos.submit.check(request, asker)
    offer = await videos.submit.ask_first(checked, whatever_it_costs=unsure)
    if offer is not None:
        text = pages.offer(offer)
        await reply.post(pages.variation(text) if unsure else text, offer_view(offer))
        return
    submitted = await videos.start(checked, ReplyAnnouncement(reply))
    if submitted is not None and submitted.animated:
        await reply.post(pages.FIRST_FRAME, about="also")
