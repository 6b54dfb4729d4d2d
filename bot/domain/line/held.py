"""Holds of the line in words for the operator."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.jobs.hold_reason import HoldReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One reason why the line, or a part of it, stands still."""

    reason: HoldReason
    """The kind of reason."""
    text: str
    """A sentence without its capital and full stop; without `fix` it names the cure itself."""
    fix: str | None = None
    """The cure."""
    passes: bool = False
    """True if the line goes on without anybody's help."""


_HELD: Mapping[HoldReason, Held] = {
    held.reason: held
    for held in (
        Held(
            reason=HoldReason.DRAINING,
            text="the bot is draining: it takes no requests, and ends once all is delivered",
            fix="start it again once it has ended",
            passes=True,
        ),
        Held(
            reason=HoldReason.ASIDE,
            text="another process answers with this bot's token, so this one sends nothing to fal",
            fix=(
                "end one of the two by `python -m bot drain` there, or make a new token at"
                " discord.com/developers/applications, page Bot, for the one that stays"
            ),
        ),
        Held(
            reason=HoldReason.CHECKING,
            text="the database is a copy: fal is asked first what was sent after it was made",
            passes=True,
        ),
        Held(
            reason=HoldReason.BUSY,
            text="fal asks for fewer requests: the line goes on once it takes videos again",
            passes=True,
        ),
        Held(
            reason=HoldReason.AWAY,
            text="fal can't be reached: the line goes on once it can",
            passes=True,
        ),
    )
}


def held_by(reason: HoldReason) -> Held:
    """Return a hold in its usual words."""
    unsure = f"fal turned videos away ({reason}): single ones are tried until it takes them"
    return _HELD.get(reason, Held(reason=reason, text=unsure, passes=True))
