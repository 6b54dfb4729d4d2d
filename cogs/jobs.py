"""`/pika jobs`, `history`, `cancel`, `show`, `join` and `quota`."""

from collections.abc import Sequence

from discord import app_commands

from bot.domain.jobs.chains import previous_shot
from bot.domain.jobs.job import Job
from bot.ui.access.asker import asker_of
from bot.ui.access.uses import Use, declare
from bot.ui.actions.cancel import cancel_video
from bot.ui.actions.history import show_history
from bot.ui.actions.join import join_shots
from bot.ui.actions.show import show_video
from bot.ui.client import Interaction
from bot.ui.presentation.quota import quota_page
from bot.ui.types import guild_of

_LISTED = 10


@app_commands.command(
    name="jobs", description="Your videos: where each one stands", extras=declare(Use.OWN)
)
async def jobs(interaction: Interaction) -> None:
    bot = interaction.client
    entries = await bot.services.videos.queries.jobs(
        guild_of(interaction), interaction.user.id, limit=_LISTED
    )
    lines = [bot.rendering.listed(job, standing) for job, standing in entries]
    text = "\n".join(lines) or "You have no videos here yet; `/pika text` makes your first."
    await interaction.response.send_message(text, ephemeral=True)


@app_commands.command(
    name="cancel", description="Cancel one of your videos", extras=declare(Use.ENDS)
)
@app_commands.describe(job="Which one; `/pika jobs` lists yours")
async def cancel(interaction: Interaction, job: int) -> None:
    await cancel_video(interaction, job)


@cancel.autocomplete("job")
async def _open_jobs(interaction: Interaction, current: str) -> list[app_commands.Choice[int]]:
    queries = interaction.client.services.videos.queries
    return _choices(await queries.open_jobs(guild_of(interaction), interaction.user.id), current)


def _choices(listed: Sequence[Job], current: str) -> list[app_commands.Choice[int]]:
    """Return the jobs whose number or prompt contains the typed text."""
    names = {job.id: f"#{job.id} · {job.prompt}"[:100] for job in listed}
    matching = [(id_, name) for id_, name in names.items() if current.casefold() in name.casefold()]
    return [app_commands.Choice(name=name, value=id_) for id_, name in matching[:25]]


@app_commands.command(
    name="show", description="Post a finished video again, here", extras=declare(Use.POSTS)
)
@app_commands.describe(job="Which one; `/pika history` shows yours")
async def show(interaction: Interaction, job: int) -> None:
    await show_video(interaction, job)


@show.autocomplete("job")
async def _videos(interaction: Interaction, current: str) -> list[app_commands.Choice[int]]:
    queries = interaction.client.services.videos.queries
    return _choices(await queries.videos(guild_of(interaction), interaction.user.id), current)


@app_commands.command(
    name="history", description="Your finished videos, page by page", extras=declare(Use.OWN)
)
async def history(interaction: Interaction) -> None:
    await show_history(interaction)


@app_commands.command(
    name="join", description="One film of a chain of shots", extras=declare(Use.POSTS)
)
@app_commands.describe(job="Its last shot: a video that continues another")
async def join(interaction: Interaction, job: int) -> None:
    await join_shots(interaction, job)


@join.autocomplete("job")
async def _shots(interaction: Interaction, current: str) -> list[app_commands.Choice[int]]:
    queries = interaction.client.services.videos.queries
    listed = await queries.videos(guild_of(interaction), interaction.user.id)
    return _choices([job for job in listed if previous_shot(job) is not None], current)


@app_commands.command(
    name="quota",
    description="How many videos you may still make today, and what each takes",
    extras=declare(Use.OWN),
)
async def quota(interaction: Interaction) -> None:
    entitlements = interaction.client.services.videos.entitlements
    admission = await entitlements.admission(guild_of(interaction), asker_of(interaction))
    page = quota_page(admission, await entitlements.kind_costs(admission))
    await interaction.response.send_message(page, ephemeral=True)


COMMANDS = (jobs, history, cancel, show, join, quota)
