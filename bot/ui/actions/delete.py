"""Deletes a video for good, once the member has confirmed it."""

import logging

from bot.domain.jobs.job import Job
from bot.ports import Undeliverable
from bot.ui.access.maker_or_moderator import for_maker_or_moderator
from bot.ui.client import PikaBot, bot_of
from bot.ui.presentation.results import deleted
from bot.ui.presentation.views import delete_view
from bot.ui.types import AnyInteraction, guild_of

log = logging.getLogger(__name__)


async def ask_to_delete(interaction: AnyInteraction, job_id: int) -> None:
    """Ask in private whether the video is to be deleted. Raises Refusal."""
    assert interaction.message is not None, "a button is on a message"
    delete, guild_id = bot_of(interaction).services.videos.delete, guild_of(interaction)
    job = await for_maker_or_moderator(
        interaction,
        lambda moderator: delete.check(
            job_id, guild_id=guild_id, member_id=interaction.user.id, moderator=moderator
        ),
    )
    await interaction.response.send_message(
        f"🗑️ **Delete video #{job_id} for good?** Its file goes, and its message here says so. What"
        " it cost stays counted.\n-# Copies that were posted elsewhere or sent directly stay.",
        view=delete_view(job, interaction.message.id),
        ephemeral=True,
    )


async def delete_video(interaction: AnyInteraction, job_id: int, message_id: int) -> None:
    """Delete the video in its own message and in the one with that id. Raises Refusal."""
    bot, guild_id = bot_of(interaction), guild_of(interaction)
    with bot.accepting_request():
        job = await for_maker_or_moderator(
            interaction,
            lambda moderator: bot.services.videos.delete(
                job_id, guild_id=guild_id, member_id=interaction.user.id, moderator=moderator
            ),
        )
        await interaction.response.defer()
        try:
            await _delete_everywhere(bot, job, interaction.channel_id, message_id)
        except Undeliverable as trouble:
            # The next sweep goes on with it.
            log.warning("job %d: not deleted everywhere yet: %s", job.id, trouble)
        await interaction.edit_original_response(content=deleted(job), view=None)


async def _delete_everywhere(
    bot: PikaBot, job: Job, channel_id: int | None, message_id: int
) -> None:
    delete = bot.services.videos.delete
    await delete.finish(job)
    if channel_id is not None and message_id != job.place.message_id:
        await delete.erase(job, channel_id, message_id)
