"""Pages of a member's own finished videos, shown to that member alone."""

import discord

from bot.application.videos.history import HistoryEntry, Page
from bot.ports import FileRefused
from bot.ui.client import bot_of
from bot.ui.in_place import defer_in_place
from bot.ui.presentation.results import alt_text
from bot.ui.presentation.status import Rendering, quoted, since
from bot.ui.presentation.views import history_view
from bot.ui.trouble import with_retries
from bot.ui.types import AnyInteraction, guild_of

_NONE_YET = "You have no finished videos here yet; `/pika text` makes your first."


async def show_history(interaction: AnyInteraction) -> None:
    """Show the newest page."""
    await interaction.response.defer(ephemeral=True)
    await _show_page(interaction)


async def turn_page(interaction: AnyInteraction, way: str, job_id: int) -> None:
    """Show the videos that are older or newer than this one, in place of the present page."""
    await defer_in_place(interaction)
    if way == "older":
        await _show_page(interaction, older_than=job_id)
    else:
        await _show_page(interaction, newer_than=job_id)


async def _show_page(
    interaction: AnyInteraction,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> None:
    bot = bot_of(interaction)
    show, member_id = bot.services.videos.history, interaction.user.id
    page = await show(
        guild_of(interaction), member_id, older_than=older_than, newer_than=newer_than
    )
    if not page.entries:
        # Nothing is left there: back to the newest.
        page = await show(guild_of(interaction), member_id)
    text = _text(page, bot.rendering)

    async def edit(*, with_posters: bool = True) -> None:
        posters = _posters(page) if with_posters else []
        await interaction.edit_original_response(
            content=text, attachments=posters, view=history_view(page)
        )

    try:
        await with_retries(edit)
    except FileRefused:
        await with_retries(lambda: edit(with_posters=False))


def _text(page: Page, rendering: Rendering) -> str:
    lines = [_line(entry, rendering) for entry in page.entries]
    return "\n".join(["**Your finished videos**", *lines]) if lines else _NONE_YET


def _line(entry: HistoryEntry, rendering: Rendering) -> str:
    job = entry.job
    parts = [
        f"**#{job.id}** {quoted(job, 60)}",
        rendering.model(job),
        job.resolution or "",
        f"{job.seconds} s" if job.seconds else "",
        since(job.created_at),
        "" if entry.is_kept else "its file is no longer kept",
    ]
    return " · ".join(part for part in parts if part)


def _posters(page: Page) -> list[discord.File]:
    return [
        discord.File(
            entry.poster,
            filename=f"pika-{entry.job.id}.jpg",
            spoiler=entry.job.spoiler,
            description=f"#{entry.job.id}. {alt_text(entry.job)}"[:1024],
        )
        for entry in page.entries
        if entry.poster is not None
    ]
