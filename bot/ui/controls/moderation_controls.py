"""What the panel's controls do: each checks the right again, acts, and shows what counts now."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import discord
from typing_extensions import override

from bot.application.moderation.change_rules import Changed, Moderator
from bot.application.moderation.overview import Overview
from bot.domain.refusal import NotPossible
from bot.ui.access.moderators import check_moderator
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
from bot.ui.errors import answer_error
from bot.ui.presentation import moderation as panel
from bot.ui.types import AnyButton, AnyInteraction, guild_of


def moderator_of(interaction: AnyInteraction) -> Moderator:
    return Moderator(guild_of(interaction), interaction.user.id)


async def show_panel(interaction: AnyInteraction, *changed: Changed) -> None:
    """Answer with the overview; a press on it brings it up to date."""
    bot = bot_of(interaction)
    seen = await bot.services.moderation.oversee.overview(moderator_of(interaction).guild_id)
    text = panel.overview(
        seen,
        bot.services.videos.offer.catalogue,
        bot.services.moderation.oversee.ceilings.videos_per_day,
        panel.changes(changed),
    )
    view = panel.panel_view(seen, interaction.guild)
    if interaction.type is discord.InteractionType.application_command:
        await interaction.response.send_message(text, view=view, ephemeral=True)
    else:
        await interaction.response.edit_message(content=text, view=view)


async def show_audit(
    interaction: AnyInteraction, before: int | None, *, edit: bool = False
) -> None:
    """Answer with a page of the audit; with `edit`, in place of the page that was pressed."""
    by, oversee = moderator_of(interaction), bot_of(interaction).services.moderation.oversee
    most = panel.AUDIT_PAGE + 1
    entries = await oversee.audit(by.guild_id, before=before, limit=most)
    text, view = panel.audit_page(entries)
    if edit:
        await interaction.response.edit_message(content=text, view=view)
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
    wanted = frozenset[int]() if by.guild_id in chosen else chosen
    await show_panel(interaction, await moderate.roles(by, lambda _: wanted))


async def _changes(interaction: AnyInteraction, _: int) -> None:
    await show_audit(interaction, None)


async def _audit(interaction: AnyInteraction, before: int) -> None:
    await show_audit(interaction, before or None, edit=True)


async def _unknown(_interaction: AnyInteraction, _: int) -> None:
    raise NotPossible("I no longer know that; please open `/pika-mod settings` anew.")


def _opens(
    form: Callable[[Overview, int | None], Form],
) -> Callable[[AnyInteraction, int], Awaitable[None]]:
    """Return what opens a modal, filled in with what counts now."""

    async def opened(interaction: AnyInteraction, _: int) -> None:
        bot = bot_of(interaction)
        seen = await bot.services.moderation.oversee.overview(moderator_of(interaction).guild_id)
        usual = bot.services.moderation.oversee.ceilings.videos_per_day
        modal = FormModal(
            form(seen, usual),
            f"{bot.epoch}mod:{interaction.id}",
            check=check_moderator,
            moderate=bot.services.moderation.change,
            answered=show_panel,
        )
        await open_modal(interaction, modal)

    return opened


def _chosen(interaction: AnyInteraction) -> frozenset[int]:
    """Return the ids that were chosen in a menu."""
    values = cast("Mapping[str, object]", interaction.data or {}).get("values", [])
    return frozenset(int(one) for one in cast("list[str]", values))


CONTROLS: Mapping[str, Callable[[AnyInteraction, int], Awaitable[None]]] = {
    "pause": _pause,
    "resume": _resume,
    "quota": _opens(lambda seen, usual: quota_form(seen.rules.server, usual)),
    "budget": _opens(lambda seen, _: budget_form(seen.rules.server)),
    "newcomers": _opens(lambda seen, _: newcomers_form(seen.rules.server)),
    "zone": _opens(lambda seen, _: zone_form(seen.rules.server.calendar.zone_at(seen.at))),
    "channels": _channels,
    "roles": _roles,
    "changes": _changes,
    "audit": _audit,
}
"""By what stands in their `custom_id`."""


class ModeratorControl(
    discord.ui.DynamicItem[discord.ui.Item[discord.ui.View]],
    template=r"mod:(?P<action>[a-z]+)(?::(?P<number>[0-9]{1,18}))?",
):
    """A button or menu of the panel or the audit."""

    def __init__(self, item: discord.ui.Item[discord.ui.View], action: str, number: int):
        super().__init__(item)
        self._action = action
        self._number = number

    @classmethod
    @override
    async def from_custom_id(
        cls,
        interaction: AnyInteraction,
        item: discord.ui.Item[Any],  # pyright: ignore[reportExplicitAny]  # as discord.py types it
        match: re.Match[str],
        /,
    ) -> "ModeratorControl":
        return cls(item, match["action"], int(match["number"] or 0))

    @override
    async def callback(self, interaction: AnyInteraction) -> None:
        # discord.py only logs what a dynamic item raises; members would see "interaction failed".
        bot_of(interaction).keep_running_until_answered()
        try:
            await check_moderator(interaction)
            await CONTROLS.get(self._action, _unknown)(interaction, self._number)
        except Exception as error:  # noqa: BLE001  # the funnel sorts them
            await answer_error(interaction, error)


CONTROL_ITEMS: tuple[AnyButton, ...] = (ModeratorControl,)
