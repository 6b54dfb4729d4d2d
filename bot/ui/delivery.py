"""Implements `bot.ports.Delivery` on Discord.

Messages are addressed by channel and message id with the bot's token, so that any process can write
them at any time, and writing one twice is writing it once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import TypeVar

import aiohttp
import discord
from typing_extensions import override

from bot.domain.jobs.job import Job, Status
from bot.ports import (
    Attachment,
    Clock,
    Delivery,
    Shown,
    Standing,
    TooLargeHere,
    Undeliverable,
    Unreachable,
)
from bot.ui.presentation.results import (
    alt_text,
    deleted,
    direct_message_heading,
    mention,
    result,
    shown_deletion,
)
from bot.ui.presentation.status import TAKEN_BACK, Rendering, shown_status
from bot.ui.presentation.views import (
    custom_ids,
    is_button_of,
    job_view,
    no_buttons,
    result_view,
)
from bot.ui.types import AnyInteraction

log = logging.getLogger(__name__)
T = TypeVar("T")

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_REQUEST_TOO_LARGE = 40005
# Permanent, whatever the code: gone, forbidden, or not in a form that Discord takes.
_PERMANENT = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
# The text of aiohttp's error for a request of a closed client: discord.py closes itself where
# Discord refuses the token.
_CLOSED = "Session is closed"
# Seconds between attempts after an error on which discord.py itself doesn't try again: resets, 503.
_PAUSES = (0.5, 2.0, 5.0)


class DiscordDelivery(Delivery):
    """The status messages of jobs, and direct messages where a channel is out of reach."""

    def __init__(self, client: discord.Client, rendering: Rendering, clock: Clock):
        self._client = client
        self._rendering = rendering
        self._clock = clock

    @override
    async def show(self, job: Job, standing: Standing) -> int:
        text = self._rendering.status(job, standing)
        return await self._write(job, text, None, lambda: job_view(job))

    @override
    async def deliver(self, job: Job, file: Attachment | None) -> int:
        def view() -> discord.ui.View:
            return result_view(job, self._rendering.catalogue)

        return await self._write(job, self._result(job, file), file, view)

    @override
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
                nonce=_nonce(job, "end" if job.status is Status.STORED else "failure"),
                allowed_mentions=mentions,
                reference=status.to_reference(fail_if_not_exists=False),
            )

        await with_retries(send)

    @override
    async def show_directly(self, job: Job, standing: Standing) -> None:
        await self._send_directly(job, self._rendering.status(job, standing), None)

    @override
    async def deliver_directly(self, job: Job, file: Attachment | None) -> None:
        await self._send_directly(job, self._result(job, file), file)

    @override
    async def shown(self, channel_id: int, message_id: int) -> Shown:
        channel = self._client.get_partial_messageable(channel_id)

        async def read() -> Shown:
            message = await channel.fetch_message(message_id)
            status = shown_status(message.content, custom_ids(message.components))
            return Shown(status, shown_deletion(message.content))

        return await with_retries(read)

    @override
    async def take_back(self, channel_id: int, message_id: int) -> None:
        channel = self._client.get_partial_messageable(channel_id)
        message = channel.get_partial_message(message_id)
        with suppress(Unreachable):
            # A database that was put back has announcements that became jobs since.
            if (await self.shown(channel_id, message_id)).status is not Status.CREATED:
                log.info("an answer without a job shows one: it stays as it is")
                return

        async def edit() -> None:
            await message.edit(content=TAKEN_BACK, view=no_buttons())

        await with_retries(edit)

    def _result(self, job: Job, file: Attachment | None) -> str:
        return result(self._rendering, job, file, ready_at=self._clock.now())

    @override
    async def erase(self, job: Job, channel_id: int, message_id: int) -> None:
        channel = self._client.get_partial_messageable(channel_id)

        async def edit() -> None:
            # Any other id than the row's is a button's word, which may be forged.
            if message_id != job.place.message_id:
                message = await channel.fetch_message(message_id)
                if not any(is_button_of(job, each) for each in custom_ids(message.components)):
                    log.warning("job %d: the message to be erased isn't its own", job.id)
                    return
            partial = channel.get_partial_message(message_id)
            await partial.edit(content=deleted(job), attachments=[], view=no_buttons())

        await with_retries(edit)

    async def _write(
        self, job: Job, text: str, file: Attachment | None, view: Callable[[], discord.ui.View]
    ) -> int:
        """Write the status message, or a new one where the old is out of reach; return the id."""
        channel = self._client.get_partial_messageable(job.place.channel_id)

        async def put() -> int:
            message_id = job.place.message_id
            if message_id is not None:
                message = channel.get_partial_message(message_id)
                with _ignore_out_of_reach():
                    # Files are made anew for each attempt: a used discord.File uploads nothing.
                    await message.edit(content=text, attachments=_files(job, file), view=view())
                    return message_id
            nonce = _nonce(job, "video" if file else "status")
            new = await channel.send(text, files=_files(job, file), view=view(), nonce=nonce)
            return new.id

        return await with_retries(put)

    async def _send_directly(self, job: Job, text: str, file: Attachment | None) -> None:
        """Send a message to the member alone, without buttons: those are for the server."""
        member = discord.Object(job.place.member_id)

        async def send() -> None:
            channel = await self._client.create_dm(member)
            await channel.send(
                f"{direct_message_heading(job)}\n{text}",
                files=_files(job, file),
                nonce=_nonce(job, "direct"),
            )

        await with_retries(send)


async def show_again(
    interaction: AnyInteraction,
    job: Job,
    text: str,
    file: Attachment | None,
    view: discord.ui.View,
) -> None:
    """Put a finished video into the answer of a command or button. Raises Undeliverable."""

    async def edit() -> None:
        await interaction.edit_original_response(
            content=text, attachments=_files(job, file), view=view
        )

    await with_retries(edit)


def _nonce(job: Job, what: str) -> str:
    # Discord takes 25 characters. Half of the tag is enough to be no other database's job.
    name = f"pika-{job.id}" if job.tag is None else job.tag[:16]
    return f"{name}-{what}"


def _files(job: Job, file: Attachment | None) -> list[discord.File]:
    if file is None:
        return []
    name = f"pika-{job.id}{file.path.suffix}"
    description = alt_text(job)
    return [discord.File(file.path, filename=name, description=description, spoiler=job.spoiler)]


@contextmanager
def _ignore_out_of_reach() -> Generator[None]:
    """Go on where a message is gone or can't be edited: a new one may still be posted."""
    try:
        yield
    except discord.HTTPException as error:
        if error.status not in _PERMANENT or error.code == _REQUEST_TOO_LARGE:
            raise
        log.info("a status message is out of reach: HTTP %d, code %d", error.status, error.code)


