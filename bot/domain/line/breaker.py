"""When fal doesn't take videos: what pauses the line, and what lets it go on.

While something is paused, one job at a time is sent to find out whether fal takes videos again: the
first in line, at a pace that grows. What fal says to that one decides for all.

But fal may refuse a single job, or a single endpoint, whatever becomes of others. So where it may be
that, each third job that is sent to find out is another one. If that one is taken, the line goes on,
and those that were refused are each on their own: sent again at a pace of their own, holding nobody
up, until they are taken or given up. Two of one endpoint pause their endpoint.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from bot.domain.jobs.fal import Accepted, NotTaken, Rejected, Unknown
from bot.domain.jobs.hold_reason import OWNERS_BUSINESS, PERHAPS_ONE, HoldReason
from bot.domain.line.pause import (
    BreakerPolicy,
    Pause,
    SubmitOutcome,
    excluding,
    failed,
    latest,
    refused_alone,
)

Incident: TypeAlias = tuple[HoldReason, str | None]
"""What the owner should know of: a hold reason, and the endpoint where it isn't all of fal."""

# Two endpoints that fail are taken for all of fal.
_SEVERAL = 2
# Of so many that are sent to find out, the last is another one than the first in line.
_ANOTHER_EVERY = 3

Exclusions: TypeAlias = tuple[frozenset[int], frozenset[str]]
"""Jobs and endpoints that are passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """What of fal is paused. `unclear` counts answers in a row that left an outcome open.

    `alone` are jobs that were refused when another was taken.
    """

    fal: Pause | None = None
    endpoints: Mapping[str, Pause] = field(default_factory=dict[str, Pause])
    unclear: Mapping[str, int] = field(default_factory=dict[str, int])
    alone: Mapping[int, Pause] = field(default_factory=dict[int, Pause])

    def hold_reason_of(self, endpoint: str | None, job_id: int | None = None) -> HoldReason | None:
        """Return why a job, or jobs of an endpoint, aren't sent; of None, why none at all is."""
        if pause := self._pause_of(endpoint):
            return pause.hold
        alone = self.alone.get(job_id) if job_id is not None else None
        if alone is None:
            return None
        # As long as it hasn't been tried once more, all that is known is what it was told before.
        return HoldReason.ALONE if alone.failures else alone.hold

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

    def choices(self, at: int) -> list[Exclusions]:
        """Return whom to pass over when looking for the job to send now, best choice first.

        A choice that leaves nobody makes room for the one after it.
        """
        waiting = frozenset(job_id for job_id, pause in self.alone.items() if pause.due > at)
        anybody: Exclusions = (waiting, frozenset())
        fal = self.fal
        if fal is None or fal.hold not in PERHAPS_ONE or (fal.failures + 1) % _ANOTHER_EVERY:
            return [anybody]
        others = waiting.union(fal.refused)
        return [(others, frozenset(fal.refused.values())), (others, frozenset()), anybody]

    def next_due(self, at: int) -> int | None:
        """Return when the next job is due to find out, after that time."""
        pauses = [self.fal] if self.fal else self.endpoints.values()
        dues = [pause.due for pause in (*pauses, *self.alone.values())]
        return min((due for due in dues if due > at), default=None)

    def gives_up(self, job_id: int, at: int, patience: float) -> bool:
        """Say whether fal has refused a job for so long (seconds) while it took others."""
        alone = self.alone.get(job_id)
        if alone is None or not alone.failures or self.fal is not None:
            return False
        return at - alone.since >= patience * 1000

    def without(self, job_id: int) -> "Breaker":
        """Return what is paused now that the job has ended."""
        return replace(self, alone=excluding(self.alone, job_id))

    def after(self, outcome: SubmitOutcome, policy: BreakerPolicy, jitter: float) -> "Breaker":
        """Return what is paused now that this was heard; `jitter` is from 0 up to 1."""
        match outcome.submission:
            case NotTaken(hold=hold) if hold in PERHAPS_ONE:
                return self._after_refusal(hold, outcome, policy, jitter)
            case NotTaken(hold=hold):
                return replace(self, fal=failed(self.fal, hold, outcome, policy, jitter))
            case Unknown():
                return self._after_unclear(outcome, policy, jitter)
            case Accepted():
                return self._after_answer(outcome, closes=frozenset(HoldReason))
            case Rejected():
                # It looks at the request before the account's credit or its limits.
                return self._after_answer(outcome, closes=_SAID_BY_ANY_ANSWER)

    def _after_refusal(
        self, hold: HoldReason, outcome: SubmitOutcome, policy: BreakerPolicy, jitter: float
    ) -> "Breaker":
        """Pause as little as explains that a job was refused."""
        endpoint, known = outcome.endpoint, self.alone.get(outcome.job_id)
        paused = self.endpoints.get(endpoint)
        of_endpoint = self._is_of_endpoint(outcome.job_id, endpoint)
        if self.fal is not None or not (known or of_endpoint):
            return replace(self, fal=failed(self.fal, hold, outcome, policy, jitter))
        endpoints = dict(self.endpoints)
        if of_endpoint:
            endpoints[endpoint] = failed(paused, hold, outcome, policy, jitter)
        others = len(excluding(self.alone, outcome.job_id))
        own = refused_alone(known, hold, outcome, policy, others)
        return replace(self, endpoints=endpoints, alone=latest(self.alone, outcome.job_id, own))

    def _is_of_endpoint(self, job_id: int, endpoint: str) -> bool:
        """Say whether a job's refusal is a matter of its endpoint: it isn't the only one there."""
        known, paused = self.alone.get(job_id), self.endpoints.get(endpoint)
        if known and known.is_single:
            return False
        if paused is not None and paused.hold in PERHAPS_ONE:
            return True
        others = [
            one
            for other, one in self.alone.items()
            if other != job_id and one.failures and endpoint in one.refused.values()
        ]
        return any(known is None or not one.is_single for one in others)

    def _after_answer(self, outcome: SubmitOutcome, closes: Collection[HoldReason]) -> "Breaker":
        """Close what a clear answer disproves. What was sent before the pause disproves nothing."""

        def is_over(pause: Pause) -> bool:
            return pause.hold in closes and outcome.sent_at >= pause.since

        endpoints = {
            name: pause
            for name, pause in self.endpoints.items()
            if name != outcome.endpoint or not is_over(pause)
        }
        unclear = {name: n for name, n in self.unclear.items() if name != outcome.endpoint}
        alone = excluding(self.alone, outcome.job_id)
        goes_on = outcome.endpoint in self.endpoints and outcome.endpoint not in endpoints
        for job_id, one in alone.items():
            if outcome.endpoint in one.refused.values():
                due = outcome.at if goes_on else one.due
                alone[job_id] = replace(one, due=due, is_single=True)
        fal = self.fal
        if fal is not None and is_over(fal):
            alone, fal = _on_their_own(fal, alone, outcome), None
        return Breaker(fal=fal, endpoints=endpoints, unclear=unclear, alone=alone)

    def _after_unclear(
        self, outcome: SubmitOutcome, policy: BreakerPolicy, jitter: float
    ) -> "Breaker":
        count = self.unclear.get(outcome.endpoint, 0) + 1
        unclear = {**self.unclear, outcome.endpoint: count}
        endpoints, fal = dict(self.endpoints), self.fal
        known = endpoints.get(outcome.endpoint)
        if known or count >= policy.most_unclear:
            endpoints[outcome.endpoint] = failed(known, HoldReason.FAULTY, outcome, policy, jitter)
        if fal is not None:
            # It answers, so it is neither away nor busy; the account may be as it was.
            hold = fal.hold if fal.hold in OWNERS_BUSINESS else HoldReason.FAULTY
            fal = failed(fal, hold, outcome, policy, jitter)
        elif known is None and _several_fail(endpoints) and outcome.endpoint in endpoints:
            fal = failed(None, HoldReason.FAULTY, outcome, policy, jitter)
        alone = excluding(self.alone, outcome.job_id)
        return Breaker(fal=fal, endpoints=endpoints, unclear=unclear, alone=alone)

    def incidents(self) -> frozenset[Incident]:
        """Return what the owner should know of, once it is known whether it is more than one job."""
        found: set[Incident] = set()
        fal = self.fal
        # One refusal may be a single job's: another one is tried first.
        if fal and (fal.hold is HoldReason.CREDIT or fal.failures >= _ANOTHER_EVERY):
            found |= {(hold, None) for hold in {fal.hold} & OWNERS_BUSINESS}
        endpoints = self.endpoints.items()
        found |= {
            (pause.hold, name) for name, pause in endpoints if pause.hold is not HoldReason.BUSY
        }
        return frozenset(found)

    def is_over(self, incident: Incident) -> bool:
        """Say whether an incident has ended: fal takes videos where it did not."""
        _, endpoint = incident
        return self.fal is None if endpoint is None else endpoint not in self.endpoints


