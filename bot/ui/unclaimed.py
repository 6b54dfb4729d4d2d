"""The listeners to interactions that discord.py hands to no command, button or modal."""

import discord

from bot.domain.refusal import Refusal
from bot.ui.acknowledgements import ASIDE, be_late
from bot.ui.client import PikaBot
from bot.ui.errors import UNREADABLE_TEXT, answer_error
from bot.ui.types import AnyInteraction

_REOPEN = "I was restarted while you were typing; please open it again."


class Unclaimed:
    """Answers interactions that nobody else would answer."""

    def __init__(self, bot: PikaBot):
        self._bot = bot

    async def on_interaction(self, interaction: AnyInteraction) -> None:
        """Answer a modal that an earlier process opened: discord.py no longer knows it."""
        custom_id = str((interaction.data or {}).get("custom_id", ""))
        is_modal = interaction.type is discord.InteractionType.modal_submit
        if is_modal and not custom_id.startswith(self._bot.epoch):
            self._bot.keep_running_until_answered()
            # Another process that runs with this token may have opened it: that one answers first.
            await be_late()
            text = ASIDE if self._bot.services.sole_process.is_aside else _REOPEN
            await answer_error(interaction, Refusal(text))

    async def on_unreadable_interaction(self, interaction: AnyInteraction) -> None:
        """Refuse an interaction of which only its id, token and type can be read."""
        if interaction.type is discord.InteractionType.autocomplete:
            self._bot.acknowledgements.leave_uncounted(interaction.id)
        refusal = Refusal(UNREADABLE_TEXT)
        try:
            await self._bot.begin_answer()
        except Refusal as aside:
            refusal = aside
        await answer_error(interaction, refusal)
