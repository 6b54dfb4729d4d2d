"""Joins a chain of shots and posts the film, by command and by button."""

from collections.abc import Sequence

from bot.domain.jobs.job import Job
from bot.ports import Attachment
from bot.ui.access.bot_permissions import check_permissions
from bot.ui.access.maker_or_moderator import for_maker_or_moderator
from bot.ui.access.viewers import viewer
from bot.ui.client import bot_of
from bot.ui.delivery import show_again
from bot.ui.presentation.status import quoted
from bot.ui.presentation.views import no_buttons
from bot.ui.types import AnyInteraction, guild_of


async def join_shots(interaction: AnyInteraction, job_id: int) -> None:
    """Join the chain that ends with this job, and post the film. Raises Refusal."""
    services, guild_id = bot_of(interaction).services, guild_of(interaction)
    shots = await for_maker_or_moderator(
        interaction,
        lambda moderator: services.videos.join.chain(
            job_id, guild_id, may_see=viewer(interaction, moderator=moderator)
        ),
    )
    check_permissions(interaction)
    await interaction.response.defer(thinking=True)
    async with services.videos.join.joined(shots, member_id=interaction.user.id) as film:

        async def send(file: Attachment | None) -> None:
            def text(shown: Job) -> str:
                return film_text(shown, shots, file)

            await show_again(interaction, film, text, file, no_buttons())

        await services.delivery.fitting(film, send, member_id=interaction.user.id)


def film_text(film: Job, shots: Sequence[Job], file: Attachment | None) -> str:
    """Return the text above a joined film."""
    numbers = " → ".join(f"#{shot.id}" for shot in shots)
    length = f" · {film.seconds} s" if film.seconds else ""
    note = ""
    if file is None or not file.is_video:
        note = "\n📦 It is too large for this place; `/pika show` posts each shot."
    elif not file.is_whole:
        note = "\n-# A smaller copy, as this place takes no larger files."
    return f"🎞️ **A film of {len(shots)} shots** · {numbers}{length}\n> {quoted(film)}{note}"
