"""The parts of every post about a job: its file, its nonce, and its words, or a note in their
place where Discord refuses them.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import discord

from bot.domain.jobs.job import Job
from bot.ports import Attachment, TextRefused, Unreachable
from bot.ui.presentation.results import alt_text
from bot.ui.presentation.status import without_words

log = logging.getLogger(__name__)
T = TypeVar("T")


async def without_refused_words(job: Job, write: Callable[[Job], Awaitable[T]]) -> T:
    """Write of a job; where Discord refuses its words, write again with a note in their place.

    Raises Undeliverable, but not TextRefused.
    """
    try:
        return await write(job)
    except TextRefused as refusal:
        log.warning("job %d: Discord refuses its words: %s", job.id, refusal)
    try:
        return await write(without_words(job))
    except TextRefused as refusal:
        raise Unreachable(str(refusal)) from refusal


def nonce_of(job: Job, what: str) -> str:
    """Return the nonce of a job's post, by which Discord recognizes a repeated one."""
    # Discord takes 25 characters. Half of the tag is enough to be no other database's job.
    name = f"pika-{job.id}" if job.tag is None else job.tag[:16]
    return f"{name}-{what}"


def files_of(job: Job, file: Attachment | None) -> list[discord.File]:
    """Return the file of a job's message, anew for each attempt: a used one uploads nothing."""
    if file is None:
        return []
    name = f"pika-{job.id}{file.path.suffix}"
    description = alt_text(job)
    return [discord.File(file.path, filename=name, description=description, spoiler=job.spoiler)]
