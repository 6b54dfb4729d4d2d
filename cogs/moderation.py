"""`/pika-mod quota`, `budget`, `pause`, `resume`, `audit` and `settings`."""

from typing import Literal

import discord
from discord import app_commands

from bot.application.moderation.change_rules import Changed
from bot.domain.calendar import check_zone
from bot.domain.moderation.rule_changes import (
    MOST_DAYS,
    MOST_VIDEOS,
    AllowanceChange,
    QualityChange,
    dollars,
    named_models,
)
from bot.domain.refusal import NotPossible
from bot.ui.access.uses import Use, declare
from bot.ui.client import Interaction
from bot.ui.commands.moderation_options import (
    DESCRIPTIONS,
    BestResolution,
    LongestSeconds,
    Reason,
    complete_model_lists,
    complete_zones,
    tell_changes,
)
from bot.ui.controls.moderation_controls import moderator_of, show_audit, show_panel
from bot.ui.presentation import moderation
from bot.ui.types import guild_of

VideosPerDay = app_commands.Range[int, 0, MOST_VIDEOS]
Granted = app_commands.Range[int, 1, MOST_VIDEOS]
Days = app_commands.Range[int, 1, MOST_DAYS]
MinimumDays = app_commands.Range[int, 0, MOST_DAYS]
Money = app_commands.Range[float, 0, 1_000_000]


@app_commands.command(
    name="quota",
    description="How much members may make a day; alone: shows it",
    extras=declare(Use.MODERATES),
)
@app_commands.describe(
    role="For members with this role; the best of a member's roles counts",
    member="For this member, whatever their roles",
    videos="Videos a day",
    usd="Dollars a day",
    unlimited="No limit of videos",
    remove="Forget what was said here before",
    grant="Bonus videos for `member`, once the day's are used up",
    reason="Why they are granted; shown in the audit",
    days="How many days the bonus lasts; otherwise for ever",
    reset="Set what `member` used today back to nothing",
)
async def quota(
    interaction: Interaction,
    role: discord.Role | None = None,
    member: discord.User | None = None,
    videos: VideosPerDay | None = None,
    usd: Money | None = None,
    unlimited: bool | None = None,
    remove: bool = False,
    grant: Granted | None = None,
    reason: Reason | None = None,
    days: Days | None = None,
    reset: bool = False,
) -> None:
    change = AllowanceChange(
        videos=videos, usd=dollars("usd", usd), unlimited=unlimited, anew=remove
    )
    changes_limits = change != AllowanceChange()
    if role is not None and member is not None:
        raise NotPossible("Please name either `role` or `member`, not both.")
    if sum((changes_limits, grant is not None, reset)) > 1:
        raise NotPossible("Please change one thing at a time: a limit, `grant` or `reset`.")
    if grant is None and (reason or days):
        raise NotPossible("`reason` and `days` belong to a `grant`; please say how many videos.")
    if grant is not None:
        await _grant_bonus(interaction, _named(member, "grant"), grant, reason, days)
    elif reset:
        await _reset_today(interaction, _named(member, "reset"))
    elif changes_limits:
        await _change_quota(interaction, change, role, member)
    else:
        await _show_quota(interaction, role, member)


def _named(member: discord.User | None, option: str) -> int:
    """Return the id of the member that an option is for. Raises Refusal."""
    if member is None:
        raise NotPossible(f"Please name the `member` for `{option}`.")
    return member.id


async def _grant_bonus(
    interaction: Interaction, member_id: int, units: int, reason: str | None, days: int | None
) -> None:
    by, moderate = moderator_of(interaction), interaction.client.services.moderation.change
    changed = await moderate.grant(by, member_id, units=units, reason=reason, days=days)
    await tell_changes(interaction, changed)


async def _reset_today(interaction: Interaction, member_id: int) -> None:
    moderate = interaction.client.services.moderation.change
    await tell_changes(interaction, await moderate.reset(moderator_of(interaction), member_id))


async def _change_quota(
    interaction: Interaction,
    change: AllowanceChange,
    role: discord.Role | None,
    member: discord.User | None,
) -> None:
    moderate = interaction.client.services.moderation.change
    changed = await moderate.quota(
        moderator_of(interaction),
        change,
        role_id=role.id if role else None,
        member_id=member.id if member else None,
    )
    await tell_changes(interaction, changed)


