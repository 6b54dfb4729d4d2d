"""How every command that makes a video begins."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

import aiohttp
import discord

from bot.domain.job import Job, Place
from bot.domain.request import VideoRequest
from bot.ui.client import bot_of
from bot.ui.errors import ACKNOWLEDGED
from bot.ui.permissions import check_permissions

log = logging.getLogger(__name__)


async def start_video(
    interaction: discord.Interaction[discord.Client], request: Callable[[str, Place], VideoRequest]
) -> None:
    """Check, acknowledge, accept. `request` builds the request of a source and a place.

    What can be refused at once is refused in private. Then the answer to the interaction is an
    ordinary message from its first moment: the bot's token can edit it for as long as it stands,
    which a deferred answer ("… is thinking") doesn't promise. Raises Refusal.
    """
    submit = bot_of(interaction).services.submit
    source, place = _asked_by(interaction)
    asked = request(source, place)
    await _start(
        interaction,
        place,
        lambda: submit.check(asked),
        lambda place: submit(replace(asked, place=place)),
    )


async def start_another(interaction: discord.Interaction[discord.Client], parent: Job) -> None:
    """Like `start_video`, for the same as `parent` with a new seed."""
    submit = bot_of(interaction).services.submit
    source, place = _asked_by(interaction)
    await _start(
        interaction,
        place,
        lambda: submit.check_another(parent, place),
        lambda place: submit.another(parent, source, place),
    )


def _asked_by(interaction: discord.Interaction[discord.Client]) -> tuple[str, Place]:
    assert interaction.guild_id is not None, "the commands exist in servers only"
    assert interaction.channel_id is not None, "the commands are used in channels only"
    place = Place(
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        member_id=interaction.user.id,
    )
    return f"interaction:{interaction.id}", place


async def _start(
    interaction: discord.Interaction[discord.Client],
    place: Place,
    check: Callable[[], Awaitable[None]],
    accept: Callable[[Place], Awaitable[Job]],
) -> None:
    bot = bot_of(interaction)
    with bot.starting():
        check_permissions(interaction)
        await check()
        place = replace(place, message_id=await _acknowledge(interaction))
        await bot.services.submit.announced(place)
        try:
            job = await accept(place)
        except Exception:
            # The funnel takes the answer back at once.
            await bot.services.submit.withdrawn(place)
            raise
        del interaction.extras[ACKNOWLEDGED]
        bot.services.dispatcher.wake()
        await bot.services.board.try_to_show(job.id)


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
