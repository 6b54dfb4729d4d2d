"""The buttons of jobs, of price offers, and of a member's history.

Every right is checked against the rows at each press.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from bot.domain.jobs.job import Relation
from bot.domain.refusal import NotPossible
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
"""By the action in `job:<id>:<action>`; called with the job's id."""

MESSAGE_ACTIONS: Mapping[str, Callable[[AnyInteraction, int, int], Awaitable[None]]] = {
    "delete": delete_video,
}
"""By the action in `job:<id>:<action>:<message>`; called with the ids of job and message."""


async def _press_job(interaction: AnyInteraction, match: re.Match[str]) -> None:
    job_id, action, message_id = int(match["id"]), match["action"], match["message"]
    if message_id is None and action in JOB_ACTIONS:
        await JOB_ACTIONS[action](interaction, job_id)
    elif message_id is not None and action in MESSAGE_ACTIONS:
        await MESSAGE_ACTIONS[action](interaction, job_id, int(message_id))
    else:
        raise NotPossible(
            f"I don't know that button; `/pika show` with `{job_id}` posts the video with the"
            " buttons that I know."
        )


async def _press_offer(interaction: AnyInteraction, match: re.Match[str]) -> None:
    """Take the answer to a price offer, which others may see but only its member may answer."""
    offer_id = int(match["id"])
    if match["answer"] == "agree":
        await start_offered(interaction, offer_id)
        return
    submit = bot_of(interaction).services.videos.submit
    await submit.declined(offer_id, interaction.user.id)
    await interaction.response.edit_message(content="👍 Not made. Nothing was charged.", view=None)


async def _press_announcement(_interaction: AnyInteraction, _match: re.Match[str]) -> None:
    raise NotPossible(
        "I'm still getting that video ready, so there is nothing to cancel yet and nothing was"
        " charged; please press again in a moment."
    )


async def _press_page(interaction: AnyInteraction, match: re.Match[str]) -> None:
    await turn_page(interaction, match["way"], int(match["id"]))


JOB_BUTTONS: tuple[AnyButton, ...] = (
    persistent_item(
        r"job:(?P<id>[0-9]{1,18}):(?P<action>[a-z]+)(?::(?P<message>[0-9]{1,20}))?", _press_job
    ),
    # Buttons with a tag that no job has yet.
    persistent_item(r"job:[a-z2-7]{26}:cancel", _press_announcement),
    persistent_item(r"offer:(?P<id>[0-9]{1,18}):(?P<answer>agree|decline)", _press_offer),
    persistent_item(r"history:(?P<way>older|newer):(?P<id>[0-9]{1,18})", _press_page),
)
