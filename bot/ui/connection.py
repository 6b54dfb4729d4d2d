"""Logs in to Discord and stays connected."""

import asyncio
import itertools
import logging
from http import HTTPStatus

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route

from bot.ui.access.bot_permissions import invite_link
from bot.ui.client import PikaBot
from bot.ui.unreadable import MissingPart, is_foreign, origin_of

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


# Errors that pass by themselves, and say all by their names.
_AWAY = (
    discord.RateLimited,
    discord.DiscordServerError,
    discord.GatewayNotFound,
    aiohttp.ClientError,
    OSError,
)
# A login that takes longer is waited for beside the work.
_LOGIN_SECONDS = 3.0
_LONGEST_SECONDS = 60
# Whatever isn't known to pass by itself: each try may cost one of the day's identifies.
_LONGEST_UNKNOWN_SECONDS = 600
_STABLE_SECONDS = 600.0


async def log_in(bot: PikaBot, token: str, usable: asyncio.Event) -> None:
    """Log in, trying again while Discord can't be reached. Raises BadToken.

    `usable` is set as soon as requests may be sent, so that videos are delivered: when Discord has
    taken the token, and also when it neither takes nor refuses it for the moment.
    """
    asyncio.get_running_loop().call_later(_LOGIN_SECONDS, usable.set)
    for attempt in itertools.count():
        try:
            await bot.login(token)
        except discord.LoginFailure as error:
            raise BadToken from error
        except Exception as error:  # noqa: BLE001  # without a login there is no connection
            _keep_session(bot.http, token)
            usable.set()
            await _back_off("log in", attempt, error)
        else:
            usable.set()
            return


def _keep_session(http: HTTPClient, token: str) -> None:
    """Have further logins use the session of the first, which may be sending a video.

    discord.py would open another one for each, and forgets the token of one that failed.
    """

    async def log_in_again(_: str) -> object:
        try:
            answer: object = await http.request(Route("GET", "/users/@me"))  # pyright: ignore[reportAny]
        except discord.HTTPException as error:
            if error.status == HTTPStatus.UNAUTHORIZED:
                raise discord.LoginFailure from error
            raise
        return answer

    http.token = token
    http.static_login = log_in_again  # pyright: ignore[reportAttributeAccessIssue]


async def stay_connected(bot: PikaBot) -> None:
    """Be on the gateway until the bot is closed.

    discord.py reconnects by itself, but not when the very first connect fails: it then raises
    AttributeError (https://github.com/Rapptz/discord.py/issues/10520). Nor does it after whatever
    else it doesn't expect, such as a frame that is no JSON. Raises IntentOff, and BadToken if the
    token was made anew meanwhile.
    """
    loop, attempt = asyncio.get_running_loop(), 0
    while True:
        began = loop.time()
        try:
            await bot.connect()
        except discord.PrivilegedIntentsRequired as error:
            raise IntentOff from error
        except Exception as error:
            if isinstance(error, discord.ConnectionClosed) and error.code == _TOKEN_REFUSED:
                raise BadToken from error
            await bot.leave_gateway()
            attempt = 0 if loop.time() > began + _STABLE_SECONDS else attempt
            await _back_off("connect", attempt, error)
            attempt += 1
        else:
            return


async def _back_off(what: str, attempt: int, error: Exception) -> None:
    is_away = isinstance(error, _AWAY)
    longest = _LONGEST_SECONDS if is_away else _LONGEST_UNKNOWN_SECONDS
    seconds = float(min(longest, 1 << min(attempt, 10)))
    if isinstance(error, discord.RateLimited):
        seconds = max(seconds, error.retry_after)
    if isinstance(error, discord.ConnectionClosed):
        name = f"closed with {error.code}"
    elif isinstance(error, discord.HTTPException):
        name = f"HTTP {error.status}, code {error.code}"
    elif isinstance(error, MissingPart):
        name = str(error)
    else:
        name = type(error).__name__ if is_away else origin_of(error)
        if not is_away and not is_foreign(error):
            log.error("can't %s", what, exc_info=error)
    log.warning("can't %s (%s), next try in %.0f s", what, name, seconds)
    await asyncio.sleep(seconds)
