"""Implements `bot.ports.Delivery` on Discord.

Messages are addressed by channel and message id with the bot's token, so that any process can write
them at any time, and writing one twice is writing it once.
"""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TypeVar

import discord
from typing_extensions import override

from bot.domain.jobs.job import ENDED, Job, Status
from bot.domain.refusal import NotPossible
from bot.ports import (
    Attachment,
    Clock,
    Delivery,
    FileRefused,
    Shown,
    Standing,
    TextRefused,
    TooLargeHere,
    Undeliverable,
    Unreachable,
)
from bot.ui.answer_tokens import AnswerTokens
from bot.ui.posting import files_of, nonce_of, without_refused_words
from bot.ui.presentation.results import (
    deleted,
    direct_message_heading,
    mention,
    result,
    shown_deletion,
)
from bot.ui.presentation.status import OUT_OF_REACH, TAKEN_BACK, Rendering, shown_status
from bot.ui.presentation.views import (
    custom_ids,
    is_button_of,
    job_view,
    no_buttons,
    result_view,
)
from bot.ui.trouble import trouble_of, with_retries
from bot.ui.types import AnyInteraction

log = logging.getLogger(__name__)
T = TypeVar("T")


class DiscordDelivery(Delivery):
    """The status messages of jobs, and direct messages where a channel is out of reach."""

    def __init__(
        self, client: discord.Client, rendering: Rendering, clock: Clock, answers: AnswerTokens
    ):
        self._client = client
        self._rendering = rendering
        self._clock = clock
        self._answers = answers

    @override
    async def show(self, job: Job, standing: Standing) -> int:
        return await self._write(
            job,
            lambda shown: self._rendering.status(shown, standing),
            None,
            lambda: job_view(job),
            if_out_of_reach="" if job.status in ENDED else OUT_OF_REACH,
        )

    @override
    async def deliver(self, job: Job, file: Attachment | None) -> int:
        def view() -> discord.ui.View:
            return result_view(job, self._rendering.catalogue)

        return await self._write(job, lambda shown: self._result(shown, file), file, view)

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
                nonce=nonce_of(job, "end" if job.status is Status.STORED else "failure"),
                allowed_mentions=mentions,
                reference=status.to_reference(fail_if_not_exists=False),
            )

        await with_retries(send)

    @override
    async def show_directly(self, job: Job, standing: Standing) -> None:
        await self._send_directly(job, lambda one: self._rendering.status(one, standing), None)

    @override
    async def deliver_directly(self, job: Job, file: Attachment | None) -> None:
        await self._send_directly(job, lambda one: self._result(one, file), file)

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
        with suppress(Unreachable):
            # A database that was put back has announcements that became jobs since.
            if (await self.shown(channel_id, message_id)).status is not Status.CREATED:
                log.info("an answer without a job shows one: it stays as it is")
                return
        await self._close(channel_id, message_id, TAKEN_BACK)

    def _result(self, job: Job, file: Attachment | None) -> str:
        return result(self._rendering, job, file, ready_at=self._clock.now())

    @override
    async def erase(self, job: Job, channel_id: int, message_id: int) -> None:
        # Any other id than the row's is a button's word, which may be forged.
        if message_id != job.place.message_id:
            channel = self._client.get_partial_messageable(channel_id)
            message = await with_retries(lambda: channel.fetch_message(message_id))
            if not any(is_button_of(job, each) for each in custom_ids(message.components)):
                log.warning("job %d: the message to be erased isn't its own", job.id)
                return
        await self._close(channel_id, message_id, deleted(job))

    async def _close(self, channel_id: int, message_id: int, text: str) -> None:
        """Leave nothing but a text of a message."""
        channel = self._client.get_partial_messageable(channel_id)
        message = channel.get_partial_message(message_id)

        async def edit() -> None:
            await message.edit(content=text, attachments=[], view=no_buttons())

        try:
            await with_retries(edit)
        except (Unreachable, TextRefused) as gone:
            if not await self._edit_answer(message_id, text, list[discord.File], no_buttons):
                raise Unreachable(str(gone)) from gone

    async def _write(
        self,
        job: Job,
        text: Callable[[Job], str],
        file: Attachment | None,
        view: Callable[[], discord.ui.View],
        *,
        if_out_of_reach: str = "",
    ) -> int:
        """Write the status message, or a new one where the old is out of reach; return the id.

        Where the bot's token does neither, that of the interaction may still edit the message; the
        text `if_out_of_reach` then stands below.
        """

        async def write(shown: Job) -> int:
            try:
                return await self._edit_or_post(shown, text(shown), file, view)
            except Unreachable:
                message_id, words = job.place.message_id, f"{text(shown)}{if_out_of_reach}"
                if message_id is None or not await self._edit_answer(
                    message_id, words, lambda: files_of(shown, file), view
                ):
                    raise
                return message_id

        return await without_refused_words(job, write)

    async def _edit_or_post(
        self, job: Job, text: str, file: Attachment | None, view: Callable[[], discord.ui.View]
    ) -> int:
        channel = self._client.get_partial_messageable(job.place.channel_id)

        async def put() -> int:
            message_id = job.place.message_id
            if message_id is not None:
                message = channel.get_partial_message(message_id)
                with _ignore_out_of_reach():
                    # Files are made anew for each attempt: a used discord.File uploads nothing.
                    await message.edit(content=text, attachments=files_of(job, file), view=view())
                    return message_id
            nonce = nonce_of(job, "video" if file else "status")
            new = await channel.send(text, files=files_of(job, file), view=view(), nonce=nonce)
            return new.id

        return await with_retries(put)

    async def _edit_answer(
        self,
        message_id: int,
        text: str,
        files: Callable[[], list[discord.File]],
        view: Callable[[], discord.ui.View],
    ) -> bool:
        """Edit a message by the token of its interaction; return False if that doesn't do it.

        Raises TooLargeHere, FileRefused and TextRefused.
        """
        answer = self._answers.of(message_id)
        if answer is None:
            return False
        try:
            await with_retries(lambda: answer.edit(text, files(), view()))
        except (TooLargeHere, FileRefused, TextRefused):
            raise
        except Undeliverable as trouble:
            log.info("an answer can't be edited by its own token: %s", trouble)
            return False
        log.info("an answer is out of reach of the bot's token; its own token edited it")
        return True

    async def _send_directly(
        self, job: Job, text: Callable[[Job], str], file: Attachment | None
    ) -> None:
        """Send a message to the member alone, without buttons: those are for the server."""
        member = discord.Object(job.place.member_id)

        async def write(shown: Job) -> None:
            async def send() -> None:
                channel = await self._client.create_dm(member)
                await channel.send(
                    f"{direct_message_heading(shown)}\n{text(shown)}",
                    files=files_of(shown, file),
                    nonce=nonce_of(shown, "direct"),
                )

            await with_retries(send)

        await without_refused_words(job, write)


