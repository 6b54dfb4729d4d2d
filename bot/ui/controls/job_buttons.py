"""The buttons of jobs, of price offers, and of a member's history.

Every right is checked against the rows at each press.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from bot.domain.jobs.job import Relation
from bot.domain.jobs.tags import REFERENCE, is_tag
from bot.domain.refusal import NotPossible, NotYours
from bot.ui.access.bot_permissions import viewer
from bot.ui.access.owner_or_moderator import for_owner_or_moderator
from bot.ui.actions.cancel import cancel_video
from bot.ui.actions.delete import ask_to_delete, delete_video
from bot.ui.actions.derive import derive_video, open_derive_form
from bot.ui.actions.history import turn_page
from bot.ui.actions.join import join_shots
from bot.ui.actions.show import show_video
from bot.ui.actions.start import start_offered
from bot.ui.client import bot_of
from bot.ui.controls.persistent import persistent_item
from bot.ui.presentation.results import details
from bot.ui.types import AnyButton, AnyInteraction, guild_of


async def _show_details(interaction: AnyInteraction, job_id: int) -> None:
    bot = bot_of(interaction)
    job = await bot.services.videos.queries.job(job_id, guild_of(interaction))
    await interaction.response.send_message(details(bot.rendering, job), ephemeral=True)


async def _make_another(interaction: AnyInteraction, job_id: int) -> None:
    queries = bot_of(interaction).services.videos.queries
    await queries.own_job(job_id, guild_of(interaction), interaction.user.id)
    await derive_video(interaction, job_id, Relation.AGAIN)


_NOT_YET = (
    "No video stands behind this button yet, so there is nothing to cancel and nothing was charged;"
    " if it isn't there in a moment, please ask again."
)

JOB_ACTIONS: Mapping[str, Callable[[AnyInteraction, int], Awaitable[None]]] = {
    "details": _show_details,
    "cancel": cancel_video,
    "another": _make_another,
    "again": partial(derive_video, relation=Relation.AGAIN),
    "hq": partial(derive_video, relation=Relation.HQ),
    "edit": partial(open_derive_form, relation=Relation.EDIT),
    "continue": partial(open_derive_form, relation=Relation.CONTINUE),
    "join": join_shots,
    "show": show_video,
    "delete": ask_to_delete,
}
"""By the action in `job:<reference>:<action>`; called with the job's id."""

MESSAGE_ACTIONS: Mapping[str, Callable[[AnyInteraction, int, int], Awaitable[None]]] = {
    "delete": delete_video,
}
"""By the action in `job:<reference>:<action>:<message>`; called with both ids."""


async def _press_job(interaction: AnyInteraction, match: re.Match[str]) -> None:
    reference, action, message_id = match["job"], match["action"], match["message"]
    if message_id is None and action in JOB_ACTIONS:
        try:
            job_id = await _referred(interaction, reference)
        except NotYours:
            raise
        except NotPossible as refusal:
            # It stands under an announcement, whose job isn't there yet.
            if action == "cancel" and is_tag(reference):
                raise NotPossible(_NOT_YET) from refusal
            raise
        await JOB_ACTIONS[action](interaction, job_id)
    elif message_id is not None and action in MESSAGE_ACTIONS:
        job_id = await _referred(interaction, reference)
        await MESSAGE_ACTIONS[action](interaction, job_id, int(message_id))
    else:
        is_new = is_tag(reference)
        number = await _referred(interaction, reference) if is_new else reference
        raise NotPossible(
            f"I don't know that button; `/pika show` with `{number}` posts the video with the"
            " buttons that I know."
        )


async def _referred(interaction: AnyInteraction, reference: str) -> int:
    """Return the id of the job that a button refers to. Raises Refusal."""
    queries, guild_id = bot_of(interaction).services.videos.queries, guild_of(interaction)
    job = await for_owner_or_moderator(
        interaction,
        lambda moderator: queries.referred(
            reference, guild_id, may_see=viewer(interaction, moderator=moderator)
        ),
    )
    return job.id


async def _press_offer(interaction: AnyInteraction, match: re.Match[str]) -> None:
    """Take the answer to a price offer, which others may see but only its member may answer."""
    offer_id = int(match["id"])
    if match["answer"] == "agree":
        await start_offered(interaction, offer_id)
        return
    submit = bot_of(interaction).services.videos.submit
    await submit.declined(offer_id, interaction.user.id)
    await interaction.response.edit_message(content="👍 Not made. Nothing was charged.", view=None)


async def _press_page(interaction: AnyInteraction, match: re.Match[str]) -> None:
    await turn_page(interaction, match["way"], int(match["id"]))


JOB_BUTTONS: tuple[AnyButton, ...] = (
    persistent_item(
        rf"job:(?P<job>{REFERENCE}):(?P<action>[a-z]+)(?::(?P<message>[0-9]{{1,20}}))?", _press_job
    ),
    persistent_item(r"offer:(?P<id>[0-9]{1,18}):(?P<answer>agree|decline)", _press_offer),
    persistent_item(r"history:(?P<way>older|newer):(?P<id>[0-9]{1,18})", _press_page),
)