_SAID_BY_ANY_ANSWER = frozenset({HoldReason.KEY, HoldReason.AWAY, HoldReason.FAULTY})


def still_in(incidents: Collection[Incident], at: int) -> Breaker:
    """Return what is paused after a restart within incidents: the first job finds out anew."""
    account = [hold for hold, endpoint in incidents if endpoint is None]
    endpoints = {
        endpoint: Pause(hold=hold, since=at, due=at) for hold, endpoint in incidents if endpoint
    }
    if _several_fail(endpoints):
        account.append(HoldReason.FAULTY)
    fal = Pause(hold=account[0], since=at, due=at) if account else None
    return Breaker(fal=fal, endpoints=endpoints)


def _on_their_own(
    fal: Pause, alone: Mapping[int, Pause], outcome: SubmitOutcome
) -> dict[int, Pause]:
    """Return the jobs that were refused in a pause which another ended: each is tried at once."""
    # While fal takes nobody, nobody is refused alone.
    lasted = outcome.at - fal.since
    found = {
        job_id: replace(one, since=one.since + lasted, due=outcome.at)
        for job_id, one in alone.items()
    }
    for job_id, endpoint in fal.refused.items():
        if job_id != outcome.job_id and job_id not in found:
            pause = Pause(
                hold=fal.hold,
                since=outcome.at,
                due=outcome.at,
                refused={job_id: endpoint},
                is_single=endpoint == outcome.endpoint,
            )
            found = latest(found, job_id, pause)
    return found


def _several_fail(endpoints: Mapping[str, Pause]) -> bool:
    return sum(one.hold is HoldReason.FAULTY for one in endpoints.values()) >= _SEVERAL
