"""When fal doesn't take videos: what pauses the line, and what lets it go on.

While something is paused, one job at a time is sent to find out whether fal takes videos again: the
first in line, at a pace that grows. What fal says to that one decides for all.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from bot.domain.fal import Accepted, NotTaken, Rejected, Submission, Unknown
from bot.domain.halt import OWNERS_BUSINESS, Halt
from bot.domain.retry import Pace

Incident: TypeAlias = tuple[Halt, str | None]
"""What the owner should know of: a halt, and the endpoint where it isn't all of fal."""

# Two endpoints that fail are taken for all of fal.
_SEVERAL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """`since` when (Unix milliseconds), and when the next job is `due` to find out anew.

    `failures` counts the jobs that were sent to find out, and weren't taken.
    """

    halt: Halt
    since: int
    due: int
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The pace of finding out, and how many unclear answers in a row pause an endpoint."""

    pace: Pace
    most_unclear: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of sending a job: when it was sent, and when that was known (Unix milliseconds)."""

    endpoint: str
    submission: Submission
    sent_at: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """What of fal is paused. `unclear` counts answers in a row that left an outcome open."""

    fal: Pause | None = None
    endpoints: Mapping[str, Pause] = field(default_factory=dict[str, Pause])
    unclear: Mapping[str, int] = field(default_factory=dict[str, int])

    def halt_of(self, endpoint: str | None) -> Halt | None:
        """Return why jobs of an endpoint aren't sent; of None, why none at all is."""
        pause = self._pause_of(endpoint)
        return pause.halt if pause else None

    def has_paused_since(self, endpoint: str, at: int) -> bool:
        """Say whether an endpoint was paused after that time, and still is."""
        pause = self._pause_of(endpoint)
        return pause is not None and pause.since > at

    def _pause_of(self, endpoint: str | None) -> Pause | None:
        return self.fal or (self.endpoints.get(endpoint) if endpoint else None)

    def is_shut(self, at: int, trying: Collection[str]) -> bool:
        """Say whether nothing may be sent now; `trying` are the endpoints being sent to."""
        return self.fal is not None and (bool(trying) or self.fal.due > at)

    def shut_endpoints(self, at: int, trying: Collection[str]) -> frozenset[str]:
        """Return the endpoints that nothing may be sent to now, while others may be."""
        if self.fal is not None:
            return frozenset()
        paused = self.endpoints.items()
        return frozenset(name for name, pause in paused if name in trying or pause.due > at)

    def next_due(self, at: int) -> int | None:
        """Return when the next job is due to find out, after that time."""
        pauses = [self.fal] if self.fal else self.endpoints.values()
        return min((pause.due for pause in pauses if pause.due > at), default=None)

    def after(self, heard: Heard, rules: Rules, jitter: float) -> "Breaker":
        """Return what is paused now that this was heard; `jitter` is from 0 up to 1."""
        match heard.submission:
            case NotTaken(halt=halt):
                return replace(self, fal=_failed(self.fal, halt, heard, rules, jitter))
            case Unknown():
                return self._after_unclear(heard, rules, jitter)
            case Accepted():
                return self._after_answer(heard, closes=frozenset(Halt))
            case Rejected():
                # It looks at the request before the account's credit or its limits.
                return self._after_answer(heard, closes=_SAID_BY_ANY_ANSWER)

    def _after_answer(self, heard: Heard, closes: Collection[Halt]) -> "Breaker":
        """Close what a clear answer disproves. What was sent before the pause disproves nothing."""

        def is_over(pause: Pause) -> bool:
            return pause.halt in closes and heard.sent_at >= pause.since

        endpoints = {
            name: pause
            for name, pause in self.endpoints.items()
            if name != heard.endpoint or not is_over(pause)
        }
        unclear = {name: n for name, n in self.unclear.items() if name != heard.endpoint}
        fal = None if self.fal and is_over(self.fal) else self.fal
        return Breaker(fal=fal, endpoints=endpoints, unclear=unclear)

    def _after_unclear(self, heard: Heard, rules: Rules, jitter: float) -> "Breaker":
        count = self.unclear.get(heard.endpoint, 0) + 1
        unclear = {**self.unclear, heard.endpoint: count}
        endpoints, fal = dict(self.endpoints), self.fal
        known = endpoints.get(heard.endpoint)
        if known or count >= rules.most_unclear:
            endpoints[heard.endpoint] = _failed(known, Halt.FAULTY, heard, rules, jitter)
        if fal is not None:
            # It answers, so it is neither away nor busy; the account may be as it was.
            halt = fal.halt if fal.halt in OWNERS_BUSINESS else Halt.FAULTY
            fal = _failed(fal, halt, heard, rules, jitter)
        elif known is None and len(endpoints) >= _SEVERAL and heard.endpoint in endpoints:
            fal = _failed(None, Halt.FAULTY, heard, rules, jitter)
        return Breaker(fal=fal, endpoints=endpoints, unclear=unclear)

    def incidents(self) -> frozenset[Incident]:
        """Return what the owner should know of."""
        account = {self.fal.halt} & OWNERS_BUSINESS if self.fal else set[Halt]()
        return frozenset(
            {
                *((halt, None) for halt in account),
                *((pause.halt, endpoint) for endpoint, pause in self.endpoints.items()),
            }
        )

    def is_over(self, incident: Incident) -> bool:
        """Say whether an incident has ended: fal takes videos where it did not."""
        _, endpoint = incident
        return self.fal is None if endpoint is None else endpoint not in self.endpoints


_SAID_BY_ANY_ANSWER = frozenset({Halt.KEY, Halt.AWAY, Halt.FAULTY})


def still_in(incidents: Collection[Incident], at: int) -> Breaker:
    """Return what is paused after a restart within incidents: the first job finds out anew."""
    account = [halt for halt, endpoint in incidents if endpoint is None]
    endpoints = {
        endpoint: Pause(halt=halt, since=at, due=at) for halt, endpoint in incidents if endpoint
    }
    if len(endpoints) >= _SEVERAL:
        account.append(Halt.FAULTY)
    fal = Pause(halt=account[0], since=at, due=at) if account else None
    return Breaker(fal=fal, endpoints=endpoints)


def _failed(known: Pause | None, halt: Halt, heard: Heard, rules: Rules, jitter: float) -> Pause:
    """Return the pause that begins, or goes on, with what was heard."""
    if known is not None and heard.sent_at < known.since:
        # It left before anybody knew, so it found out nothing new.
        return replace(known, halt=halt)
    failures = known.failures + 1 if known else 0
    due = heard.at + round(rules.pace.delay(failures, jitter) * 1000)
    return Pause(halt=halt, since=known.since if known else heard.at, due=due, failures=failures)
