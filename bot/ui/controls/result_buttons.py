"""What the buttons of finished videos do, and those of the history. They work years later."""

import re
from typing import Any

import discord
from typing_extensions import override

from bot.domain.jobs.job import Relation
from bot.ui.actions.delete import ask_to_delete, delete_video
from bot.ui.actions.derive import open_refining, refine
from bot.ui.actions.history import turn_page
from bot.ui.actions.join import join_shots
from bot.ui.actions.show import show_video
from bot.ui.client import AnyButton, PikaBot, bot_of
from bot.ui.controls.job_buttons import JobButton
from bot.ui.errors import answer_error


class AgainButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):again"):
    """*Again*: the same with a new seed, for whoever presses it."""

    @override
    async def pressed(
        self, interaction: discord.Interaction[discord.Client], bot: PikaBot, guild_id: int
    ) -> None:
        await refine(interaction, self.job_id, Relation.AGAIN)


class BetterButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):hq"):
    """*HQ*: the same on the best there is."""

    @override
    async def pressed(
        self, interaction: discord.Interaction[discord.Client], bot: PikaBot, guild_id: int
    ) -> None:
        await refine(interaction, self.job_id, Relation.HQ)


class EditButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):edit"):
    """*Edit*: the same with other words or options."""

    @override
    async def pressed(
        self, interaction: discord.Interaction[discord.Client], bot: PikaBot, guild_id: int
    ) -> None:
        await open_refining(interaction, self.job_id, Relation.EDIT)


class ContinueButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):continue"):
    """*Continue*: the next shot."""

    @override
    async def pressed(
        self, interaction: discord.Interaction[discord.Client], bot: PikaBot, guild_id: int
    ) -> None:
        await open_refining(interaction, self.job_id, Relation.CONTINUE)


class JoinButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):join"):
    """*Join*: one film of the chain up to here."""

    @override
    async def pressed(
        self, interaction: discord.Interaction[discord.Client], bot: PikaBot, guild_id: int
    ) -> None:
        await join_shots(interaction, self.job_id)


class ShowButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):show"):
    """*Show*: post the video again, here."""

    @override
    async def pressed(
        self, interaction: discord.Interaction[discord.Client], bot: PikaBot, guild_id: int
    ) -> None:
        await show_video(interaction, self.job_id)


class DeleteButton(JobButton, template=r"job:(?P<id>[0-9]{1,18}):delete"):
    """*Delete*: asks its maker, or a moderator, whether they mean it."""

    @override
    async def pressed(
        self, interaction: discord.Interaction[discord.Client], bot: PikaBot, guild_id: int
    ) -> None:
        await ask_to_delete(interaction, self.job_id)


class ReallyDeleteButton(
    JobButton, template=r"job:(?P<id>[0-9]{1,18}):delete:(?P<message>[0-9]{1,20})"
):
    """*Delete for good*, where they were asked."""

    @override
    async def pressed(
        self, interaction: discord.Interaction[discord.Client], bot: PikaBot, guild_id: int
    ) -> None:
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
        interaction: discord.Interaction[discord.Client],
        item: discord.ui.Item[Any],  # pyright: ignore[reportExplicitAny]  # as discord.py types it
        match: re.Match[str],
        /,
    ) -> "PageButton":
        return cls(match.string, match["way"], int(match["id"]))

    @override
    async def callback(self, interaction: discord.Interaction[discord.Client]) -> None:
        bot_of(interaction).keep_running_until_answered()
        try:
            await turn_page(interaction, self.way, self.job_id)
        except Exception as error:  # noqa: BLE001  # the funnel sorts them
            await answer_error(interaction, error)


RESULT_BUTTONS: tuple[AnyButton, ...] = (
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
