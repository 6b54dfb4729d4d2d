"""The buttons of jobs, of price offers, and of a member's history.

Custom ids can be forged: rights and rows are checked at each press.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TypeAlias

from bot.domain.jobs.job import Relation
from bot.domain.jobs.tags import REFERENCE, is_tag
from bot.domain.refusal import NotPossible, NotYours
from bot.ui.access.gate import check_access
from bot.ui.access.maker_or_moderator import for_maker_or_moderator
from bot.ui.access.uses import Use
from bot.ui.access.viewers import viewer
from bot.ui.actions.cancel import cancel_video
from bot.ui.actions.delete import ask_to_delete, delete_video
from bot.ui.actions.derive import derive_video, open_derive_form
from bot.ui.actions.history import turn_page
from bot.ui.actions.join import join_shots
from bot.ui.actions.show import show_video
from bot.ui.actions.start import start_offered
from bot.ui.client import bot_of
from bot.ui.controls.persistent import Action, PersistentItem, persistent_item
from bot.ui.presentation.results import details
from bot.ui.types import AnyInteraction, guild_of

JobPress: TypeAlias = Callable[[AnyInteraction, int], Awaitable[None]]
"""Answers a press on a button of the job with that id. Raises Refusal."""

_NOT_YET = (
    "No video stands behind this button yet, so there is nothing to cancel and nothing was charged;"
    " if it isn't there in a moment, please ask again."
)


async def _show_details(interaction: AnyInteraction, job_id: int) -> None:
    bot, guild_id = bot_of(interaction), guild_of(interaction)
    job = await for_maker_or_moderator(
        interaction,
        lambda moderator: bot.services.videos.queries.job(
            job_id, guild_id, may_see=viewer(interaction, moderator=moderator)
        ),
    )
    if job.place.member_id != interaction.user.id:
        await check_access(interaction, Use.SHOWS)
    await interaction.response.send_message(details(bot.rendering, job), ephemeral=True)


async def _make_another(interaction: AnyInteraction, job_id: int) -> None:
    queries = bot_of(interaction).services.videos.queries
    await queries.own_job(job_id, guild_of(interaction), interaction.user.id)
    await derive_video(interaction, job_id, Relation.AGAIN)


async def _cancel(interaction: AnyInteraction, match: re.Match[str]) -> None:
    try:
        job_id = await _referred(interaction, match["job"])
    except NotYours:
        raise
    except NotPossible as refusal:
        # It stands under an announcement, whose job isn't there yet.
        if is_tag(match["job"]):
            raise NotPossible(_NOT_YET) from refusal
        raise
    await cancel_video(interaction, job_id)


async def _delete(interaction: AnyInteraction, match: re.Match[str]) -> None:
    job_id = await _referred(interaction, match["job"])
    await delete_video(interaction, job_id, int(match["message"]))


async def _unknown_button(interaction: AnyInteraction, match: re.Match[str]) -> None:
    reference = match["job"]
    number = await _referred(interaction, reference) if is_tag(reference) else reference
    raise NotPossible(
        f"I don't know that button; `/pika show` with `{number}` posts the video with the"
        " buttons that I know."
    )


async def _referred(interaction: AnyInteraction, reference: str) -> int:
    """Return the id of the job that a button refers to. Raises Refusal."""
    queries, guild_id = bot_of(interaction).services.videos.queries, guild_of(interaction)
    job = await for_maker_or_moderator(
        interaction,
        lambda moderator: queries.referred(
            reference, guild_id, may_see=viewer(interaction, moderator=moderator)
        ),
    )
    return job.id


def _of_job(use: Use, press: JobPress) -> Action:
    async def press_job(interaction: AnyInteraction, match: re.Match[str]) -> None:
        await press(interaction, await _referred(interaction, match["job"]))

    return Action(use, press_job)


async def _agree(interaction: AnyInteraction, match: re.Match[str]) -> None:
    await start_offered(interaction, int(match["id"]))


async def _decline(interaction: AnyInteraction, match: re.Match[str]) -> None:
    submit = bot_of(interaction).services.videos.submit
    await submit.declined(int(match["id"]), interaction.user.id)
    await interaction.response.edit_message(content="👍 Not made. Nothing was charged.", view=None)


async def _turn_page(interaction: AnyInteraction, match: re.Match[str]) -> None:
    await turn_page(interaction, match["action"], int(match["id"]))


JOB_ACTIONS: Mapping[str, Action] = {
    "details": _of_job(Use.SHOWS, _show_details),
    "cancel": Action(Use.ENDS, _cancel),
    "another": _of_job(Use.MAKES, _make_another),
    "again": _of_job(Use.MAKES, partial(derive_video, relation=Relation.AGAIN)),
    "hq": _of_job(Use.MAKES, partial(derive_video, relation=Relation.HQ)),
    "edit": _of_job(Use.PREPARES, partial(open_derive_form, relation=Relation.EDIT)),
    "continue": _of_job(Use.PREPARES, partial(open_derive_form, relation=Relation.CONTINUE)),
    "join": _of_job(Use.POSTS, join_shots),
    "show": _of_job(Use.POSTS, show_video),
    "delete": _of_job(Use.ENDS, ask_to_delete),
}
"""By the action in `job:<reference>:<action>`."""
MESSAGE_ACTIONS: Mapping[str, Action] = {"delete": Action(Use.ENDS, _delete)}
"""By the action in `job:<reference>:<action>:<message>`."""
OFFER_ACTIONS: Mapping[str, Action] = {
    "agree": Action(Use.MAKES, _agree),
    "decline": Action(Use.ENDS, _decline),
}
"""By the answer to a price offer, which others may see but only its member may answer."""
HISTORY_ACTIONS: Mapping[str, Action] = {
    way: Action(Use.OWN, _turn_page) for way in ("older", "newer")
}
"""By the way in which a page of the history is turned."""
_UNKNOWN = Action(Use.OWN, _unknown_button)

JOB_BUTTONS: tuple[type[PersistentItem], ...] = (
    persistent_item(rf"job:(?P<job>{REFERENCE}):(?P<action>[a-z]+)", JOB_ACTIONS, _UNKNOWN),
    persistent_item(
        rf"job:(?P<job>{REFERENCE}):(?P<action>[a-z]+):(?P<message>[0-9]{{1,20}})",
        MESSAGE_ACTIONS,
        _UNKNOWN,
    ),
    persistent_item(r"offer:(?P<id>[0-9]{1,18}):(?P<action>agree|decline)", OFFER_ACTIONS),
    persistent_item(r"history:(?P<action>older|newer):(?P<id>[0-9]{1,18})", HISTORY_ACTIONS),
)