async def with_retries(attempt: Callable[[], Awaitable[T]]) -> T:
    """Try a few times; `attempt` must be safe to repeat. Raises Undeliverable."""
    for pause in _PAUSES:
        try:
            return await _translate_errors(attempt)
        except Temporary as trouble:
            log.info("trying again in %.1f s: %s", pause, trouble)
            await asyncio.sleep(pause)
    return await _translate_errors(attempt)


class Temporary(Undeliverable):
    """Discord won't have it now, but perhaps a moment later."""


async def _translate_errors(attempt: Callable[[], Awaitable[T]]) -> T:
    """Turn discord.py's errors into Undeliverable, without texts that could hold a secret."""
    try:
        return await attempt()
    except discord.RateLimited as limit:
        reason = f"Discord: not for {limit.retry_after:.0f} s"
        raise Undeliverable(reason, seconds=limit.retry_after) from limit
    except discord.DiscordServerError as error:
        raise Temporary(f"Discord: HTTP {error.status}") from error
    except discord.HTTPException as error:
        if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or error.code == _REQUEST_TOO_LARGE:
            raise TooLargeHere("Discord: too large") from error
        if error.status in _PERMANENT:
            kind = Unreachable
        else:
            kind = Temporary if error.status == HTTPStatus.TOO_MANY_REQUESTS else Undeliverable
        raise kind(f"Discord: HTTP {error.status}, code {error.code}") from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Temporary(f"Discord: {type(error).__name__}") from error
    except RuntimeError as error:
        if not is_closed(error):
            raise
        raise Undeliverable("Discord: the client is closed") from error


def is_closed(error: Exception) -> bool:
    """Return True for the error of a request after the client was closed."""
    return isinstance(error, RuntimeError) and str(error) == _CLOSED
