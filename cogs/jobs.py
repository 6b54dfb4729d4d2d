"""`/pika jobs`, `/pika cancel`, `/pika show` and `/pika quota`."""

from collections.abc import Sequence

from discord import app_commands

from bot.domain.job import Job
from bot.ports import Attachment
from bot.ui import pages
from bot.ui.canceling import cancel_video
from bot.ui.client import Interaction
from bot.ui.delivery import show_again
from bot.ui.moderators import for_owner_or_moderator
from bot.ui.permissions import check_permissions

_LISTED = 10


@app_commands.command(name="jobs", description="Your videos: where each one stands")
async def jobs(interaction: Interaction) -> None:
    assert interaction.guild_id is not None, "the commands exist in servers only"
    bot = interaction.client
    entries = await bot.services.queries.jobs(
        interaction.guild_id, interaction.user.id, most=_LISTED
    )
    lines = [bot.rendering.listed(job, standing) for job, standing in entries]
    text = "\n".join(lines) or "You have no videos here yet; `/pika text` makes your first."
    await interaction.response.send_message(text, ephemeral=True)


@app_commands.command(name="cancel", description="Cancel one of your videos")
@app_commands.describe(job="Which one; `/pika jobs` lists yours")
async def cancel(interaction: Interaction, job: int) -> None:
    await cancel_video(interaction, job)


@cancel.autocomplete("job")
async def _open_jobs(interaction: Interaction, current: str) -> list[app_commands.Choice[int]]:
    assert interaction.guild_id is not None, "the commands exist in servers only"
    queries = interaction.client.services.queries
    return _choices(await queries.open_jobs(interaction.guild_id, interaction.user.id), current)


def _choices(listed: Sequence[Job], current: str) -> list[app_commands.Choice[int]]:
    """Return those jobs that have what was typed in their number or prompt."""
    names = {job.id: f"#{job.id} · {job.prompt}"[:100] for job in listed}
    fitting = [(id_, name) for id_, name in names.items() if current.casefold() in name.casefold()]
    return [app_commands.Choice(name=name, value=id_) for id_, name in fitting[:25]]


@app_commands.command(name="show", description="Post one of your videos again, here")
@app_commands.describe(job="Which one; `/pika jobs` lists yours")
async def show(interaction: Interaction, job: int) -> None:
    assert interaction.guild_id is not None, "the commands exist in servers only"
    bot, guild_id = interaction.client, interaction.guild_id
    video = await for_owner_or_moderator(
        interaction,
        lambda moderator: bot.services.queries.video(
            job, guild_id=guild_id, member_id=interaction.user.id, moderator=moderator
        ),
    )
    check_permissions(interaction)
    await interaction.response.defer()

    async def send(file: Attachment | None) -> None:
        text = bot.rendering.result(video, file, ready_at=video.status_at)
        await show_again(interaction, video, text, file)

    await bot.services.board.fitting(video, send)


@show.autocomplete("job")
async def _videos(interaction: Interaction, current: str) -> list[app_commands.Choice[int]]:
    assert interaction.guild_id is not None, "the commands exist in servers only"
    queries = interaction.client.services.queries
    return _choices(await queries.videos(interaction.guild_id, interaction.user.id), current)


@app_commands.command(name="quota", description="How many videos you may still make today")
async def quota(interaction: Interaction) -> None:
    assert interaction.guild_id is not None, "the commands exist in servers only"
    today = await interaction.client.services.queries.quota(
        interaction.guild_id, interaction.user.id
    )
    await interaction.response.send_message(pages.quota(today), ephemeral=True)


COMMANDS = (jobs, cancel, show, quota)
