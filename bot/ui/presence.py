"""The line, shown as the bot's status beside its name."""

import asyncio
import logging
from collections.abc import Mapping

import aiohttp
import discord

from bot.domain.jobs.job import AT_FAL, Status
from bot.ui.client import PikaBot

log = logging.getLogger(__name__)


def presence(counts: Mapping[Status, int], *, is_paused: bool) -> str | None:
    """Return the text beside the bot's name; None while no job waits or renders."""
    rendering = sum(counts.get(status, 0) for status in AT_FAL)
    waiting = counts.get(Status.CREATED, 0)
    parts = ["paused"] if is_paused and waiting else []
    if rendering:
        parts.append(f"{rendering} rendering")
    if waiting:
        parts.append(f"{waiting} waiting")
    return ", ".join(parts) or None


async def keep_presence(bot: PikaBot) -> None:
    """Keep the presence up to date for ever, at the pace of `bot.presence_every`.

    Discord allows 120 messages a minute on the gateway, heartbeats included:
    https://docs.discord.com/developers/events/gateway#rate-limiting
    """
    queries = bot.services.videos.queries
    await bot.wait_until_ready()
    # A new session of the gateway begins with nothing shown.
    shown: tuple[str | None, str | None] = (bot.ws.session_id, None)
    while True:
        session = bot.ws.session_id
        try:
            text = presence(
                await queries.counts(), is_paused=queries.line.hold_reason_of() is not None
            )
            if text != (shown[1] if shown[0] == session else None):
                # Discord shows an activity's state, and wants some name.
                activity = discord.CustomActivity(text) if text else None
                await bot.change_presence(activity=activity)
            shown = (session, text)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as trouble:
            log.info("the presence isn't shown yet: %s", type(trouble).__name__)
        except Exception:
            log.exception("the presence can't be told")
        await asyncio.sleep(bot.presence_every)
