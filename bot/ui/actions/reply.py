"""Answers to messages, in public: there is no interaction, so everybody reads them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import discord

from bot.domain.requests.request import VideoRequest
from bot.ports import Unreachable
from bot.ui.access.asker import who_asks
from bot.ui.actions.start import FIRST_WORD
from bot.ui.client import PikaBot
from bot.ui.delivery import with_retries
from bot.ui.errors import explained
from bot.ui.presentation import pages
from bot.ui.presentation.views import no_buttons, offer_view

_QUIET_SECONDS = 60.0


class ReplyThrottle:
    """Says the same thing to a member at most once a minute, however often they ask for it."""

    def __init__(self, now: Callable[[], float]):
        self._now = now
        # In the order in which they were said.
        self._said: dict[tuple[int, str], float] = {}

    def may_say(self, member_id: int, text: str) -> bool:
        """Return whether it is time to say this again; if so, it counts as said."""
        now = self._now()
        for key, at in [*self._said.items()]:
            if now - at < _QUIET_SECONDS:
                break
            del self._said[key]
        if (member_id, text) in self._said:
            return False
        self._said[member_id, text] = now
        return True


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a message. It pings nobody. Both methods raise Undeliverable."""

    bot: PikaBot
    to: discord.Message

    async def post(
        self, text: str, view: discord.ui.View | None = None, *, about: str = "to"
    ) -> int:
        """Write a reply and return its id.

        For some minutes, Discord takes no second one `about` the same to the same message.
        """
        channel = self.bot.get_partial_messageable(self.to.channel.id)
        reference = self.to.to_reference(fail_if_not_exists=False)
        shown, nonce = view or no_buttons(), f"{about}-{self.to.id}"

        async def send() -> int:
            posted = await channel.send(
                text, view=shown, nonce=nonce, reference=reference, mention_author=False
            )
            return posted.id

        async def send_loose() -> int:
            return (await channel.send(text, view=shown, nonce=nonce)).id

        try:
            return await with_retries(send)
        except Unreachable:
            # Discord takes no reply from who may not read the history there, but a message.
            return await with_retries(send_loose)

    async def edit(self, message_id: int, text: str, view: discord.ui.View) -> None:
        channel = self.bot.get_partial_messageable(self.to.channel.id)
        message = channel.get_partial_message(message_id)

        async def edit() -> None:
            await message.edit(content=text, view=view)

        await with_retries(edit)


async def start_replying(reply: Reply, request: VideoRequest, *, unsure: bool) -> None:
    """Accept a request; the reply becomes the status message.

    Where it is dear, or it is `unsure` that a video is meant, ask first. Raises Refusal for what can be known at once, and Undeliverable. What shows later is said in
    the reply.
    """
    services = reply.bot.services
    asker = who_asks(reply.to.author, reply.to.channel, reply.to.channel.id)
    quote = await services.videos.submit.check(request, asker)
    offered = await services.videos.submit.ask_first(request, quote, whatever_it_costs=unsure)
    if offered is not None:
        text = pages.offer(offered)
        await reply.post(pages.variation(text) if unsure else text, offer_view(offered))
        return
    message_id = await reply.post(FIRST_WORD)
    place = replace(request.place, message_id=message_id)
    await services.videos.submit.announced(place)
    try:
        taken = await services.videos.submit(replace(request, place=place), asker)
    except Exception as error:  # noqa: BLE001  # `explained` sorts them
        await reply.edit(message_id, *explained(error))
        # Only now: what is left standing by a crash before this is taken back at the next start.
        await services.videos.submit.withdrawn(place)
        return
    services.dispatcher.wake()
    await services.messages.try_to_show(taken.job.id)
    if taken.animated:
        await reply.post(pages.FIRST_FRAME, about="also")