async def _show_quota(
    interaction: Interaction, role: discord.Role | None, member: discord.User | None
) -> None:
    guild_id, oversee = guild_of(interaction), interaction.client.services.moderation.oversee
    if member is not None:
        rule = await oversee.member(guild_id, member.id)
        text = moderation.members_quota(member.id, rule)
    else:
        overview = await oversee.overview(guild_id)
        usual = oversee.ceilings.videos_per_day
        text = moderation.quotas(overview, usual, role_id=role.id if role else None)
    await interaction.response.send_message(text, ephemeral=True)


@app_commands.command(
    name="budget",
    description="How much this server may spend; alone: shows it",
    extras=declare(Use.MODERATES),
)
@app_commands.describe(
    day="Dollars a day", month="Dollars a month", remove="Which limit ends; the owner's stays"
)
async def budget(
    interaction: Interaction,
    day: Money | None = None,
    month: Money | None = None,
    remove: Literal["day", "month", "both"] | None = None,
) -> None:
    by, services = moderator_of(interaction), interaction.client.services
    if day is None and month is None and remove is None:
        overview = await services.moderation.oversee.overview(by.guild_id)
        text = f"**Spent** · {moderation.budget(overview)}"
        await interaction.response.send_message(text, ephemeral=True)
        return
    ended = frozenset({"day", "month"} if remove == "both" else {remove} if remove else set())
    for name, limit in (("day", day), ("month", month)):
        if limit is not None and name in ended:
            raise NotPossible(f"Please give either `{name}` or `remove` it, not both.")
    changed = await services.moderation.change.budget(
        by, day=dollars("day", day), month=dollars("month", month), remove=ended
    )
    await tell_changes(interaction, changed)


@app_commands.command(
    name="pause",
    description="Take no more requests here, and post no videos again",
    extras=declare(Use.MODERATES),
)
async def pause(interaction: Interaction) -> None:
    moderate = interaction.client.services.moderation.change
    await tell_changes(interaction, await moderate.pause(moderator_of(interaction), paused=True))


@app_commands.command(
    name="resume", description="Take requests again", extras=declare(Use.MODERATES)
)
async def resume(interaction: Interaction) -> None:
    moderate = interaction.client.services.moderation.change
    await tell_changes(interaction, await moderate.pause(moderator_of(interaction), paused=False))


@app_commands.command(
    name="audit", description="Who changed what, newest first", extras=declare(Use.MODERATES)
)
async def audit(interaction: Interaction) -> None:
    await show_audit(interaction, None)


@app_commands.command(
    name="settings",
    description="The whole server on one page; or change it",
    extras=declare(Use.MODERATES),
)
@app_commands.describe(
    time_zone="Whose midnight begins the day, from the next one on",
    account_days="How old a Discord account must be, in days; 0: any",
    member_days="How long somebody must have been here, in days; 0: at once",
    **DESCRIPTIONS,
)
async def settings(
    interaction: Interaction,
    time_zone: str | None = None,
    account_days: MinimumDays | None = None,
    member_days: MinimumDays | None = None,
    resolution: BestResolution | None = None,
    seconds: LongestSeconds | None = None,
    models: str | None = None,
) -> None:
    by, services = moderator_of(interaction), interaction.client.services
    # Everything is looked at before anything is changed.
    zone = check_zone(time_zone) if time_zone is not None else None
    quality = QualityChange(
        resolution=resolution,
        seconds=seconds,
        models=named_models(models, services.videos.offer.catalogue),
    )
    changed: list[Changed] = []
    if zone is not None:
        changed.append(await services.moderation.change.time_zone(by, zone))
    if account_days is not None or member_days is not None:
        newcomers = services.moderation.change.newcomers
        changed.append(await newcomers(by, account_days=account_days, member_days=member_days))
    if quality:
        changed.append(await services.moderation.change.quality(by, quality))
    await (tell_changes(interaction, *changed) if changed else show_panel(interaction))


COMMANDS = (quota, budget, pause, resume, audit, settings)
complete_zones(settings, "time_zone")
complete_model_lists(settings, "models")
