"""Buttons and menus that work years later and after any restart: their state is in `custom_id`."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import discord
from typing_extensions import override

from bot.ui.client import bot_of
from bot.ui.errors import answer_error
from bot.ui.types import AnyButton, AnyInteraction

Press: TypeAlias = Callable[[AnyInteraction, re.Match[str]], Awaitable[None]]
"""Answers a press; the match is of the item's `custom_id` with its template. Raises Refusal."""


def persistent_item(template: str, press: Press, *, everywhere: bool = False) -> AnyButton:
    """Return the class of all items whose whole `custom_id` matches the template.

    Unless they work `everywhere`, they do only in servers that the bot's owner has agreed to.
    """

    class PersistentItem(
        discord.ui.DynamicItem[discord.ui.Item[discord.ui.View]], template=template
    ):
        """An item that finds its way to `press` by its `custom_id` alone."""

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
            # discord.py only logs what a dynamic item raises; members would see "interaction
            # failed".
            bot = bot_of(interaction)
            try:
                await bot.begin_answer()
                if not everywhere:
                    await bot.check_served(interaction)
                await press(interaction, self._match)
            except Exception as error:  # noqa: BLE001  # the funnel sorts them
                await answer_error(interaction, error)

    return PersistentItem
