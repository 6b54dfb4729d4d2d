"""Texts about jobs on their way: status messages, lists, expected times, cancellations.

Short, warm and exact; nothing that a member typed can ping, format or link.
"""

from bot.domain.catalogue.models import Catalogue
from bot.domain.catalogue.prices import Price
from bot.domain.jobs.error_words import CONTENT_TYPE
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import RELEASED, Failure, Job, Status
from bot.domain.text import literal as text_literal
from bot.ports import Standing

_SHOWN_PROMPT = 300

# fal's own words on an error: enough for a sentence or two.
_SHOWN_WORDS = 200
_CONTENT_ADVICE = "use other words or another picture"
_UNKNOWN_YET = "unknown yet"

# fal's error types (https://fal.ai/docs/documentation/model-apis/errors) in plain words.
_REASONS = {
    "content_policy_violation": "its content check said no",
    "image_too_small": "the picture is too small",
    "image_too_large": "the picture is too large",
    "image_load_error": "the picture couldn't be read",
    "file_download_error": "the picture couldn't be fetched",
    "file_too_large": "the file is too large",
    "no_media_generated": "it made no video of this",
    "refused_alone": "for a long time it took other videos, but not this one",
    "forgotten": "fal no longer knows this request",
}
_OPTIONS = {
    "image_url": "image",
    "image_urls": "image",
    "video_url": "video",
    "pikaffect": "effect",
    # Of several pictures, any.
    "upload": "image",
}


def literal(text: str, most: int = _SHOWN_PROMPT) -> str:
    """Return text as a code span, in which Discord parses nothing."""
    return text_literal(text, most)


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
        return f"{_headline(job, standing)}\n> {literal(job.prompt)}\n-# {self.facts(job)}"

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
        prompt = literal(job.prompt, 60)
        return f"**#{job.id}** {_state(job, standing)} · {prompt} · {price(job)}"


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
            return "finished, on its way here"
        case Status.DELIVERED if job.is_kept:
            return "finished, but I couldn't post it: `/pika show` does"
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
            return "📥 **Made** · fetching it takes longer than usual; I keep trying."
        case Status.DELIVERED:
            return f"📦 **Finished** · I couldn't post it here; `/pika show` with `{job.id}` does."
        case Status.CANCELED:
            return "🚫 **Canceled** · nothing was charged."
        case Status.FAILED:
            return f"❌ **No video** · {_why(job)} {_unit(standing)}"
        case _:
            return "⏳ **Nearly there**"


# For members, so nothing of the account.
_HOLDS = {
    HoldReason.CHECKING: (
        "the bot came back from a backup, so it makes sure that nothing is sent twice"
    ),
    HoldReason.DRAINING: "the bot is shut down for maintenance; your video goes on when it is back",
    HoldReason.DISK: "the bot's disk is full",
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


def _own_trouble(job: Job) -> str:
    """Return the reason why this job can't be sent though others can."""
    if job.errors:
        return "something went wrong on my side, and I try again by myself"
    return "fal isn't taking the picture right now"


def _why(job: Job) -> str:
    reason = _REASONS.get(job.failure_type or "", "")
    if not reason and job.failure_words:
        reason = f"it says {literal(job.failure_words, _SHOWN_WORDS)}"
    option = f" `{_OPTIONS.get(job.failure_field, job.failure_field)}`" if job.failure_field else ""
    because = f": {reason}" if reason else ""
    match job.failure:
        case Failure.REFUSED:
            advice = _CONTENT_ADVICE if job.failure_type == CONTENT_TYPE else "change it"
            return (
                f"fal refused{option or ' it'}{because}. Nothing was charged; please {advice} and"
                " try again."
            )
        case Failure.MODEL_ERROR:
            advice = f" Please {_CONTENT_ADVICE}." if job.failure_type == CONTENT_TYPE else ""
            blamed = " the words or the picture" if advice else " an error"
            return f"fal couldn't make it because of{option or blamed}{because}.{advice}"
        case Failure.SERVICE_ERROR:
            return "fal had a problem of its own. Nothing was charged; please try again."
        case Failure.FILE_LOST:
            return "fal made it, then lost the file."
        case Failure.OWN_ERROR if job.video_url is None:
            return (
                "something went wrong on my side. Nothing was charged; please ask again, and if it"
                f" stays so tell the bot's owner this reference: `#{job.id}`."
            )
        case Failure.OWN_ERROR:
            return (
                "fal made it, but something went wrong on my side; please tell the bot's owner this"
                f" reference: `#{job.id}`."
            )
        case _ if job.failure_type == RELEASED:
            return (
                "fal never said what became of it, and the bot's owner has closed it; you're"
                " welcome to ask again."
            )
        case _:
            return (
                "fal never said what became of it, and I never send a video twice by myself;"
                " you're welcome to ask again."
            )


def _unit(standing: Standing) -> str:
    if standing.counts:
        return "It counts towards your quota, as fal may have charged for it."
    return "It doesn't count towards your quota."


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
