"""How every command that makes a video begins."""

from collections.abc import Callable
from dataclasses import replace

import discord

from bot.application.services import Services
from bot.domain.job import Job, Place
from bot.domain.request import VideoRequest
from bot.ui.client import bot_of
from bot.ui.errors import ACKNOWLEDGED
from bot.ui.permissions import check_permissions


async def start_video(
    interaction: discord.Interaction[discord.Client], request: Callable[[str, Place], VideoRequest]
) -> None:
    """Check, acknowledge, accept. `request` builds the request of a source and a place.

    What can be refused at once is refused in private. Then the answer to the interaction is an
    ordinary message from its first moment: the bot's token can edit it for as long as it stands,
    which a deferred answer ("… is thinking") doesn't promise. Raises Refusal.
    """
    bot = bot_of(interaction)
    with bot.starting():
        job = await _take_in(interaction, bot.services, request)
        bot.services.dispatcher.wake()
        await bot.services.board.try_to_show(job.id)


async def _take_in(
    interaction: discord.Interaction[discord.Client],
    services: Services,
    request: Callable[[str, Place], VideoRequest],
) -> Job:
    assert interaction.guild_id is not None, "the commands exist in servers only"
    assert interaction.channel_id is not None, "the commands are used in channels only"
    check_permissions(interaction)
    place = Place(
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        member_id=interaction.user.id,
    )
    asked = request(f"interaction:{interaction.id}", place)
    await services.submit.check(asked)
    message_id = await _acknowledge(interaction)
    job = await services.submit(replace(asked, place=replace(place, message_id=message_id)))
    del interaction.extras[ACKNOWLEDGED]
    return job


# Whoever dies right after it can't take it back, so it has to stay true by itself.
_FIRST_WORD = (
    "⏳ **Getting your video ready** …\n"
    "-# If this still stands here in a few minutes, nothing was charged: please ask again."
)


async def _acknowledge(interaction: discord.Interaction[discord.Client]) -> int:
    answer = await interaction.response.send_message(_FIRST_WORD)
    interaction.extras[ACKNOWLEDGED] = True
    assert answer.message_id is not None, "Discord names the message that an answer made"
    return answer.message_id
