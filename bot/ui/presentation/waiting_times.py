"""What members read of how long things take. Discord keeps these times up to date by itself."""

from bot.ports import Standing

_UNKNOWN_YET = "unknown yet"


def usually_ready(standing: Standing) -> str:
    """Return when a video that is at fal is usually ready.

    True for as long as it stands: it says what is usual, not what will be.
    """
    span = standing.ready_at
    if span is None:
        return f"time left {_UNKNOWN_YET}"
    first, last = _relative(span.p50), _relative(span.p90)
    return f"usually ready {first}" if first == last else f"usually ready {first}, at times {last}"


def usually_your_turn(standing: Standing) -> str:
    """Return when a job in line usually gets to fal."""
    if standing.turn_at is None:
        return f"your turn {_UNKNOWN_YET}"
    return f"usually your turn {_relative(standing.turn_at)}"


def _relative(milliseconds: int) -> str:
    return f"<t:{milliseconds // 1000}:R>"
