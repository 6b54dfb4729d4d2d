"""Texts about jobs on their way: status messages, lists, expected times, cancellations.

Short, warm and exact; nothing that a member typed can ping, format or link.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from bot.domain.catalogue.models import Catalogue
from bot.domain.catalogue.prices import Price
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import DeliveredAs, Job, Status
from bot.domain.jobs.unkept import OURS, Unkept
from bot.domain.markup import without_bars
from bot.domain.text import literal as text_literal
from bot.ports import Standing
from bot.ui.presentation.failures import unit_note, why_failed

_SHOWN_PROMPT = 300

_UNKNOWN_YET = "unknown yet"


def literal(text: str, most: int = _SHOWN_PROMPT) -> str:
    """Return text as a code span, in which Discord parses nothing."""
    return text_literal(text, most)


def covered(words: str, job: Job) -> str:
    """Return words between spoiler bars, if the job's member covered some of theirs."""
    return f"||{words}||" if job.has_covered_words else words


def quoted(job: Job, most: int = _SHOWN_PROMPT) -> str:
    """Return a job's prompt as a code span, which is covered if its member covered some of it."""
    return covered(literal(without_bars(job.prompt), most), job)


def since(milliseconds: int) -> str:
    """Return a moment that Discord shows as "5 minutes ago", each reader's own clock."""
    return f"<t:{milliseconds // 1000}:R>"


def price(job: Job) -> str:
    return str(Price(job.price, job.price_assumed))


class Rendering:
    """Texts about jobs. The catalogue gives models their names."""

    def __init__(self, catalogue: Catalogue):
        self._catalogue = catalogue

    @property
    def catalogue(self) -> Catalogue:
        return self._catalogue

    def status(self, job: Job, standing: Standing) -> str:
        """Return the status message of a job on its way, or one that ended without a video."""
        return f"{_headline(job, standing)}\n> {quoted(job)}\n-# {self.facts(job)}"

    def facts(self, job: Job) -> str:
        """Return one line: the member, the model, the format, the price, the number."""
        parts = [
            f"<@{job.place.member_id}>",
            self.model(job),
            str(job.arguments.get("aspect_ratio", "")),
            job.resolution or "",
            f"{job.seconds} s" if job.seconds else "",
            price(job),
            f"counts as {job.units}" if job.units > 1 else "",
            f"#{job.id}",
        ]
        return " · ".join(part for part in parts if part)

    def model(self, job: Job) -> str:
        model = self._catalogue.get(job.model)
        return model.name if model else job.model

    def listed(self, job: Job, standing: Standing) -> str:
        """Return a job as one line of a list."""
        return f"**#{job.id}** {_state(job, standing)} · {quoted(job, 60)} · {price(job)}"


OUT_OF_REACH = (
    "\n-# I can't post here any more: if this stays as it is, your video comes as a direct message,"
    " or `/pika show` posts it."
)
"""Stands below a status that only the token of its interaction could still write, for minutes."""
_WORDLESS = "(Discord refused the words of this video here)"
TAKEN_BACK = (
    "😴 I was restarted before I could take this request in. Nothing was charged; please ask again."
)


def _state(job: Job, standing: Standing) -> str:
    ready = usually_ready(standing)
    match job.status:
        case Status.CREATED if standing.hold is not None:
            return f"paused: {_HOLDS[standing.hold]}"
        case Status.CREATED if job.attempts:
            return f"waiting: {_own_trouble(job)}"
        case Status.CREATED if standing.place:
            return f"in line, place {standing.place}, {usually_your_turn(standing)}"
        case Status.CREATED | Status.SUBMITTING:
            return "on its way to fal"
        case Status.RUNNING if job.running_at is not None:
            return f"rendering, started {since(job.running_at)}, {ready}"
        case Status.SUBMITTED:
            return f"at fal, starting soon, {ready}"
        case Status.UNCERTAIN:
            return "being looked for at fal"
        case Status.SUCCEEDED | Status.STORED:
            known = standing.unkept is not None
            return f"made, but {_unkept(standing)}" if known else "finished, on its way here"
        case Status.DELIVERED if job.is_kept:
            return "finished, but I couldn't post it: `/pika show` tries again"
        case _:
            return str(job.status)


def _headline(job: Job, standing: Standing) -> str:
    canceling = " · canceling, if fal still can" if job.cancel_requested_at is not None else ""
    ready = usually_ready(standing)
    match job.status:
        case Status.CREATED:
            return _in_line(job, standing)
        case Status.SUBMITTED:
            return f"⏳ **At fal** · starting soon · {ready}{canceling}"
        case Status.RUNNING if job.running_at is not None:
            return f"🎬 **Rendering** · started {since(job.running_at)} · {ready}{canceling}"
        case Status.UNCERTAIN:
            return (
                "🔎 **Checking with fal** · its answer got lost, so I'm looking for your video"
                " there. It's never sent twice."
            )
        case Status.SUCCEEDED:
            return f"📥 **Made** · {_unkept(standing)}."
        case Status.DELIVERED if job.is_refused_here:
            return _refused_here(job)
        case Status.DELIVERED:
            return (
                f"📦 **Finished** · I couldn't post it here; `/pika show` with `{job.id}` tries"
                " again."
            )
        case Status.CANCELED:
            return "🚫 **Canceled** · nothing was charged."
        case Status.FAILED:
            return f"❌ **No video** · {why_failed(job)} {unit_note(standing)}"
        case _:
            return "⏳ **Nearly there**"