async def show_again(
    interaction: AnyInteraction,
    job: Job,
    text: Callable[[Job], str],
    file: Attachment | None,
    view: discord.ui.View,
) -> None:
    """Put a finished video into the answer of a command or button.

    Raises TooLargeHere, and Refusal where Discord doesn't take it.
    """

    async def write(shown: Job) -> None:
        async def edit() -> None:
            await interaction.edit_original_response(
                content=text(shown), attachments=files_of(shown, file), view=view
            )

        await with_retries(edit)

    try:
        await without_refused_words(job, write)
    except TooLargeHere:
        raise
    except FileRefused as refusal:
        log.warning("job %d: its file isn't taken: %s", job.id, refusal)
        raise NotPossible(
            "Discord refuses this file here. Nothing is lost: please try it in another channel."
        ) from refusal
    except Undeliverable as trouble:
        log.warning("job %d: can't be shown: %s", job.id, trouble)
        raise NotPossible("Discord doesn't take it here right now; please try again.") from trouble


@contextmanager
def _ignore_out_of_reach() -> Generator[None]:
    """Go on where a message is gone or can't be edited: a new one may still be posted."""
    try:
        yield
    except discord.HTTPException as error:
        if not isinstance(trouble_of(error), Unreachable | TextRefused):
            raise
        log.info("a status message is out of reach: HTTP %d, code %d", error.status, error.code)
