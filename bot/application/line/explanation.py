"""Explanation of a line that stands still, for the operator."""

from dataclasses import dataclass

from bot.application.line.incidents import Incidents
from bot.application.line.keep_guard import KeepGuard
from bot.application.line.line_state import LineState
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.line.held import Held, held_by


@dataclass(frozen=True, slots=True)
class ExplainLine:
    """Lists everything that holds the line of the running bot."""

    line: LineState
    guard: KeepGuard
    """Knows why finished videos can't be kept."""
    incidents: Incidents
    """Know why fal takes no videos."""

    def __call__(self) -> list[Held]:
        """Return what holds the line or a part of it; empty if nothing does."""
        line = self.line
        flags = {
            HoldReason.DRAINING: line.is_draining,
            HoldReason.ASIDE: line.is_aside,
            HoldReason.CHECKING: line.is_checking,
        }
        held = [held_by(reason) for reason, holds in flags.items() if holds]
        held += [Held(reason=HoldReason.KEEPING, text=text) for text in self.guard.troubles()]
        incidents = self.incidents.texts()
        held += [Held(reason=reason, text=text) for reason, text in incidents]
        pause = line.breaker.fal
        if pause is not None and pause.hold not in {reason for reason, _ in incidents}:
            held.append(held_by(pause.hold))
        return held
