"""`/pika-mod roles`, `channels`, `block` and `unblock`: who may ask for what, and where."""

import discord
from discord import app_commands

from bot.application.moderation.change_rules import Changed
from bot.domain.moderation.rule_changes import QualityChange, named_models
from bot.domain.refusal import NotPossible
from bot.ui.access.uses import Use, declare
from bot.ui.client import Interaction
from bot.ui.commands.moderation_options import (
    DESCRIPTIONS,
    BestResolution,
    LongestSeconds,
    PlaceId,
    Reason,
    complete_model_lists,
    tell_changes,
)
from bot.ui.controls.moderation_controls import moderator_of
from bot.ui.presentation import moderation
from bot.ui.types import guild_of


@app_commands.command(
    name="roles",
    description="What a role may ask for; alone: shows it",
    extras=declare(Use.MODERATES),
)
@app_commands.describe(
    role="Which role; @everyone: those whose roles say nothing",
    may_use="Whether it is among the roles that may use me at all; none: everybody",
    priority="Whether its members go on when a budget is nearly used up",
    remove="Forget what was said of this role, but for its quota",
    **DESCRIPTIONS,
)
async def roles(
    interaction: Interaction,
    role: discord.Role | None = None,
    may_use: bool | None = None,
    resolution: BestResolution | None = None,
    seconds: LongestSeconds | None = None,
    models: str | None = None,
    priority: bool | None = None,
    remove: bool = False,
) -> None:
    catalogue = interaction.client.services.videos.offer.catalogue
    quality = QualityChange(
        resolution=resolution, seconds=seconds, models=named_models(models, catalogue)
    )
    changes_more = priority is not None or may_use is not None
    changes_something = bool(quality) or changes_more
    is_everyone = role is not None and role.id == guild_of(interaction)
    if not (changes_something or remove or is_everyone):
        await _show_roles(interaction, role)
    elif role is None:
        raise NotPossible("Please name the `role` that this is for.")
    elif remove and changes_something:
        raise NotPossible("Please give either `remove` or what changes, not both.")
    elif is_everyone and (remove or changes_more):
        raise NotPossible(
            "For @everyone there are `resolution`, `seconds` and `models` only; please name"
            " another `role`."
        )
    elif is_everyone:
        await _change_everyone(interaction, quality)
    elif remove:
        await _remove_role(interaction, role)
    else:
        await _change_role(interaction, role, quality, priority, may_use)


async def _show_roles(interaction: Interaction, role: discord.Role | None) -> None:
    """Answer with what a role brings, or without one with all of them."""
    services = interaction.client.services
    overview = await services.moderation.oversee.overview(guild_of(interaction))
    catalogue = services.videos.offer.catalogue
    if role is None:
        text = moderation.roles(overview, catalogue)
    else:
        text = moderation.one_role(overview, catalogue, role.id)
    await interaction.response.send_message(text, ephemeral=True)


async def _change_everyone(interaction: Interaction, quality: QualityChange) -> None:
    moderate = interaction.client.services.moderation.change
    await tell_changes(interaction, await moderate.quality(moderator_of(interaction), quality))


async def _change_role(
    interaction: Interaction,
    role: discord.Role,
    quality: QualityChange,
    priority: bool | None,
    may_use: bool | None,
) -> None:
    by, moderate = moderator_of(interaction), interaction.client.services.moderation.change
    one = frozenset({role.id})
    changed: list[Changed] = []
    # First what may be refused.
    if may_use is not None:
        changed.append(await moderate.roles(by, lambda now: now | one if may_use else now - one))
    if quality or priority is not None:
        changed.append(await moderate.role(by, role.id, quality, priority=priority))
    await tell_changes(interaction, *changed)


async def _remove_role(interaction: Interaction, role: discord.Role) -> None:
    by, moderate = moderator_of(interaction), interaction.client.services.moderation.change
    may_use = await moderate.roles(by, lambda now: now - {role.id})
    await tell_changes(interaction, may_use, await moderate.forget_role(by, role.id))


@app_commands.command(
    name="channels",
    description="Where I may be used; alone: shows it",
    extras=declare(Use.MODERATES),
)
@app_commands.describe(
    add="A channel, thread or category where I may be used",
    remove="One where I may no longer be used",
    clear="Let me be used everywhere again",
)
async def channels(
    interaction: Interaction,
    add: PlaceId | None = None,
    remove: PlaceId | None = None,
    clear: bool = False,
) -> None:
    by, services = moderator_of(interaction), interaction.client.services
    if add is None and remove is None and not clear:
        overview = await services.moderation.oversee.overview(by.guild_id)
        await interaction.response.send_message(moderation.channels(overview), ephemeral=True)
        return
    if clear and remove is not None:
        raise NotPossible("Please give either `clear` or `remove`, not both.")
    added = frozenset({add} if add else set[int]())
    removed = frozenset({remove} if remove else set[int]())
    changed = await services.moderation.change.channels(
        by, lambda now: added if clear else (now | added) - removed
    )
    await tell_changes(interaction, changed)


@app_commands.command(
    name="block",
    description="Keep a member from making and posting videos here",
    extras=declare(Use.MODERATES),
)
@app_commands.describe(member="Who; videos on their way go on", reason="Why; shown in the audit")
async def block(
    interaction: Interaction, member: discord.User, reason: Reason | None = None
) -> None:
    by, moderate = moderator_of(interaction), interaction.client.services.moderation.change
    changed = await moderate.block(by, member.id, reason=reason, blocked=True)
    await tell_changes(interaction, changed)


@app_commands.command(
    name="unblock", description="Let a member make videos again", extras=declare(Use.MODERATES)
)
@app_commands.describe(member="Who may make videos again")
async def unblock(interaction: Interaction, member: discord.User) -> None:
    by, moderate = moderator_of(interaction), interaction.client.services.moderation.change
    changed = await moderate.block(by, member.id, reason=None, blocked=False)
    await tell_changes(interaction, changed)


COMMANDS = (roles, channels, block, unblock)
complete_model_lists(roles, "models")
