"""Logs in to Discord and stays connected."""

import asyncio
import itertools
import logging

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.ui.access.bot_permissions import invite_link
from bot.ui.client import PikaBot

log = logging.getLogger(__name__)


def point_at(api_url: str, gateway_url: str) -> None:
    """Set the addresses of Discord's API and gateway, for the whole process."""
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


# https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
_TOKEN_REFUSED = 4004


class BadToken(Exception):
    """Discord refuses the token."""


class IntentOff(Exception):
    """The privileged intent that was asked for isn't switched on in the application's settings."""


async def who_is(token: str) -> tuple[str, str, bool]:
    """Return the bot's name, its invite link, and whether anybody may add it to a server.

    Raises BadToken, or OSError if Discord can't be asked.
    """
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            await client.login(token)
        except discord.LoginFailure as error:
            raise BadToken from error
        except (discord.HTTPException, aiohttp.ClientError) as error:
            raise OSError(type(error).__name__) from error
        assert client.application_id is not None, "known from the login on"
        is_public = client.application is not None and client.application.bot_public
        return str(client.user), invite_link(client.application_id), is_public


# Errors that pass by themselves.
_AWAY = (discord.RateLimited, aiohttp.ClientError, OSError)


async def log_in(bot: PikaBot, token: str) -> None:
    """Log in, trying again while Discord can't be reached. Raises BadToken.

    From here on REST works, so jobs can be delivered, connected or not.
    """
    for attempt in itertools.count():
        try:
            await bot.login(token)
        except discord.LoginFailure as error:
            raise BadToken from error
        except (*_AWAY, discord.DiscordServerError) as error:
            # discord.py makes another session for each attempt.
            await bot.http.close()
            bot.http.connector = aiohttp.TCPConnector(limit=0)
            await _back_off("log in", attempt, error)
        else:
            return


async def stay_connected(bot: PikaBot) -> None:
    """Be on the gateway until the bot is closed.

    discord.py reconnects by itself, but not when the very first connect fails: it then raises
    AttributeError (https://github.com/Rapptz/discord.py/issues/10520). Raises IntentOff, and
    BadToken if the token was made anew meanwhile.
    """
    for attempt in itertools.count():
        try:
            await bot.connect()
        except discord.PrivilegedIntentsRequired as error:
            raise IntentOff from error
        except discord.ConnectionClosed as error:
            if error.code == _TOKEN_REFUSED:
                raise BadToken from error
            raise
        except (*_AWAY, AttributeError, discord.GatewayNotFound) as error:
            if isinstance(error, AttributeError) and bot.is_ready():
                raise
            await _back_off("connect", attempt, error)
        else:
            return


async def _back_off(what: str, attempt: int, error: Exception) -> None:
    seconds = float(min(60, 1 << attempt))
    if isinstance(error, discord.RateLimited):
        seconds = max(seconds, error.retry_after)
    log.warning("can't %s (%s), next try in %.0f s", what, type(error).__name__, seconds)
    await asyncio.sleep(seconds)
