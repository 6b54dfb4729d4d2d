"""The panel's buttons and menus: each press passes the gate, acts, and shows the rules."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias, cast

import discord

from bot.application.moderation.change_rules import Changed, Moderator
from bot.application.moderation.overview import Overview
from bot.domain.refusal import NotPossible
from bot.ui.access.uses import Use
from bot.ui.client import bot_of
from bot.ui.controls.modals import open_modal
from bot.ui.controls.moderation_forms import (
    Form,
    FormModal,
    budget_form,
    newcomers_form,
    quota_form,
    zone_form,
)
from bot.ui.controls.persistent import Action, PersistentItem, persistent_item
from bot.ui.in_place import answer_in_place
from bot.ui.presentation import moderation
from bot.ui.types import AnyInteraction, guild_of

Control: TypeAlias = Callable[[AnyInteraction, int], Awaitable[None]]


def moderator_of(interaction: AnyInteraction) -> Moderator:
    return Moderator(guild_of(interaction), interaction.user.id)


async def show_panel(interaction: AnyInteraction, *changed: Changed) -> None:
    """Answer with the overview; a press on one of its controls brings it up to date."""
    bot = bot_of(interaction)
    overview = await bot.services.moderation.oversee.overview(guild_of(interaction))
    text = moderation.overview(
        overview,
        bot.services.videos.offer.catalogue,
        bot.services.moderation.oversee.ceilings.videos_per_day,
        moderation.changes(changed),
    )
    view = moderation.panel_view(overview, interaction.guild)
    if interaction.type is discord.InteractionType.application_command:
        await interaction.response.send_message(text, view=view, ephemeral=True)
    else:
        await answer_in_place(interaction, text, view)


async def show_audit(
    interaction: AnyInteraction, before: int | None, *, edit: bool = False
) -> None:
    """Answer with a page of the audit; with `edit`, in place of the present page."""
    oversee = bot_of(interaction).services.moderation.oversee
    # One more than a page has, to know that there are more.
    most = moderation.AUDIT_PAGE + 1
    entries = await oversee.audit(guild_of(interaction), before=before, limit=most)
    text, view = moderation.audit_page(entries)
    if edit:
        await answer_in_place(interaction, text, view)
    else:
        await interaction.response.send_message(text, view=view, ephemeral=True)


async def _pause(interaction: AnyInteraction, _: int) -> None:
    moderate = bot_of(interaction).services.moderation.change
    await show_panel(interaction, await moderate.pause(moderator_of(interaction), paused=True))


async def _resume(interaction: AnyInteraction, _: int) -> None:
    moderate = bot_of(interaction).services.moderation.change
    await show_panel(interaction, await moderate.pause(moderator_of(interaction), paused=False))


async def _channels(interaction: AnyInteraction, _: int) -> None:
    moderate, chosen = bot_of(interaction).services.moderation.change, _chosen(interaction)
    changed = await moderate.channels(moderator_of(interaction), lambda _: chosen)
    await show_panel(interaction, changed)


async def _roles(interaction: AnyInteraction, _: int) -> None:
    by, moderate = moderator_of(interaction), bot_of(interaction).services.moderation.change
    # The server's own id is the role of everybody.
    chosen = _chosen(interaction)
    limited_to = frozenset[int]() if by.guild_id in chosen else chosen
    await show_panel(interaction, await moderate.roles(by, lambda _: limited_to))


async def _changes(interaction: AnyInteraction, _: int) -> None:
    await show_audit(interaction, None)


async def _audit(interaction: AnyInteraction, before: int) -> None:
    await show_audit(interaction, before or None, edit=True)


async def _unknown(_interaction: AnyInteraction, _: int) -> None:
    raise NotPossible("I no longer know that; please open `/pika-mod settings` anew.")


def _opens_form(
    form: Callable[[Overview, int | None], Form],
) -> Control:
    """Return a control that opens a modal, filled in with the present rules."""

    async def open_form(interaction: AnyInteraction, _: int) -> None:
        bot = bot_of(interaction)
        oversee = bot.services.moderation.oversee
        overview = await oversee.overview(guild_of(interaction))
        modal = FormModal(
            form(overview, oversee.ceilings.videos_per_day),
            f"{bot.epoch}mod:{interaction.id}",
            moderate=bot.services.moderation.change,
            answered=show_panel,
        )
        await open_modal(interaction, modal)

    return open_form


def _chosen(interaction: AnyInteraction) -> frozenset[int]:
    """Return the ids of the channels or roles that were chosen in a menu."""
    values = cast("Mapping[str, object]", interaction.data or {}).get("values", [])
    return frozenset(int(value) for value in cast("list[str]", values))


def _action(control: Control) -> Action:
    async def press(interaction: AnyInteraction, match: re.Match[str]) -> None:
        await control(interaction, int(match["number"] or 0))

    return Action(Use.MODERATES, press)


_CONTROLS: Mapping[str, Control] = {
    "pause": _pause,
    "resume": _resume,
    "quota": _opens_form(lambda overview, usual: quota_form(overview.rules.server, usual)),
    "budget": _opens_form(lambda overview, _: budget_form(overview.rules.server)),
    "newcomers": _opens_form(lambda overview, _: newcomers_form(overview.rules.server)),
    "zone": _opens_form(
        lambda overview, _: zone_form(overview.rules.server.calendar.zone_at(overview.at))
    ),
    "channels": _channels,
    "roles": _roles,
    "changes": _changes,
    "audit": _audit,
}
CONTROLS: Mapping[str, Action] = {name: _action(control) for name, control in _CONTROLS.items()}
"""By the action in `mod:<action>` or `mod:<action>:<number>`; called with the number, or 0."""

CONTROL_ITEMS: tuple[type[PersistentItem], ...] = (
    persistent_item(
        r"mod:(?P<action>[a-z]+)(?::(?P<number>[0-9]{1,18}))?", CONTROLS, _action(_unknown)
    ),
)
