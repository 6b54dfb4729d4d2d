"""Lets members act on their own videos, and moderators on everybody's."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.domain.jobs.job import Job
from bot.domain.refusal import NotYours
from bot.ui.access.moderators import is_moderator
from bot.ui.access.viewers import viewer
from bot.ui.client import bot_of
from bot.ui.types import AnyInteraction, guild_of

T = TypeVar("T")


async def for_maker_or_moderator(
    interaction: AnyInteraction, act: Callable[[bool], Awaitable[T]]
) -> T:
    """Act as the video's maker; if the video is another member's, as a moderator who asks.

    So nobody's own video waits for Discord's answer about rights. Raises Refusal.
    """
    try:
        return await act(False)
    except NotYours:
        if not await is_moderator(interaction):
            raise
        return await act(True)


async def parent_of(interaction: AnyInteraction, job_id: int) -> Job:
    """Return the job, if the member may make another video of it. Raises Refusal."""
    derive, guild_id = bot_of(interaction).services.videos.derive, guild_of(interaction)
    return await for_maker_or_moderator(
        interaction,
        lambda moderator: derive.parent(
            job_id, guild_id, may_see=viewer(interaction, moderator=moderator)
        ),
    )