def _refused_here(job: Job) -> str:
    made = "📦 **Finished and charged** · Discord refused the file of this video here"
    if job.delivered_as is DeliveredAs.DIRECT:
        return f"{made}, so I sent it to you directly."
    name = PurePosixPath(job.video or "").name
    return (
        f"{made}, and I couldn't send it to you directly; please try `/pika show` with `{job.id}`"
        f" in another channel. The bot's owner keeps it as `{name}`."
    )


def without_words(job: Job) -> Job:
    """Return the job as it is shown where Discord refuses its words: its own, and fal's."""
    return replace(job, prompt=_WORDLESS, failure_words=None)


# By the sign that the headlines above begin with. A video's own message is known by its buttons.
_SIGNS = {
    "⏳ **At fal**": Status.SUBMITTED,
    "🎬": Status.RUNNING,
    "🔎": Status.UNCERTAIN,
    "📥": Status.SUCCEEDED,
    "📦": Status.DELIVERED,
    "🗑️": Status.DELIVERED,
    "🚫": Status.CANCELED,
    "❌": Status.FAILED,
}
_OF_A_RESULT = re.compile(r"job:[a-z0-9]+:(again|edit|hq|continue|join|delete)")


def shown_status(content: str, buttons: Iterable[str]) -> Status:
    """Return the status that a message of the bot shows; `created` where it shows nothing later.

    `buttons` are the message's custom ids.
    """
    if any(_OF_A_RESULT.fullmatch(button) for button in buttons):
        return Status.DELIVERED
    signs = (status for sign, status in _SIGNS.items() if content.startswith(sign))
    return next(signs, Status.CREATED)


# For members, so nothing of the account.
_HOLDS = {
    HoldReason.CHECKING: (
        "the bot came back from a backup, so it makes sure that nothing is sent twice"
    ),
    HoldReason.DRAINING: "the bot is shut down for maintenance; your video goes on when it is back",
    HoldReason.KEEPING: "the bot can't keep videos right now",
    HoldReason.ASIDE: "a second copy of the bot is running, and only one may make videos",
    HoldReason.CREDIT: "the bot's account at fal needs its owner",
    HoldReason.KEY: "the bot's account at fal needs its owner",
    HoldReason.BUSY: "fal asks the bot to slow down",
    HoldReason.AWAY: "fal can't be reached right now",
    HoldReason.FAULTY: "fal has trouble taking videos right now",
    HoldReason.ALONE: "fal takes other videos, but not this one; I try it again now and then",
}


def _in_line(job: Job, standing: Standing) -> str:
    if standing.hold is not None:
        what = "Checking with fal" if standing.hold is HoldReason.CHECKING else "Paused"
        return f"⏸️ **{what}** · {_HOLDS[standing.hold]}; your place is kept."
    if job.attempts:
        return f"⏸️ **Waiting** · {_own_trouble(job)}; your place is kept."
    turn = f" · {usually_your_turn(standing)}" if standing.turn_at is not None else ""
    return f"⏳ **In line** · place {standing.place}{turn}"


def _unkept(standing: Standing) -> str:
    """Return the reason why a finished video isn't here yet."""
    match standing.unkept:
        case Unkept.LOST:
            return "fal doesn't give me its file right now; I keep asking"
        case Unkept.UNUSABLE:
            return "fal's file isn't a usable video yet; I keep asking"
        case Unkept() as reason if reason in OURS:
            return "the bot can't keep videos right now; I keep trying"
        case _:
            return "fetching it takes longer than usual; I keep trying"


def _own_trouble(job: Job) -> str:
    """Return the reason why this job can't be sent though others can."""
    if job.errors:
        return "something went wrong on my side, and I try again by myself"
    return "fal isn't taking the picture right now"


def cancellation(job: Job) -> str:
    """Return the outcome of a request to cancel."""
    match job.status:
        case Status.CANCELED:
            return f"🚫 Video #{job.id} is canceled; nothing was charged."
        case Status.DELIVERED | Status.FAILED:
            return f"Video #{job.id} has already ended ({job.status}); there's nothing to cancel."
        case Status.SUCCEEDED | Status.STORED:
            return f"Video #{job.id} is already made and paid for, so it will be posted."
        case Status.RUNNING:
            return f"Video #{job.id} is already rendering; fal finishes and charges it, so it will be posted."
        case _:
            return (
                f"I'm asking fal to cancel video #{job.id}. If it has begun by then, it is finished,"
                " charged and posted; its message will say."
            )


def usually_ready(standing: Standing) -> str:
    """Return the time at which a video that is at fal is usually ready.

    The text stays true for as long as it stands: it promises nothing.
    """
    span = standing.ready_at
    if span is None:
        return f"time left {_UNKNOWN_YET}"
    first, last = since(span.p50), since(span.p90)
    return f"usually ready {first}" if first == last else f"usually ready {first}, at times {last}"


def usually_your_turn(standing: Standing) -> str:
    """Return the time at which a job in line usually gets to fal."""
    if standing.turn_at is None:
        return f"your turn {_UNKNOWN_YET}"
    return f"usually your turn {since(standing.turn_at)}"
