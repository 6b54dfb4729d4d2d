"""Incidents in words for the owner: fal's own reason, and the cure that fits it."""

import re
from collections.abc import Mapping

from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.line.breaker import Incident
from bot.domain.text import literal

_LONGEST_REASON = 300
_GOES_ON = "Nothing is lost: videos in line keep their places, and the line goes on by itself."
_TOP_UP = "Top it up at https://fal.ai/dashboard/billing."
_SUPPORT = "Money alone doesn't open that: do what fal says there, or ask fal's support about it."
_LIMIT = "Raise that limit at https://fal.ai/dashboard/billing, or wait until its period is over."
# The first whose words stand in fal's reason for a locked account. fal documents none of them.
_LOCK_CURES = (
    (re.compile(r"exhausted|top.?up|insufficient|balance", re.IGNORECASE), _TOP_UP),
    (re.compile(r"spending|budget|limit", re.IGNORECASE), _LIMIT),
    (re.compile(r"admin|support|contact|suspend|review|terms|abuse", re.IGNORECASE), _SUPPORT),
    (re.compile(r"credit|payment|billing|invoice", re.IGNORECASE), _TOP_UP),
)


def begin_text(incident: Incident, reason: str, *, most_unclear: int) -> str:
    """Return what has happened and what to do; `reason` is fal's own, or empty.

    `most_unclear` is the number of unclear answers that pauses an endpoint.
    """
    said = f" fal says: {literal(reason, _LONGEST_REASON)}." if reason else ""
    match incident:
        case HoldReason.KEY, str(endpoint):
            return (
                f"fal refuses videos for {endpoint} and takes others: see at"
                f" https://fal.ai/dashboard/keys whether FAL_KEY may use it.{said} {_GOES_ON}"
            )
        case HoldReason.CREDIT, _:
            return _locked_text(reason)
        case HoldReason.KEY, _:
            return (
                "fal refuses FAL_KEY: make a new key at https://fal.ai/dashboard/keys, give it"
                f" to the bot and restart it.{said} {_GOES_ON}"
            )
        case _, endpoint:
            return (
                f"fal's answers to the last {most_unclear} videos or more for"
                f" {endpoint} leave open whether it took them."
                " `python -m bot jobs` lists them as uncertain; the bot looks for them at fal"
                f" and sends none twice. {_GOES_ON}"
            )


def end_text(endpoint: str | None) -> str:
    """Return that fal takes videos again: all, or with `endpoint` those of one endpoint."""
    scope = f" for {endpoint}" if endpoint else ""
    return f"fal takes videos again{scope}: the line goes on."


def refused_text(videos: Mapping[int, bool]) -> str:
    """Return how many of the latest videos fal refused at first; empty if none.

    `videos` tells of each job whether it was refused.
    """
    refused = sum(videos.values())
    return f"fal refused {refused} of the last {len(videos)} videos at first." if refused else ""


def _locked_text(reason: str) -> str:
    if not reason:
        return (
            "fal says that the account is locked, as it does when its credit is used up:"
            f" top it up at https://fal.ai/dashboard/billing. {_GOES_ON}"
        )
    cure = next((cure for words, cure in _LOCK_CURES if words.search(reason)), _SUPPORT)
    quoted = literal(reason, _LONGEST_REASON)
    return f"fal says that the account is locked: {quoted}. {cure} {_GOES_ON}"
