"""Implements `bot.ports.Delivery`: by channel and message id with the bot's token, so that any
process can do it at any time, and doing it twice is doing it once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import aiohttp
import discord

from bot.domain.job import Job
from bot.ports import Clock, Standing, Undeliverable
from bot.ui.buttons import job_view
from bot.ui.rendering import Rendering, alt_text, mention, too_large


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

    async def mention(self, job: Job) -> None:
        assert job.place.message_id is not None, "the status message was shown before"
        channel = self._client.get_partial_messageable(job.place.channel_id)
        member = discord.Object(job.place.member_id)
        async with _trouble():
            await channel.send(
                mention(job),
                # Discord returns the message that a nonce made before, for some minutes.
                nonce=f"pika-{job.id}-end",
                allowed_mentions=discord.AllowedMentions(users=[member], replied_user=False),
                reference=channel.get_partial_message(job.place.message_id).to_reference(
                    fail_if_not_exists=False
                ),
            )

    async def _put(self, job: Job, text: str, video: Path | None) -> int:
        """Write the status message, or a new one where it is gone; return its id."""
        channel = self._client.get_partial_messageable(job.place.channel_id)
        async with _trouble():
            if job.place.message_id is not None:
                message = channel.get_partial_message(job.place.message_id)
                try:
                    await message.edit(
                        content=text,
                        attachments=_files(job, video),
                        view=job_view(job.id),
                        allowed_mentions=discord.AllowedMentions.none(),
                    )
                except discord.NotFound as error:
                    if error.code != _UNKNOWN_MESSAGE:
                        raise
                else:
                    return job.place.message_id
            new = await channel.send(
                text,
                files=_files(job, video),
                view=job_view(job.id),
                nonce=f"pika-{job.id}-{'video' if video else 'status'}",
            )
            return new.id


class TooLargeHere(Undeliverable):
    """The file is larger than this place takes."""


# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_UNKNOWN_MESSAGE = 10008
_REQUEST_TOO_LARGE = 40005


def _files(job: Job, video: Path | None) -> list[discord.File]:
    """Return the attachments, made anew for each attempt: a used discord.File uploads nothing."""
    if video is None:
        return []
    name = f"pika-{job.id}.mp4"
    return [discord.File(video, filename=name, description=alt_text(job))]


@asynccontextmanager
async def _trouble() -> AsyncGenerator[None]:
    """Turn what discord.py raises into Undeliverable, without texts that could hold a secret."""
    try:
        yield
    except discord.HTTPException as error:
        if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or error.code == _REQUEST_TOO_LARGE:
            raise TooLargeHere("Discord: too large") from error
        raise Undeliverable(f"Discord: HTTP {error.status}, code {error.code}") from error
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise Undeliverable(f"Discord: {type(error).__name__}") from error
