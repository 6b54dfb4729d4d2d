"""Begins every video that a command, menu or button asks for."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

import aiohttp
import discord
from typing_extensions import override

from bot.application.videos.submit import CheckedRequest
from bot.domain.catalogue.inputs import PictureSource, VideoSource
from bot.domain.catalogue.models import Kind
from bot.domain.jobs.job import Place
from bot.domain.options import Options
from bot.domain.requests.request import VideoRequest
from bot.ports import Announcement, AnsweredElsewhere, Undeliverable
from bot.ui.access.asker import asker_of
from bot.ui.access.bot_permissions import check_permissions
from bot.ui.access.maker_or_moderator import parent_of
from bot.ui.access.servers import is_owner
from bot.ui.client import bot_of
from bot.ui.errors import explained
from bot.ui.messages.names import read_options
from bot.ui.presentation import pages
from bot.ui.presentation.views import announcement_view, carries, offer_view
from bot.ui.types import AnyInteraction, guild_of

log = logging.getLogger(__name__)

Post: TypeAlias = Callable[[AnyInteraction, str], Awaitable[int]]
"""Answers an interaction with an ordinary message with that tag under it; returns its id."""
# True for as long as it stands, also if the bot can't edit it any more: it says nothing of money
# that a job would make untrue.
FIRST_WORD = (
    "⏳ **Getting your video ready** …\n"
    "-# If this still stands here in some minutes, look at `/pika jobs`: what isn't there wasn't"
    " charged, so please ask again."
)


@dataclass(frozen=True, slots=True)
class InteractionAnnouncement(Announcement):
    """An ordinary message that answers an interaction.

    The bot's token can edit it for as long as it stands, which a deferred answer ("… is thinking")
    doesn't promise.
    """

    interaction: AnyInteraction
    answer: Post

    @property
    @override
    def is_repeated(self) -> bool:
        return False

    @override
    async def post(self, tag: str) -> int:
        return await self.answer(self.interaction, tag)

    @override
    async def take_back(self, message_id: int, error: Exception) -> None:
        """Explain the error to the member alone, and delete the message."""
        to_owner = is_owner(self.interaction.client, self.interaction.user.id)
        text, view = explained(error, to_owner=to_owner)
        try:
            await self.interaction.followup.send(text, view=view, ephemeral=True)
            await self.interaction.followup.delete_message(message_id)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as trouble:
            raise Undeliverable(f"Discord: {type(trouble).__name__}") from trouble


async def start_video(
    interaction: AnyInteraction,
    kind: Kind,
    options: Options,
    *,
    pictures: tuple[PictureSource, ...] = (),
    video: VideoSource | None = None,
) -> None:
    """Check the request, answer, and submit it; where the video is dear, ask first.

    A refusal that can be known at once is answered in private. Raises Refusal.
    """
    source, place = source_and_place(interaction)
    request = VideoRequest(
        source=source,
        place=place,
        kind=kind,
        options=read_options(interaction, options),
        pictures=pictures,
        video=video,
    )
    await start_request(interaction, request)


async def start_request(interaction: AnyInteraction, request: VideoRequest) -> None:
    """Do what `start_video` does, for any request of this interaction. Raises Refusal."""
    bot = bot_of(interaction)
    submit = bot.services.videos.submit
    with bot.accepting_request():
        check_permissions(interaction)
        checked = await submit.check(request, asker_of(interaction))
        offer = await submit.ask_first(checked)
        if offer is not None:
            await interaction.response.send_message(
                pages.offer(offer), view=offer_view(offer), ephemeral=True
            )
            return
        await _start(interaction, checked, _answer)


async def start_offered(interaction: AnyInteraction, offer_id: int) -> None:
    """Go on with a request whose member has agreed to its price. Raises Refusal."""
    bot = bot_of(interaction)
    with bot.accepting_request():
        check_permissions(interaction)
        _, place = source_and_place(interaction)
        asker = asker_of(interaction)
        checked = await bot.services.videos.submit.agreed(offer_id, asker, place)
        if checked.request.parent_id is not None:
            await parent_of(interaction, checked.request.parent_id)
        await _start(interaction, checked, _answer_below_offer)


async def _start(interaction: AnyInteraction, checked: CheckedRequest, answer: Post) -> None:
    start = bot_of(interaction).services.videos.start
    submitted = await start(checked, InteractionAnnouncement(interaction, answer))
    if submitted is not None and submitted.animated:
        with suppress(discord.HTTPException, aiohttp.ClientError, OSError):
            await interaction.followup.send(pages.FIRST_FRAME, ephemeral=True)


def source_and_place(interaction: AnyInteraction) -> tuple[str, Place]:
    """Return the source and the place of a request that this interaction makes."""
    assert interaction.channel_id is not None, "the commands are used in channels only"
    place = Place(
        guild_id=guild_of(interaction),
        channel_id=interaction.channel_id,
        member_id=interaction.user.id,
    )
    return f"interaction:{interaction.id}", place


async def _answer(interaction: AnyInteraction, tag: str) -> int:
    view = announcement_view(tag)
    try:
        answer = await interaction.response.send_message(FIRST_WORD, view=view)
        message_id = answer.message_id
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        # The message may stand all the same: only Discord's answer to the request got lost.
        message_id = await _standing_answer(interaction, view)
        if message_id is None:
            raise error from None
        log.info("an answer stands though Discord's word of it got lost")
    assert message_id is not None, "Discord names the message that an answer made"
    bot_of(interaction).answers.keep(interaction, message_id, is_original=True)
    return message_id


async def _answer_below_offer(interaction: AnyInteraction, tag: str) -> int:
    """Take the buttons from the offer, and post the status message below it.

    Only an answer to the press itself surely changes a message that nobody else sees. The edit may
    have worked although Discord's answer was lost; if it failed, posting below fails as well.
    """
    with suppress(discord.DiscordServerError, aiohttp.ClientError, OSError):
        await interaction.response.edit_message(content="✅ Agreed.", view=None)
    view = announcement_view(tag)
    message_id = (await interaction.followup.send(FIRST_WORD, view=view, wait=True)).id
    bot_of(interaction).answers.keep(interaction, message_id, is_original=False)
    return message_id


async def _standing_answer(interaction: AnyInteraction, view: discord.ui.View) -> int | None:
    """Return the id of the answer that stands; None if there is none.

    Raises AnsweredElsewhere if it is another process's.
    """
    try:
        message = await interaction.original_response()
    except (discord.HTTPException, discord.ClientException, aiohttp.ClientError, OSError):
        return None
    if not carries(message, view):
        await bot_of(interaction).services.sole_process.other_answered()
        raise AnsweredElsewhere
    return message.id
