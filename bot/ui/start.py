"""How every command that makes a video begins."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import aiohttp
import discord

from bot.domain.inputs import PictureSource, VideoSource
from bot.domain.job import Job, Place
from bot.domain.models import Kind
from bot.domain.options import Options
from bot.domain.request import VideoRequest
from bot.domain.rules import Asker
from bot.ui import pages
from bot.ui.asking import asker_of
from bot.ui.client import bot_of
from bot.ui.errors import ACKNOWLEDGED
from bot.ui.permissions import check_permissions
from bot.ui.views import offer_view

log = logging.getLogger(__name__)


async def start_video(
    interaction: discord.Interaction[discord.Client],
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
    bot = bot_of(interaction)
    source, place = _asked_by(interaction)
    asker = asker_of(interaction)
    request = VideoRequest(
        source=source, place=place, kind=kind, options=options, pictures=pictures, video=video
    )
    with bot.starting():
        check_permissions(interaction)
        quote = await bot.services.submit.check(request, asker)
        offered = await bot.services.submit.ask_first(request, quote)
        if offered is not None:
            await interaction.response.send_message(
                pages.offer(offered), view=offer_view(offered), ephemeral=True
            )
            return
        await _accept(interaction, request, asker)


async def start_offered(interaction: discord.Interaction[discord.Client], offer_id: int) -> None:
    """Go on with a request whose member has agreed to its price. Raises Refusal."""
    bot = bot_of(interaction)
    asker = asker_of(interaction)
    with bot.starting():
        check_permissions(interaction)
        request = await bot.services.submit.agreed(offer_id, asker)
        try:
            await _accept(interaction, request, asker)
        finally:
            await _close_offer(interaction)


async def _close_offer(interaction: discord.Interaction[discord.Client]) -> None:
    """Take the buttons from an offer that was answered."""
    assert interaction.message is not None, "a button is on a message"
    with suppress(discord.HTTPException, aiohttp.ClientError, OSError):
        await interaction.followup.edit_message(
            interaction.message.id, content="✅ Agreed.", view=None
        )


async def _accept(
    interaction: discord.Interaction[discord.Client], request: VideoRequest, asker: Asker
) -> None:
    submit = bot_of(interaction).services.submit
    animated = False

    async def accept(place: Place) -> Job:
        nonlocal animated
        taken = await submit(replace(request, place=place), asker)
        animated = taken.animated
        return taken.job

    await _begin(interaction, request.place, accept)
    if animated:
        with suppress(discord.HTTPException, aiohttp.ClientError, OSError):
            await interaction.followup.send(pages.FIRST_FRAME, ephemeral=True)


async def start_another(interaction: discord.Interaction[discord.Client], parent: Job) -> None:
    """Like `start_video`, for the same as `parent` with a new seed."""
    submit = bot_of(interaction).services.submit
    source, place = _asked_by(interaction)
    asker = asker_of(interaction)
    with bot_of(interaction).starting():
        check_permissions(interaction)
        await submit.check_another(parent, place, asker)
        await _begin(interaction, place, lambda place: submit.another(parent, source, place, asker))


def _asked_by(interaction: discord.Interaction[discord.Client]) -> tuple[str, Place]:
    assert interaction.guild_id is not None, "the commands exist in servers only"
    assert interaction.channel_id is not None, "the commands are used in channels only"
    place = Place(
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        member_id=interaction.user.id,
    )
    return f"interaction:{interaction.id}", place


async def _begin(
    interaction: discord.Interaction[discord.Client],
    place: Place,
    accept: Callable[[Place], Awaitable[Job]],
) -> None:
    """Let the answer to the interaction be the status message of the job that `accept` makes."""
    services = bot_of(interaction).services
    place = replace(place, message_id=await _acknowledge(interaction))
    await services.submit.announced(place)
    try:
        job = await accept(place)
    except Exception:
        # The funnel takes the answer back at once.
        await services.submit.withdrawn(place)
        raise
    del interaction.extras[ACKNOWLEDGED]
    services.dispatcher.wake()
    await services.board.try_to_show(job.id)


# True for as long as it stands, also if the bot dies before it can take it back.
_FIRST_WORD = (
    "⏳ **Getting your video ready** …\n"
    "-# Nothing is charged yet. If this still stands here in some minutes, please ask again."
)


async def _acknowledge(interaction: discord.Interaction[discord.Client]) -> int:
    try:
        answer = await interaction.response.send_message(_FIRST_WORD)
        message_id = answer.message_id
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        # It may stand all the same: only Discord's answer to it got lost.
        message_id = await _standing_answer(interaction)
        if message_id is None:
            raise error from None
        log.info("an answer stands though Discord's word of it got lost")
    interaction.extras[ACKNOWLEDGED] = True
    assert message_id is not None, "Discord names the message that an answer made"
    return message_id


async def _standing_answer(interaction: discord.Interaction[discord.Client]) -> int | None:
    try:
        return (await interaction.original_response()).id
    except (discord.HTTPException, discord.ClientException, aiohttp.ClientError, OSError):
        return None
