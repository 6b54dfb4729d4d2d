"""The interactions whose answers became status messages: their tokens edit those for minutes.

Such a token reaches its own answer also where the bot's token doesn't, for 15 minutes:
https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-callback
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import discord

from bot.ui.types import AnyInteraction


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer to an interaction, with the interaction that can still edit it."""

    interaction: AnyInteraction
    """The interaction, whose token lives."""
    message_id: int
    """The answer."""
    is_original: bool
    """True for the first response; False for a message that followed it."""

    async def edit(
        self, content: str, attachments: Sequence[discord.File], view: discord.ui.View
    ) -> None:
        if self.is_original:
            await self.interaction.edit_original_response(
                content=content, attachments=attachments, view=view
            )
            return
        await self.interaction.followup.edit_message(
            self.message_id, content=content, attachments=attachments, view=view
        )


@dataclass(slots=True)
class AnswerTokens:
    """Answers by their message's id, for as long as their tokens live."""

    _answers: dict[int, KeptAnswer] = field(default_factory=dict[int, KeptAnswer])

    def keep(self, interaction: AnyInteraction, message_id: int, *, is_original: bool) -> None:
        # The oldest stand first: none behind one that lives is looked at.
        while self._answers:
            oldest = next(iter(self._answers))
            if not self._answers[oldest].interaction.is_expired():
                break
            del self._answers[oldest]
        self._answers[message_id] = KeptAnswer(interaction, message_id, is_original)

    def of(self, message_id: int | None) -> KeptAnswer | None:
        """Return an answer whose token lives; None for any other message."""
        # No message has the id 0.
        answer = self._answers.get(message_id or 0)
        return None if answer is None or answer.interaction.is_expired() else answer
