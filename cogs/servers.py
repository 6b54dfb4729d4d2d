"""The listener to servers: the bot compares each with what its owner has agreed to."""

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager

import discord

from bot.ports import Undeliverable
from bot.ui.access.servers import owners_of, seen_server
from bot.ui.client import PikaBot
from bot.ui.trouble import with_retries

log = logging.getLogger(__name__)

_OWNERS_SECONDS = 10.0


class Servers:
    """Listens to the bot's coming and going, and to servers that change hands."""

    def __init__(self, bot: PikaBot):
        self._bot = bot

    async def on_ready(self) -> None:
        """Compare all servers, at each new connection."""
        with self._while_open():
            try:
                # The login has named them; the line waits for this, so it is asked for a moment.
                async with asyncio.timeout(_OWNERS_SECONDS):
                    application = await with_retries(self._bot.application_info)
            except (Undeliverable, TimeoutError) as trouble:
                reason = str(trouble) or "no answer"
                log.warning("Discord doesn't say who owns the application: %s", reason)
            else:
                self._bot.application_owners = owners_of(application)
            guilds = self._bot.guilds
            await self._bot.services.servers.compare(
                [seen_server(guild) for guild in guilds if not guild.unavailable],
                present={guild.id for guild in guilds},
            )

    async def on_resumed(self) -> None:
        await self.on_ready()

    async def on_guild_available(self, guild: discord.Guild) -> None:
        await self._meet(guild)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._meet(guild)

    async def on_guild_update(self, _: discord.Guild, guild: discord.Guild) -> None:
        await self._meet(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        with self._while_open():
            await self._bot.services.servers.forget(guild.id)

    async def _meet(self, guild: discord.Guild) -> None:
        with self._while_open():
            await self._bot.services.servers.meet(seen_server(guild))

    @contextmanager
    def _while_open(self) -> Generator[None]:
        """Keep the program running meanwhile; what fails because it has ended is no error."""
        self._bot.keep_running_until_answered()
        try:
            yield
        except Exception:
            if not self._bot.is_closed():
                raise
            log.info("the bot ends; servers are compared at its next connect")
