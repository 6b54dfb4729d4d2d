"""`/pika-mod roles`, `channels`, `block` and `unblock`: who may ask for what, and where."""

import discord
from discord import app_commands

from bot.application.moderation.change_rules import Changed
from bot.domain.moderation.rule_changes import QualityChange, named_models
from bot.domain.refusal import NotPossible
from bot.ui.client import Interaction
from bot.ui.commands.moderation_options import (
    DESCRIPTIONS,
    BestResolution,
    LongestSeconds,
    Place,
    complete_model_lists,
    tell_changes,
)
from bot.ui.controls.moderation_controls import moderator_of
from bot.ui.presentation import moderation as panel

Reason = app_commands.Range[str, 1, 200]


@app_commands.command(name="roles", description="What a role may ask for; alone: shows it")
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
    by, services = moderator_of(interaction), interaction.client.services
    wish = QualityChange(
        resolution=resolution,
        seconds=seconds,
        models=named_models(models, services.videos.offer.catalogue),
    )
    changes_something = bool(wish) or priority is not None or may_use is not None
    if role is None and not (changes_something or remove):
        seen = await services.moderation.oversee.overview(by.guild_id)
        text = panel.roles(seen, services.videos.offer.catalogue)
        await interaction.response.send_message(text, ephemeral=True)
        return
    if role is None:
        raise NotPossible("Please name the `role` that this is for.")
    if remove and changes_something:
        raise NotPossible("Please give either `remove` or what changes, not both.")
    if role.id == by.guild_id:
        if remove or priority is not None or may_use is not None:
            raise NotPossible(
                "For @everyone there are `resolution`, `seconds` and `models` only; please name"
                " another `role`."
            )
        await tell_changes(interaction, await services.moderation.change.quality(by, wish))
        return
    if not (changes_something or remove):
        seen = await services.moderation.oversee.overview(by.guild_id)
        text = panel.one_role(seen, services.videos.offer.catalogue, role.id)
        await interaction.response.send_message(text, ephemeral=True)
        return
    await tell_changes(
        interaction, *await _change_role(interaction, role.id, wish, priority, may_use, remove)
    )


async def _change_role(
    interaction: Interaction,
    role_id: int,
    wish: QualityChange,
    priority: bool | None,
    may_use: bool | None,
    remove: bool,
) -> list[Changed]:
    by, moderate = moderator_of(interaction), interaction.client.services.moderation.change
    one = frozenset({role_id})
    changed: list[Changed] = []
    # First what may be refused.
    if may_use is not None or remove:
        changed.append(await moderate.roles(by, lambda now: now | one if may_use else now - one))
    if remove:
        changed.append(await moderate.forget_role(by, role_id))
    elif wish or priority is not None:
        changed.append(await moderate.role(by, role_id, wish, priority=priority))
    return changed


@app_commands.command(name="channels", description="Where I may be used; alone: shows it")
@app_commands.describe(
    add="A channel, thread or category where I may be used",
    remove="One where I may no longer be used",
    clear="Let me be used everywhere again",
)
async def channels(
    interaction: Interaction,
    add: Place | None = None,
    remove: Place | None = None,
    clear: bool = False,
) -> None:
    by, services = moderator_of(interaction), interaction.client.services
    if add is None and remove is None and not clear:
        seen = await services.moderation.oversee.overview(by.guild_id)
        await interaction.response.send_message(panel.channels(seen), ephemeral=True)
        return
    if clear and remove is not None:
        raise NotPossible("Please give either `clear` or `remove`, not both.")
    added = frozenset({add} if add else set[int]())
    removed = frozenset({remove} if remove else set[int]())
    changed = await services.moderation.change.channels(
        by, lambda now: added if clear else (now | added) - removed
    )
    await tell_changes(interaction, changed)


@app_commands.command(name="block", description="Let a member make no videos here")
@app_commands.describe(member="Who; videos on their way go on", reason="Why; shown in the audit")
async def block(
    interaction: Interaction, member: discord.User, reason: Reason | None = None
) -> None:
    by, moderate = moderator_of(interaction), interaction.client.services.moderation.change
    changed = await moderate.block(by, member.id, reason=reason, blocked=True)
    await tell_changes(interaction, changed)


@app_commands.command(name="unblock", description="Let a member make videos again")
@app_commands.describe(member="Who may make videos again")
async def unblock(interaction: Interaction, member: discord.User) -> None:
    by, moderate = moderator_of(interaction), interaction.client.services.moderation.change
    changed = await moderate.block(by, member.id, reason=None, blocked=False)
    await tell_changes(interaction, changed)


COMMANDS = (roles, channels, block, unblock)
complete_model_lists(roles, "models")
