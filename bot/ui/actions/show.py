"""Posts a finished video again, by command and by button."""

from bot.domain.jobs.job import Job
from bot.ports import Attachment
from bot.ui.access.bot_permissions import check_permissions
from bot.ui.access.maker_or_moderator import for_maker_or_moderator
from bot.ui.access.viewers import viewer
from bot.ui.client import bot_of
from bot.ui.delivery import show_again
from bot.ui.presentation.results import result
from bot.ui.presentation.views import result_view
from bot.ui.types import AnyInteraction, guild_of


async def show_video(interaction: AnyInteraction, job_id: int) -> None:
    """Post a job's video, with its buttons, in the channel of the interaction. Raises Refusal."""
    bot = bot_of(interaction)
    guild_id = guild_of(interaction)
    job = await for_maker_or_moderator(
        interaction,
        lambda moderator: bot.services.videos.queries.video(
            job_id, guild_id, may_see=viewer(interaction, moderator=moderator)
        ),
    )
    check_permissions(interaction)
    await interaction.response.defer(thinking=True)

    async def send(file: Attachment | None) -> None:
        def text(shown: Job) -> str:
            return result(bot.rendering, shown, file, ready_at=job.status_at)

        view = result_view(job, bot.rendering.catalogue)
        await show_again(interaction, job, text, file, view)

    await bot.services.delivery.fitting(job, send, member_id=interaction.user.id)
