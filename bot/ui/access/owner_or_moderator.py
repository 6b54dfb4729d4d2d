"""Lets members act on their own videos, and moderators on everybody's."""

from collections.abc import Awaitable, Callable

from bot.domain.refusal import NotYours
from bot.ui.access.moderators import T, is_moderator
from bot.ui.types import AnyInteraction


async def for_owner_or_moderator(
    interaction: AnyInteraction, act: Callable[[bool], Awaitable[T]]
) -> T:
    """Act as the video's owner; if the video is another member's, as a moderator who asks.

    So nobody's own video waits for Discord's answer about rights. Raises Refusal.
    """
    try:
        return await act(False)
    except NotYours:
        if not await is_moderator(interaction):
            raise
        return await act(True)
