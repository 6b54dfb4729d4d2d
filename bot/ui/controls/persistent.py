"""Buttons and menus that work years later and after any restart: their state is in `custom_id`."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import discord
from typing_extensions import override

from bot.ui.access.gate import enter
from bot.ui.access.uses import Use
from bot.ui.errors import answer_error
from bot.ui.types import AnyInteraction

Press: TypeAlias = Callable[[AnyInteraction, re.Match[str]], Awaitable[None]]
"""Answers a press; the match is of the item's `custom_id` with its template. Raises Refusal."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a persistent item."""

    use: Use
    """The use of the bot, which the gate checks at each press."""
    press: Press
    """Does it, once the gate has let the member through."""


class PersistentItem(discord.ui.DynamicItem[discord.ui.Item[discord.ui.View]], template="(?!)"):
    """An item that finds its way to its action by its `custom_id` alone."""

    actions: ClassVar[Mapping[str, Action]]
    """By the group `action` of the template."""
    unknown: ClassVar[Action | None]
    """For an action of another version of the bot; None: the template takes only known ones."""

    def __init__(self, item: discord.ui.Item[discord.ui.View], match: re.Match[str]):
        super().__init__(item)
        self._match = match

    @classmethod
    @override
    async def from_custom_id(
        cls,
        interaction: AnyInteraction,
        item: discord.ui.Item[Any],  # pyright: ignore[reportExplicitAny]  # as discord.py types it
        match: re.Match[str],
        /,
    ) -> "PersistentItem":
        return cls(item, match)

    @override
    async def callback(self, interaction: AnyInteraction) -> None:
        # discord.py only logs what a dynamic item raises; members would see "interaction failed".
        action = self.actions.get(self._match["action"], self.unknown)
        assert action is not None, "the template takes known actions only"
        try:
            await enter(interaction, action.use)
            await action.press(interaction, self._match)
        except Exception as error:  # noqa: BLE001  # the funnel sorts them
            await answer_error(interaction, error)


def persistent_item(
    template: str, actions: Mapping[str, Action], unknown: Action | None = None
) -> type[PersistentItem]:
    """Return the class of all items whose whole `custom_id` matches the template."""

    class OneItem(PersistentItem, template=template):
        """The items of one template."""

    OneItem.actions, OneItem.unknown = actions, unknown
    return OneItem
