"""How the pipeline paces itself."""

from dataclasses import dataclass

from bot.domain.retry import Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Paces, and deadlines in seconds."""

    poll: Pace
    retry: Pace
    reconcile: Pace
    submit_within: float
    uncertain_for: float
    picture_lifetime: int
