"""Implements `bot.ports.Delivery`: by channel and message id with the bot's token, so that any
process can do it at any time, and doing it twice is doing it once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import aiohttp
import discord

from bot.domain.job import Job
from bot.ports import Clock, Standing, Undeliverable
from bot.ui.buttons import job_view
from bot.ui.rendering import Rendering, alt_text, mention, too_large

log = logging.getLogger(__name__)
T = TypeVar("T")


class DiscordDelivery:
    """The status messages of jobs."""

    def __init__(self, client: discord.Client, rendering: Rendering, clock: Clock):
        self._client = client
        self._rendering = rendering
        self._clock = clock

    async def show(self, job: Job, standing: Standing) -> int:
        return await self._put(job, self._rendering.status(job, standing), None)

    async def deliver(self, job: Job, video: Path) -> int:
        text = self._rendering.result(job, ready_at=self._clock.now())
        try:
            return await self._put(job, text, video)
        except TooLargeHere:
            size = (await asyncio.to_thread(video.stat)).st_size
            return await self._put(job, f"{too_large(size, video.name)}\n{text}", None)

    async def mention(self, job: Job, message_id: int) -> None:
        channel = self._client.get_partial_messageable(job.place.channel_id)
        status = channel.get_partial_message(message_id)
        mentions = discord.AllowedMentions(
            users=[discord.Object(job.place.member_id)], replied_user=False
        )

        async def send() -> None:
            await channel.send(
                mention(job),
                # Discord returns the message that a nonce made before, for some minutes.
                nonce=f"pika-{job.id}-end",
                allowed_mentions=mentions,
                reference=status.to_reference(fail_if_not_exists=False),
            )

        await _patiently(send)

    async def _put(self, job: Job, text: str, video: Path | None) -> int:
        """Write the status message, or a new one where it is gone; return its id."""
        channel = self._client.get_partial_messageable(job.place.channel_id)

        async def put() -> int:
            message_id = job.place.message_id
            if message_id is not None:
                message = channel.get_partial_message(message_id)
                # Files are made anew for each attempt: a used discord.File uploads nothing.
                with _out_of_reach_is_fine():
                    await message.edit(
                        content=text, attachments=_files(job, video), view=job_view(job.id)
                    )
                    return message_id
            nonce = f"pika-{job.id}-{'video' if video else 'status'}"
            new = await channel.send(
                text, files=_files(job, video), view=job_view(job.id), nonce=nonce
            )
            return new.id

        return await _patiently(put)


class TooLargeHere(Undeliverable):
    """The file is larger than this place takes."""


# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_UNKNOWN_MESSAGE = 10008
_REQUEST_TOO_LARGE = 40005
_ARCHIVED = 50083


# Seconds between attempts at what discord.py itself doesn't try again: resets and 503.
_PAUSES = (0.5, 2.0, 5.0)


def _files(job: Job, video: Path | None) -> list[discord.File]:
    if video is None:
        return []
    name = f"pika-{job.id}.mp4"
    return [discord.File(video, filename=name, description=alt_text(job))]


@contextmanager
def _out_of_reach_is_fine() -> Generator[None]:
    """A message that is gone, or in a thread that was archived, which a new one reopens."""
    try:
        yield
    except discord.HTTPException as error:
        if error.code not in {_UNKNOWN_MESSAGE, _ARCHIVED}:
            raise


async def _patiently(attempt: Callable[[], Awaitable[T]]) -> T:
    """Try a few times; each attempt can be repeated safely. Raises Undeliverable."""
    for pause in _PAUSES:
        try:
            return await _reported(attempt)
        except Passing as trouble:
            log.info("trying again in %.1f s: %s", pause, trouble)
            await asyncio.sleep(pause)
    return await _reported(attempt)


class Passing(Undeliverable):
    """It may work a moment later."""


async def _reported(attempt: Callable[[], Awaitable[T]]) -> T:
    """Turn what discord.py raises into Undeliverable, without texts that could hold a secret."""
    try:
        return await attempt()
    except discord.DiscordServerError as error:
        raise Passing(f"Discord: HTTP {error.status}") from error
    except discord.HTTPException as error:
        if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or error.code == _REQUEST_TOO_LARGE:
            raise TooLargeHere("Discord: too large") from error
        raise Undeliverable(f"Discord: HTTP {error.status}, code {error.code}") from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Passing(f"Discord: {type(error).__name__}") from error
