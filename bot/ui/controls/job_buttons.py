"""What buttons do. They work years later and after any restart: their state is in `custom_id`."""

import re
from typing import Any

import discord
from typing_extensions import override

from bot.domain.jobs.job import Relation
from bot.ui.actions.cancel import cancel_video
from bot.ui.actions.delete import ask_to_delete, delete_video
from bot.ui.actions.derive import derive_video, open_derive_form
from bot.ui.actions.history import turn_page
from bot.ui.actions.join import join_shots
from bot.ui.actions.show import show_video
from bot.ui.actions.start import start_offered
from bot.ui.client import PikaBot, bot_of
from bot.ui.errors import answer_error
from bot.ui.presentation.results import details
from bot.ui.types import AnyButton, AnyInteraction, guild_of


class JobButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"job:never"):
    """A button of one job. Rights are checked against the row at each press."""

    def __init__(self, custom_id: str, job_id: int):
        super().__init__(discord.ui.Button(label="-", custom_id=custom_id))
        self.job_id = job_id

    @classmethod
    @override
    async def from_custom_id(
        cls,
        interaction: AnyInteraction,
        item: discord.ui.Item[Any],  # pyright: ignore[reportExplicitAny]  # as discord.py types it
        match: re.Match[str],
        /,
    ) -> "JobButton":
        return cls(match.string, int(match["id"]))

    @override
    async def callback(self, interaction: AnyInteraction) -> None:
        # discord.py only logs what a dynamic item raises; members would see "interaction failed".
        try:
            bot = bot_of(interaction)
            bot.keep_running_until_answered()
            await self.pressed(interaction, bot, guild_of(interaction))
        except Exception as error:  # noqa: BLE001  # the funnel sorts them
            await answer_error(interaction, error)

    async def pressed(
        self,
        interaction: AnyInteraction,
        bot: PikaBot,
        guild_id: int,
        /,
    ) -> None:
        """Do what the button is for. Raises Refusal."""
        raise NotImplementedError(interaction, bot, guild_id)


class DetailsButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):details"):
    """*Details*: everything that was sent to fal, shown to whoever presses it."""

    @override
    async def pressed(self, interaction: AnyInteraction, bot: PikaBot, guild_id: int) -> None:
        job = await bot.services.videos.queries.job(self.job_id, guild_id)
        await interaction.response.send_message(details(bot.rendering, job), ephemeral=True)


class CancelButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):cancel"):
    """*Cancel*: for its member, and for moderators."""

    @override
    async def pressed(self, interaction: AnyInteraction, bot: PikaBot, guild_id: int) -> None:
        await cancel_video(interaction, self.job_id)


class AnotherButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):another"):
    """*Make another*: the same request with a new seed."""

    @override
    async def pressed(self, interaction: AnyInteraction, bot: PikaBot, guild_id: int) -> None:
        await bot.services.videos.queries.own_job(self.job_id, guild_id, interaction.user.id)
        await derive_video(interaction, self.job_id, Relation.AGAIN)


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
        interaction: AnyInteraction,
        item: discord.ui.Item[Any],  # pyright: ignore[reportExplicitAny]  # as discord.py types it
        match: re.Match[str],
        /,
    ) -> "OfferButton":
        return cls(match.string, int(match["id"]), agrees=match["answer"] == "agree")

    @override
    async def callback(self, interaction: AnyInteraction) -> None:
        bot = bot_of(interaction)
        bot.keep_running_until_answered()
        try:
            if self.agrees:
                await start_offered(interaction, self.offer_id)
                return
            await bot.services.videos.submit.declined(self.offer_id, interaction.user.id)
            await interaction.response.edit_message(
                content="👍 Not made. Nothing was charged.", view=None
            )
        except Exception as error:  # noqa: BLE001  # the funnel sorts them
            await answer_error(interaction, error)


class AgainButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):again"):
    """*Again*: the same with a new seed, for whoever presses it."""

    @override
    async def pressed(self, interaction: AnyInteraction, bot: PikaBot, guild_id: int) -> None:
        await derive_video(interaction, self.job_id, Relation.AGAIN)


class BetterButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):hq"):
    """*HQ*: the same on the best there is."""

    @override
    async def pressed(self, interaction: AnyInteraction, bot: PikaBot, guild_id: int) -> None:
        await derive_video(interaction, self.job_id, Relation.HQ)


class EditButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):edit"):
    """*Edit*: the same with other words or options."""

    @override
    async def pressed(self, interaction: AnyInteraction, bot: PikaBot, guild_id: int) -> None:
        await open_derive_form(interaction, self.job_id, Relation.EDIT)


class ContinueButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):continue"):
    """*Continue*: the next shot."""

    @override
    async def pressed(self, interaction: AnyInteraction, bot: PikaBot, guild_id: int) -> None:
        await open_derive_form(interaction, self.job_id, Relation.CONTINUE)


class JoinButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):join"):
    """*Join*: one film of the chain up to here."""

    @override
    async def pressed(self, interaction: AnyInteraction, bot: PikaBot, guild_id: int) -> None:
        await join_shots(interaction, self.job_id)


class ShowButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):show"):
    """*Show*: post the video again, here."""

    @override
    async def pressed(self, interaction: AnyInteraction, bot: PikaBot, guild_id: int) -> None:
        await show_video(interaction, self.job_id)


class DeleteButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):delete"):
    """*Delete*: asks its maker, or a moderator, whether they mean it."""

    @override
    async def pressed(self, interaction: AnyInteraction, bot: PikaBot, guild_id: int) -> None:
        await ask_to_delete(interaction, self.job_id)


class ReallyDeleteButton(
    JobButton, template=r"job:(?P<id>[0-9]{1,18}):delete:(?P<message>[0-9]{1,20})"
):
    """*Delete for good*, where they were asked."""

    @override
    async def pressed(self, interaction: AnyInteraction, bot: PikaBot, guild_id: int) -> None:
        _, _, message_id = self.custom_id.rpartition(":")
        await delete_video(interaction, self.job_id, int(message_id))


class PageButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"history:(?P<way>older|newer):(?P<id>[0-9]{1,18})",
):
    """Turns the page of a member's own history, which only they see."""

    def __init__(self, custom_id: str, way: str, job_id: int):
        super().__init__(discord.ui.Button(label="-", custom_id=custom_id))
        self.way = way
        self.job_id = job_id

    @classmethod
    @override
    async def from_custom_id(
        cls,
        interaction: AnyInteraction,
        item: discord.ui.Item[Any],  # pyright: ignore[reportExplicitAny]  # as discord.py types it
        match: re.Match[str],
        /,
    ) -> "PageButton":
        return cls(match.string, match["way"], int(match["id"]))

    @override
    async def callback(self, interaction: AnyInteraction) -> None:
        bot_of(interaction).keep_running_until_answered()
        try:
            await turn_page(interaction, self.way, self.job_id)
        except Exception as error:  # noqa: BLE001  # the funnel sorts them
            await answer_error(interaction, error)


JOB_BUTTONS: tuple[AnyButton, ...] = (
    DetailsButton,
    CancelButton,
    AnotherButton,
    OfferButton,
    AgainButton,
    BetterButton,
    EditButton,
    ContinueButton,
    JoinButton,
    ShowButton,
    DeleteButton,
    ReallyDeleteButton,
    PageButton,
)
