"""The one funnel for errors: a refusal is shown as it is, anything else gets a reference."""

import logging
import secrets

import aiohttp
import discord
from discord import app_commands

from bot.domain.moderation.budget import OverBudget
from bot.domain.moderation.servers import NotServed
from bot.domain.refusal import AlreadyAsked, Blocked, Refusal
from bot.ports import AnsweredElsewhere, OtherArchive
from bot.ui.access.servers import is_owner
from bot.ui.acknowledgements import ALREADY_ACKNOWLEDGED
from bot.ui.presentation.servers import servers_view
from bot.ui.presentation.views import another_view, no_buttons
from bot.ui.trouble import is_closed
from bot.ui.types import AnyInteraction, has_user
from bot.ui.unreadable import UNREADABLE, is_own

log = logging.getLogger(__name__)

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_UNKNOWN_INTERACTION = 10062
UNREADABLE_TEXT = (
    "Discord left out a part of that which I need, so I did nothing; please try again, and in"
    " another channel if it stays so."
)
"""The sentence of the refusal of an interaction that can't be read."""
_OTHER_COMMANDS = (
    "My commands have changed since Discord showed you this one; please type it anew, and if it"
    " stays so restart Discord."
)


async def answer_error(interaction: AnyInteraction, error: Exception) -> None:
    """Answer any error of a command, button or modal. Never raises."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    elif isinstance(error, app_commands.CheckFailure) and isinstance(error.__cause__, Refusal):
        error = error.__cause__
    if isinstance(error, discord.NotFound) and error.code == _UNKNOWN_INTERACTION:
        # Nobody waits for an answer any more: Discord gave up after three seconds.
        log.warning("answered an interaction too late")
        return
    is_refused = isinstance(error, discord.HTTPException) and error.code == ALREADY_ACKNOWLEDGED
    if is_refused or isinstance(error, AnsweredElsewhere):
        log.warning("an interaction has been answered already")
        return
    if is_closed(error):
        log.warning("an answer couldn't be given: the client is closed")
        return
    to_owner = has_user(interaction) and is_owner(interaction.client, interaction.user.id)
    text, view = explained(error, to_owner=to_owner)
    try:
        await _answer(interaction, text, view)
    except discord.HTTPException as trouble:
        log.warning("an answer couldn't be shown: HTTP %d, code %d", trouble.status, trouble.code)
    except (aiohttp.ClientError, OSError) as trouble:
        log.warning("an answer couldn't be shown: %s", type(trouble).__name__)
    except RuntimeError as trouble:
        if not is_closed(trouble):
            raise
        log.warning("an answer couldn't be shown: the client is closed")


def explained(
    error: Exception, *, to_owner: bool, in_public: bool = False
) -> tuple[str, discord.ui.View]:
    """Return the text and the buttons that answer an error. An unexpected error is logged.

    With `to_owner`, the application's owner reads it; `in_public`, everybody in the channel.
    """
    if isinstance(error, AlreadyAsked):
        return error.text, another_view(error.reference)
    if isinstance(error, NotServed) and error.asks_owner:
        return error.text, servers_view([error.guild_id])
    if isinstance(error, OverBudget) and to_owner:
        return error.text_for_owner, no_buttons()
    if isinstance(error, Blocked) and in_public:
        return error.text_in_public, no_buttons()
    if isinstance(error, Refusal):
        return error.text, no_buttons()
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        log.warning("a member used a command of another version: %s", type(error).__name__)
        return Refusal(_OTHER_COMMANDS).text, no_buttons()
    if isinstance(error, OtherArchive):
        log.warning("archive: %s", error.strerror)
        text = (
            "I can't get at the kept pictures and videos right now, so I did nothing; please try"
            " again later."
        )
        return text, no_buttons()
    if error.__traceback__ is not None and not is_own(error.__traceback__):
        UNREADABLE.skipped("INTERACTION_CREATE", error)
        return Refusal(UNREADABLE_TEXT).text, no_buttons()
    reference = secrets.token_hex(3)
    log.error("reference %s: unexpected error", reference, exc_info=error)
    text = (
        "Sorry, something went wrong on my side; please try again, and if it stays so tell"
        f" the bot's owner this reference: `{reference}`."
    )
    return text, no_buttons()


async def _answer(interaction: AnyInteraction, text: str, view: discord.ui.View) -> None:
    if interaction.type is discord.InteractionType.autocomplete:
        # It shows choices only.
        if not interaction.response.is_done():
            await interaction.response.autocomplete([])
        return
    if not interaction.response.is_done():
        await interaction.response.send_message(text, view=view, ephemeral=True)
        return
    await interaction.followup.send(text, view=view, ephemeral=True)
