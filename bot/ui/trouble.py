"""Trouble with Discord: tries again what may pass, and tells apart what was refused for good.

A refusal is of the place, of the file or of the words:
https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

import aiohttp
import discord

from bot.ports import FileRefused, TextRefused, TooLargeHere, Undeliverable, Unreachable
from bot.ui.unreadable import is_foreign, origin_of

log = logging.getLogger(__name__)
T = TypeVar("T")

_TOO_LARGE = {40005, 50045}
# Explicit content; invalid files and types; files that got lost; uploads limited in the server.
_OF_THE_FILE = {20009, 50046, 50110, 50123, 50146, 400001}
# A form that isn't taken, AutoMod, links to harmful sites.
_OF_THE_WORDS = {50035, 200000, 200001, 240000}
# Slow mode and limits of writing; sending or a feature switched off for a while; overload.
_FOR_NOW = {20016, 20028, 20029, 40004, 40006, 130000}
# Permanent, whatever the code: gone, forbidden, or not in a form that Discord takes.
_PERMANENT = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
# The text of aiohttp's error for a request of a closed client: discord.py closes itself where
# Discord refuses the token.
_CLOSED = "Session is closed"
# Seconds between attempts after an error on which discord.py itself doesn't try again: resets, 503.
_PAUSES = (0.5, 2.0, 5.0)


class Temporary(Undeliverable):
    """Discord won't have it now, but perhaps a moment later."""


def trouble_of(error: discord.HTTPException) -> Undeliverable:
    """Return an error of discord.py as the port's, without texts that could hold a secret."""
    reason = f"Discord: HTTP {error.status}, code {error.code}"
    if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or error.code in _TOO_LARGE:
        return TooLargeHere(reason)
    is_passing = error.status == HTTPStatus.TOO_MANY_REQUESTS or error.code in _FOR_NOW
    if is_passing or isinstance(error, discord.DiscordServerError):
        return Temporary(reason)
    if error.status not in _PERMANENT:
        return Undeliverable(reason)
    if error.code in _OF_THE_FILE:
        return FileRefused(reason)
    return TextRefused(reason) if error.code in _OF_THE_WORDS else Unreachable(reason)


async def with_retries(attempt: Callable[[], Awaitable[T]]) -> T:
    """Try a few times; `attempt` must be safe to repeat. Raises Undeliverable."""
    for pause in _PAUSES:
        try:
            return await _translate_errors(attempt)
        except Temporary as trouble:
            log.info("trying again in %.1f s: %s", pause, trouble)
            await asyncio.sleep(pause)
    return await _translate_errors(attempt)


async def _translate_errors(attempt: Callable[[], Awaitable[T]]) -> T:
    """Turn discord.py's errors into Undeliverable, without texts that could hold a secret."""
    try:
        return await attempt()
    except discord.RateLimited as limit:
        reason = f"Discord: not for {limit.retry_after:.0f} s"
        raise Undeliverable(reason, seconds=limit.retry_after) from limit
    except discord.HTTPException as error:
        raise trouble_of(error) from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Temporary(f"Discord: {type(error).__name__}") from error
    except Exception as error:
        if is_closed(error):
            raise Undeliverable("Discord: the client is closed") from error
        if is_foreign(error):
            raise Undeliverable(f"Discord: unreadable, {origin_of(error)}") from error
        raise


def is_closed(error: Exception) -> bool:
    """Return True for the error of a request after the client was closed."""
    return isinstance(error, RuntimeError) and str(error) == _CLOSED
