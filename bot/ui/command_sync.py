"""Gives Discord the list of commands, beside the bot's work and not before it."""

import asyncio
import hashlib
import itertools
import json
import logging
from http import HTTPStatus

import aiohttp
import discord

from bot.ui.client import PikaBot

log = logging.getLogger(__name__)

_COMMANDS_HASH = "commands_hash"
_TOPIC = "commands"
_LONGEST_SECONDS = 600
_REFUSED_SECONDS = 3600.0
# Discord would say the same again.
_FOR_GOOD = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
_LONGEST_REASON = 500
_REFUSED = (
    "Discord refuses my list of commands (HTTP {status}, code {code}), so members see the commands"
    " of the version before, which still work; so does everything else. Discord's reason is in the"
    " log: please report it. I try again every hour and at each start."
)
_SYNCED = "Discord has taken my list of commands."


async def sync_commands(bot: PikaBot) -> None:
    """Sync the commands if they changed, trying until Discord takes them. Needs a login.

    Discord allows few syncs a day. Until it takes one, the commands that it knows are answered.
    """
    for attempt in itertools.count():
        try:
            wait = await _try_to_sync(bot, attempt)
        except Exception:
            wait = _REFUSED_SECONDS
            log.exception("the commands can't be synced, next try in %.0f s", wait)
        if wait is None:
            return
        await asyncio.sleep(wait)


async def _try_to_sync(bot: PikaBot, attempt: int) -> float | None:
    """Sync once if the commands changed; return the seconds until the next try, or None."""
    payload = [command.to_dict(bot.tree) for command in bot.tree.get_commands()]
    text = json.dumps([bot.application_id, payload], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if await bot.store.fact(_COMMANDS_HASH) != digest:
        try:
            await bot.tree.sync()
        except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
            return await _failed(bot, attempt, error)
        await bot.store.remember_fact(_COMMANDS_HASH, digest)
        log.info("commands synced")
    await bot.services.owner_messages.end(_TOPIC, _SYNCED)
    return None


async def _failed(bot: PikaBot, attempt: int, error: Exception) -> float:
    """Log a failed sync, and tell the owner of a refusal; return the seconds until the next try."""
    wait = float(min(_LONGEST_SECONDS, 2 << min(attempt, 9)))
    reason = type(error).__name__
    if isinstance(error, discord.RateLimited):
        wait = max(wait, error.retry_after)
    elif isinstance(error, discord.HTTPException):
        reason = f"HTTP {error.status}, code {error.code}"
        if error.status in _FOR_GOOD:
            wait = _REFUSED_SECONDS
            words = " ".join(str(error).split())[:_LONGEST_REASON]
            log.warning("Discord refuses the list of commands: %s", words)
            told = _REFUSED.format(status=error.status, code=error.code)
            await bot.services.owner_messages.begin(_TOPIC, told)
        elif error.status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = max(wait, _retry_after(error))
    log.warning("can't sync the commands (%s), next try in %.0f s", reason, wait)
    return wait


def _retry_after(error: discord.HTTPException) -> float:
    """Return the seconds that a limit asks to wait: Discord's edge says so in a header only."""
    try:
        return float(error.response.headers.get("Retry-After", 0))
    except ValueError:
        return 0.0
