"""What buttons do. They work years later and after any restart: their state is in `custom_id`."""

import re
from typing import Any

import discord
from typing_extensions import override

from bot.domain.jobs.job import Relation
from bot.ui.actions.cancel import cancel_video
from bot.ui.actions.derive import refine
from bot.ui.actions.start import start_offered
from bot.ui.client import AnyButton, PikaBot, bot_of
from bot.ui.errors import answer_error


class JobButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"job:never"):
    """A button of one job. Rights are checked against the row at each press."""

    def __init__(self, custom_id: str, job_id: int):
        super().__init__(discord.ui.Button(label="-", custom_id=custom_id))
        self.job_id = job_id

    @classmethod
    @override
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[discord.Client],
        item: discord.ui.Item[Any],  # pyright: ignore[reportExplicitAny]  # as discord.py types it
        match: re.Match[str],
        /,
    ) -> "JobButton":
        return cls(match.string, int(match["id"]))

    @override
    async def callback(self, interaction: discord.Interaction[discord.Client]) -> None:
        # discord.py only logs what a dynamic item raises; members would see "interaction failed".
        try:
            assert interaction.guild_id is not None, "these buttons are on a server's messages only"
            bot = bot_of(interaction)
            bot.keep_running_until_answered()
            await self.pressed(interaction, bot, interaction.guild_id)
        except Exception as error:  # noqa: BLE001  # the funnel sorts them
            await answer_error(interaction, error)

    async def pressed(
        self,
        interaction: discord.Interaction[discord.Client],
        bot: PikaBot,
        guild_id: int,
        /,
    ) -> None:
        """Do what the button is for. Raises Refusal."""
        raise NotImplementedError(interaction, bot, guild_id)


class DetailsButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):details"):
    """*Details*: everything that was sent to fal, shown to whoever presses it."""

    @override
    async def pressed(
        self, interaction: discord.Interaction[discord.Client], bot: PikaBot, guild_id: int
    ) -> None:
        job = await bot.services.queries.job(self.job_id, guild_id)
        await interaction.response.send_message(bot.rendering.details(job), ephemeral=True)


class CancelButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):cancel"):
    """*Cancel*: for its member, and for moderators."""

    @override
    async def pressed(
        self, interaction: discord.Interaction[discord.Client], bot: PikaBot, guild_id: int
    ) -> None:
        await cancel_video(interaction, self.job_id)


class AnotherButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):another"):
    """*Make another*: the same request with a new seed."""

    @override
    async def pressed(
        self, interaction: discord.Interaction[discord.Client], bot: PikaBot, guild_id: int
    ) -> None:
        await bot.services.queries.own_job(self.job_id, guild_id, interaction.user.id)
        await refine(interaction, self.job_id, Relation.AGAIN)


class OfferButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"offer:(?P<id>[0-9]{1,18}):(?P<answer>agree|decline)",
):
    """A member's answer to a price. After a mention everybody sees it; it is theirs alone."""

    def __init__(self, custom_id: str, offer_id: int, *, agrees: bool):
        super().__init__(discord.ui.Button(label="-", custom_id=custom_id))
        self.offer_id = offer_id
        self.agrees = agrees

    @classmethod
    @override
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[discord.Client],
        item: discord.ui.Item[Any],  # pyright: ignore[reportExplicitAny]  # as discord.py types it
        match: re.Match[str],
        /,
    ) -> "OfferButton":
        return cls(match.string, int(match["id"]), agrees=match["answer"] == "agree")

    @override
    async def callback(self, interaction: discord.Interaction[discord.Client]) -> None:
        bot = bot_of(interaction)
        bot.keep_running_until_answered()
        try:
            if self.agrees:
                await start_offered(interaction, self.offer_id)
                return
            await bot.services.submit.declined(self.offer_id, interaction.user.id)
            await interaction.response.edit_message(
                content="👍 Not made. Nothing was charged.", view=None
            )
        except Exception as error:  # noqa: BLE001  # the funnel sorts them
            await answer_error(interaction, error)


BUTTONS: tuple[AnyButton, ...] = (DetailsButton, CancelButton, AnotherButton, OfferButton)
