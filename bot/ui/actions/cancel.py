"""Cancels a video, by command and by button."""

from bot.ui.access.maker_or_moderator import for_maker_or_moderator
from bot.ui.client import bot_of
from bot.ui.presentation.status import cancellation
from bot.ui.types import AnyInteraction, guild_of


async def cancel_video(interaction: AnyInteraction, job_id: int) -> None:
    """Cancel a job for its member or a moderator, and answer with the outcome. Raises Refusal."""
    guild_id, services = guild_of(interaction), bot_of(interaction).services
    job = await for_maker_or_moderator(
        interaction,
        lambda moderator: services.videos.cancel(
            job_id, guild_id=guild_id, member_id=interaction.user.id, moderator=moderator
        ),
    )
    # At once: each moment counts until fal begins.
    services.dispatcher.wake(job_id)
    await interaction.response.send_message(cancellation(job), ephemeral=True)
    await services.messages.try_to_show(job_id)
