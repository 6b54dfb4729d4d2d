"""The tree of commands and menus: none is registered without its use, or begins past the gate."""

from collections.abc import Sequence
from contextlib import suppress

import aiohttp
import discord
from discord import app_commands
from discord.abc import Snowflake
from discord.utils import MISSING  # pyright: ignore[reportAny]  # as discord.py types it
from typing_extensions import override

from bot.domain.refusal import Refusal
from bot.ui.access.gate import enter
from bot.ui.access.uses import leaves, use_of
from bot.ui.client import PikaBot
from bot.ui.errors import answer_error
from bot.ui.event_parts import check_interaction
from bot.ui.types import AnyCommand
from bot.ui.unreadable import beyond_own


class GatedTree(app_commands.CommandTree[PikaBot]):
    """Registers only commands and menus that declare a use, and has each of them pass the gate."""

    @override
    def add_command(
        self,
        command: AnyCommand,
        /,
        *,
        guild: Snowflake | None = MISSING,
        guilds: Sequence[Snowflake] = MISSING,
        override: bool = False,
    ) -> None:
        """Register a command, menu or group. Raises TypeError where one declares no use."""
        for leaf in leaves(command):
            use_of(leaf)
        super().add_command(command, guild=guild, guilds=guilds, override=override)

    @override
    def _from_interaction(self, interaction: discord.Interaction[PikaBot]) -> None:
        """Begin a command, unless what it relies on is missing: then raise MissingPart."""
        check_interaction(interaction)
        super()._from_interaction(interaction)

    @override
    async def interaction_check(self, interaction: discord.Interaction[PikaBot], /) -> bool:
        if interaction.type is discord.InteractionType.autocomplete:
            return await self._completes(interaction)
        command = interaction.command
        if command is None:
            # An older version's: discord.py says in the log that it knows none of this name.
            return True
        try:
            await enter(interaction, use_of(command))
        except Refusal as refusal:
            # The only error that discord.py lets out of a check.
            raise app_commands.CheckFailure from refusal
        return True

    @override
    async def _call(self, interaction: discord.Interaction[PikaBot]) -> None:
        """Answer also where discord.py can't read the options: it would only log that."""
        try:
            await super()._call(interaction)
        except Exception as error:  # noqa: BLE001  # the funnel sorts them
            await answer_error(interaction, error.with_traceback(beyond_own(error.__traceback__)))

    async def _completes(self, interaction: discord.Interaction[PikaBot]) -> bool:
        """Return whether an option is completed; for who isn't there, nothing is offered."""
        bot = interaction.client
        bot.acknowledgements.leave_uncounted(interaction.id)
        with suppress(Refusal):
            await bot.begin_answer()
            if isinstance(interaction.user, discord.Member):
                return True
        with suppress(discord.DiscordException, aiohttp.ClientError, OSError):
            await interaction.response.autocomplete([])
        return False
