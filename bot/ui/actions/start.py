"""How every command that makes a video begins."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias

import aiohttp
import discord

from bot.domain.catalogue.inputs import PictureSource, VideoSource
from bot.domain.catalogue.models import Kind
from bot.domain.jobs.job import Job, Place
from bot.domain.moderation.rules import Asker
from bot.domain.options import Options
from bot.domain.requests.request import VideoRequest
from bot.ui.access.asker import asker_of
from bot.ui.access.bot_permissions import check_permissions
from bot.ui.client import bot_of
from bot.ui.errors import ACKNOWLEDGED
from bot.ui.presentation import pages
from bot.ui.presentation.views import offer_view
from bot.ui.types import AnyInteraction, guild_of

log = logging.getLogger(__name__)

Announce: TypeAlias = Callable[[AnyInteraction], Awaitable[int]]
"""Answers an interaction with an ordinary message; returns its id."""


async def start_video(
    interaction: AnyInteraction,
    kind: Kind,
    options: Options,
    *,
    pictures: tuple[PictureSource, ...] = (),
    video: VideoSource | None = None,
) -> None:
    """Check, acknowledge, accept; or, where it is dear, ask first.

    What can be refused at once is refused in private. Then the answer to the interaction is an
    ordinary message from its first moment: the bot's token can edit it for as long as it stands,
    which a deferred answer ("… is thinking") doesn't promise. Raises Refusal.
    """
    source, place = source_and_place(interaction)
    request = VideoRequest(
        source=source, place=place, kind=kind, options=options, pictures=pictures, video=video
    )
    await start_request(interaction, request)


async def start_request(interaction: AnyInteraction, request: VideoRequest) -> None:
    """Do what `start_video` does, for any request of this interaction. Raises Refusal."""
    bot = bot_of(interaction)
    asker = asker_of(interaction)
    with bot.accepting_request():
        check_permissions(interaction)
        quote = await bot.services.videos.submit.check(request, asker)
        offered = await bot.services.videos.submit.ask_first(request, quote)
        if offered is not None:
            await interaction.response.send_message(
                pages.offer(offered), view=offer_view(offered), ephemeral=True
            )
            return
        await _accept(interaction, request, asker, _acknowledge)


async def start_offered(interaction: AnyInteraction, offer_id: int) -> None:
    """Go on with a request whose member has agreed to its price. Raises Refusal."""
    bot = bot_of(interaction)
    asker = asker_of(interaction)
    with bot.accepting_request():
        check_permissions(interaction)
        request = await bot.services.videos.submit.agreed(offer_id, asker)
        await _accept(interaction, request, asker, _agree)


async def _accept(
    interaction: AnyInteraction,
    request: VideoRequest,
    asker: Asker,
    announce: Announce,
) -> None:
    submit = bot_of(interaction).services.videos.submit
    animated = False

    async def accept(place: Place) -> Job:
        nonlocal animated
        taken = await submit(replace(request, place=place), asker)
        animated = taken.animated
        return taken.job

    await _begin(interaction, request.place, accept, announce)
    if animated:
        with suppress(discord.HTTPException, aiohttp.ClientError, OSError):
            await interaction.followup.send(pages.FIRST_FRAME, ephemeral=True)


def source_and_place(interaction: AnyInteraction) -> tuple[str, Place]:
    """Return what asks, and where, as a request names them."""
    assert interaction.channel_id is not None, "the commands are used in channels only"
    place = Place(
        guild_id=guild_of(interaction),
        channel_id=interaction.channel_id,
        member_id=interaction.user.id,
    )
    return f"interaction:{interaction.id}", place


async def _begin(
    interaction: AnyInteraction,
    place: Place,
    accept: Callable[[Place], Awaitable[Job]],
    announce: Announce,
) -> None:
    """Let what `announce` posts be the status message of the job that `accept` makes."""
    services = bot_of(interaction).services
    message_id = await announce(interaction)
    interaction.extras[ACKNOWLEDGED] = message_id
    place = replace(place, message_id=message_id)
    await services.videos.submit.announced(place)
    try:
        job = await accept(place)
    except Exception:
        # The funnel takes the answer back at once.
        await services.videos.submit.withdrawn(place)
        raise
    del interaction.extras[ACKNOWLEDGED]
    services.dispatcher.wake()
    await services.messages.try_to_show(job.id)


# True for as long as it stands, also if the bot dies before it can take it back.
FIRST_WORD = (
    "⏳ **Getting your video ready** …\n"
    "-# Nothing is charged yet. If this still stands here in some minutes, please ask again."
)


async def _acknowledge(interaction: AnyInteraction) -> int:
    try:
        answer = await interaction.response.send_message(FIRST_WORD)
        message_id = answer.message_id
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        # It may stand all the same: only Discord's answer to it got lost.
        message_id = await _standing_answer(interaction)
        if message_id is None:
            raise error from None
        log.info("an answer stands though Discord's word of it got lost")
    assert message_id is not None, "Discord names the message that an answer made"
    return message_id


async def _agree(interaction: AnyInteraction) -> int:
    """Take the buttons from the offer, and post the status message below it.

    Only an answer to the press itself surely changes a message that nobody else sees. It may stand
    though Discord's word of it gets lost; if it doesn't, nothing can be posted below it either.
    """
    with suppress(discord.DiscordServerError, aiohttp.ClientError, OSError):
        await interaction.response.edit_message(content="✅ Agreed.", view=None)
    return (await interaction.followup.send(FIRST_WORD, wait=True)).id


async def _standing_answer(interaction: AnyInteraction) -> int | None:
    try:
        return (await interaction.original_response()).id
    except (discord.HTTPException, discord.ClientException, aiohttp.ClientError, OSError):
        return None
