"""The base of the bot's client: the parts that keep it on Discord's gateway."""

import asyncio
import logging
import sys
from typing import cast

import aiohttp
import discord
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from typing_extensions import override

from bot.ui.event_guard import guard_events
from bot.ui.event_parts import Payload
from bot.ui.unreadable import UNREADABLE

log = logging.getLogger(__name__)

# Of a thousand a day; left for the operator who mends what made the bot reconnect again and again.
_IDENTIFIES_RESERVED = 20
_IDENTIFIES_CHECK_SECONDS = 30.0
# For the question how many are left: without an answer the bot connects all the same.
_IDENTIFIES_ANSWER_SECONDS = 10.0


class GatewayBot(commands.Bot):
    """A client that no event ends, and that a lost connection doesn't close."""

    _own_user: Payload | None = None
    """The bot's user as READY would have it; None until the login."""
    _is_connecting: bool = False
    """True while discord.py looks after the connection."""

    def guard_events(self) -> None:
        """Have events skipped that can't be read."""
        guard_events(self._connection, lambda: self._own_user or {})

    def keep_own_user(self) -> None:
        """Keep the user that the login brought, for a READY without."""
        if (me := self.user) is not None:
            self._own_user = {
                "id": str(me.id),
                "username": me.name,
                "discriminator": me.discriminator,
                "avatar": me.avatar and me.avatar.key,
                "bot": True,
            }

    @override
    async def connect(self, *, reconnect: bool = True) -> None:
        self._is_connecting = True
        try:
            await super().connect(reconnect=reconnect)
        finally:
            self._is_connecting = False

    @override
    async def close(self) -> None:
        # discord.py also closes itself where Discord ends the connection for good; but videos are
        # delivered without one.
        if not self._is_connecting:
            await super().close()

    async def leave_gateway(self) -> None:
        """Close the socket that an unexpected error left open, and its heartbeat."""
        # Before the first connect there is none, whatever discord.py's type says.
        socket = cast("DiscordWebSocket | None", self.ws)
        if socket is not None and socket.open:
            await socket.close(code=4000)

    @override
    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        """Log an error of one of the bot's listeners, but not at each event anew."""
        error = sys.exception()
        assert error is not None, "discord.py calls this where it has caught one"
        UNREADABLE.failed(event_method, error)

    @override
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait rather than use up the day's identifies: Discord would then reset the token.

        https://docs.discord.com/developers/events/gateway#identifying
        """
        await super().before_identify_hook(shard_id, initial=initial)
        while (left := await self._identifies_left()) < _IDENTIFIES_RESERVED:
            log.error("not connecting: Discord allows %d more connections today", left)
            await asyncio.sleep(_IDENTIFIES_CHECK_SECONDS)

    async def _identifies_left(self) -> int:
        try:
            async with asyncio.timeout(_IDENTIFIES_ANSWER_SECONDS):
                _, _, limit = await self.http.get_bot_gateway()
            return int(limit["remaining"])
        except (discord.DiscordException, aiohttp.ClientError, OSError):
            return _IDENTIFIES_RESERVED
        except (KeyError, TypeError, ValueError) as error:
            UNREADABLE.skipped("answer to GET /gateway/bot", error)
            return _IDENTIFIES_RESERVED
