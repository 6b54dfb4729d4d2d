"""Checks that a member is a moderator of the server, anew at every press."""

from bot.domain.refusal import NotPossible
from bot.ui.access.command_permissions import answered
from bot.ui.client import bot_of
from bot.ui.types import AnyInteraction


async def is_moderator(interaction: AnyInteraction) -> bool:
    """Return whether the member may act as a moderator, in whichever channel.

    False where Discord can't be asked for the server's own overrides.
    """
    try:
        return await answered(bot_of(interaction).rights.may_moderate(interaction, here=False))
    except NotPossible:
        return False


async def check_moderator(interaction: AnyInteraction) -> None:
    """Raise Refusal unless the member may use `/pika-mod` in this channel."""
    if not await answered(bot_of(interaction).rights.may_moderate(interaction)):
        raise NotPossible(
            "Only this server's moderators, who may use `/pika-mod`, can do that; please ask one."
        )
