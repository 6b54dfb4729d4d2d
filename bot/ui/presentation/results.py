"""Texts about finished videos: results, details, alt text, smaller copies, direct messages."""

import re
from pathlib import PurePosixPath

from bot.domain.jobs.job import Argument, DeletedBy, Job, Status
from bot.domain.markup import without_bars
from bot.ports import Attachment
from bot.ui.presentation.status import Rendering, covered, literal, price, quoted, since

# Discord's limit for an attachment's description.
_ALT_TEXT = 1024
# And for a message's text.
_LONGEST = 2000
# Ends of a text that is cut within a code span.
_CUT, _CUT_COVERED = "`…", "`…||"
# Arguments that are picked from lists, so that they hold no words of the member.
_PICKED = {"resolution", "duration", "aspect_ratio", "ingredients_mode", "pikaffect"}
_BEGIN_WITH_A_VOWEL = {8, 11, 18}


def result(rendering: Rendering, job: Job, file: Attachment | None, *, ready_at: int) -> str:
    """Return the text above a finished video."""
    note = "" if file is not None and file.is_whole else f"{_smaller(job, file)}\n"
    seed_and_time = f"seed {job.seed} · took {took(ready_at - job.created_at)}"
    return f"{note}> {quoted(job)}\n-# {rendering.facts(job)} · {seed_and_time}"


def direct_message_heading(job: Job) -> str:
    """Return the first line of a direct message: its reader asked for a video somewhere else."""
    return f"I couldn't post this in <#{job.place.channel_id}>. Your video #{job.id}:"


def details(rendering: Rendering, job: Job) -> str:
    """Return everything that was sent to fal, for members who want to read or repeat it."""
    lines = [f"**Video #{job.id}** · {rendering.model(job)} · {job.status} · {price(job)}"]
    lines += [f"-# asked {since(job.created_at)}"]
    for name, value in job.arguments.items():
        lines += _detail(job, name, value)
    text = "\n".join(lines)
    if len(text) <= _LONGEST:
        return text
    kept = text[: _LONGEST - len(_CUT_COVERED)]
    is_covered = "||`" in kept.rpartition("\n")[2]
    return f"{kept}{_CUT_COVERED if is_covered else _CUT}"


def _detail(job: Job, name: str, value: Argument) -> list[str]:
    """Return one of fal's arguments as it was sent; of transitions, a line each.

    Where its member covered words, the lines that can hold some of them are covered.
    """
    if not isinstance(value, str | int):
        return [
            line
            for number, transition in enumerate(value, 1)
            for line in _detail(
                job, f"{name} {number}, {transition['duration']} s", transition["prompt"]
            )
        ]
    if isinstance(value, int):
        return [f"**{name}** {literal(str(value))}"]
    lines = value.split("\n")
    own = set(lines)
    if name == "prompt" and (words := without_bars(job.prompt)) in own:
        # The other lines are the operator's.
        own = {words}
    elif name in _PICKED:
        own = set[str]()
    first, *rest = [
        covered(literal(line, 1000), job) if line in own else literal(line, 1000) for line in lines
    ]
    return [f"**{name}** {first}", *rest]


def alt_text(job: Job) -> str:
    """Return the video's description for screen readers."""
    article = "An" if job.seconds in _BEGIN_WITH_A_VOWEL else "A"
    length = f"{article} {job.seconds}-second video" if job.seconds else "A video"
    return length if job.has_covered_words else f"{length}: {job.prompt}"[:_ALT_TEXT]


def deleted(job: Job) -> str:
    """Return the text that stands in the place of a deleted video."""
    by = f" by {job.deleted_by.words}" if job.deleted_by else ""
    return f"🗑️ **Video #{job.id} was deleted**{by}."


_DELETED = re.compile(r"🗑️ \*\*Video #\d+ was deleted\*\*(?: by (.+))?\.")


def shown_deletion(content: str) -> DeletedBy | None:
    """Return the person who deleted the video, if that is what the message says."""
    match = _DELETED.fullmatch(content)
    if match is None:
        return None
    return next((by for by in DeletedBy if by.words == match[1]), DeletedBy.MAKER)


def _smaller(job: Job, file: Attachment | None) -> str:
    """Return the note above a video that isn't posted as fal made it."""
    name = PurePosixPath(job.video or "").name
    keeps = f"the bot's owner keeps the whole video as `{name}`."
    if file is None:
        return f"📦 **Finished, but too large for this place** · {keeps}"
    if not file.is_video:
        return f"📦 **Finished, but too large for this place** · this is a frame of it; {keeps}"
    return f"-# A smaller copy, as this place takes no larger files; {keeps}"


def mention(job: Job) -> str:
    """Return the short reply at a job's end."""
    who = f"<@{job.place.member_id}>"
    if job.status is Status.FAILED:
        return f"{who} your video #{job.id} didn't work out; the reason is above."
    if job.is_refused_here:
        return f"{who} your video #{job.id} is finished, but Discord refused its file; see above."
    if job.is_kept:
        return f"{who} your video #{job.id} is finished, but I can't post it; see above."
    return f"{who} your video is ready."


def took(milliseconds: int) -> str:
    """Return a duration in words."""
    minutes, seconds = divmod(max(1, round(milliseconds / 1000)), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
