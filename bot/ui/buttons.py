"""Buttons that work years later and after any restart: their state is in their `custom_id`."""

import re
from typing import Any

import discord
from typing_extensions import override

from bot.ui.client import bot_of
from bot.ui.errors import answer_error


class DetailsButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"job:(?P<id>[0-9]{1,18}):details",
):
    """*Details*: everything that was sent to fal, shown to whoever presses it."""

    def __init__(self, job_id: int):
        super().__init__(discord.ui.Button(label="Details", custom_id=f"job:{job_id}:details"))
        self._job_id = job_id

    @classmethod
    @override
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[discord.Client],
        item: discord.ui.Item[Any],  # pyright: ignore[reportExplicitAny]  # as discord.py types it
        match: re.Match[str],
        /,
    ) -> "DetailsButton":
        return cls(int(match["id"]))

    @override
    async def callback(self, interaction: discord.Interaction[discord.Client]) -> None:
        # discord.py only logs what a dynamic item raises; members would see "interaction failed".
        try:
            await self._show(interaction)
        except Exception as error:  # noqa: BLE001  # the funnel sorts them
            await answer_error(interaction, error)

    async def _show(self, interaction: discord.Interaction[discord.Client]) -> None:
        bot = bot_of(interaction)
        assert interaction.guild_id is not None, "the button is only ever on a server's message"
        job = await bot.services.queries.job(self._job_id, interaction.guild_id)
        await interaction.response.send_message(bot.rendering.details(job), ephemeral=True)


BUTTONS = (DetailsButton,)


def job_view(job_id: int) -> discord.ui.View:
    """Return the buttons under a job's message.

    Only dynamic items and no time-out: discord.py would otherwise forget the button's class when
    the view ends, or keep one view in memory for every message.
    """
    view = discord.ui.View(timeout=None)
    view.add_item(DetailsButton(job_id))
    return view
