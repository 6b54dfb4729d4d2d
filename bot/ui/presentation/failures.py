"""The reasons why a job ended without a video, in words for its member."""

from bot.domain.jobs.error_words import CONTENT_TYPE
from bot.domain.jobs.job import RELEASED, Failure, Job
from bot.domain.jobs.unkept import Unkept
from bot.domain.markup import between_bars
from bot.domain.text import literal
from bot.ports import Standing

_CONTENT_ADVICE = "use other words or another picture"
# fal's own words on an error: enough for a sentence or two.
_SHOWN_WORDS = 200
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
    "storage": "for a long time its storage didn't take your file",
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


def why_failed(job: Job) -> str:
    """Return the reason why a job ended without a video, and what to do next."""
    reason = _REASONS.get(job.failure_type or "", "")
    if not reason and job.failure_words:
        words = literal(job.failure_words, _SHOWN_WORDS)
        # fal may quote what the member covered.
        reason = f"it says {between_bars(words) if job.has_covered_words else words}"
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
            known = f": {reason}" if job.failure_type == "storage" else ""
            return f"fal had a problem of its own{known}. Nothing was charged; please try again."
        case Failure.FILE_LOST:
            return f"fal made it, {_file_trouble(job)}."
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


def _file_trouble(job: Job) -> str:
    if job.failure_type in {None, Unkept.LOST}:
        return "then lost the file"
    if job.failure_type == Unkept.UNUSABLE:
        return "but its file never was a usable video"
    return "but I couldn't fetch it for as long as fal keeps files"


def unit_note(standing: Standing) -> str:
    """Return whether the failed job counts towards its member's quota, in a sentence."""
    if standing.counts:
        return "It counts towards your quota, as fal may have charged for it."
    return "It doesn't count towards your quota."
