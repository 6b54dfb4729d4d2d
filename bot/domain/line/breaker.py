"""Circuit breaker between the line and fal.

While it is closed, jobs are submitted as soon as fal has a slot. The breaker opens when fal
doesn't take a job, or gives several unclear answers in a row: a `Pause` begins, and nothing is
submitted. Once the pause is due, one probe goes out: the first job in line. If fal takes the probe,
the breaker closes; if not, the pause goes on, and each further probe comes later than the one
before.

There are three kinds of pauses, each with its own probes: of all of fal (`Breaker.fal`), of one
endpoint (`Breaker.endpoints`), and of one job (`Breaker.alone`). The answers 401, 403 and 429 leave
open which kind is right, as fal may refuse one job or one endpoint only. They pause all of fal; to
find out, every third probe is a different job, of a different endpoint if there is one. If fal
takes that job, the line goes on, and each job that was refused before gets a pause of its own: it
is probed without holding others up, until fal takes it or the bot gives it up. The second job that
is refused alone on one endpoint pauses that endpoint.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from bot.domain.jobs.fal import Accepted, NotTaken, Rejected, Unknown
from bot.domain.jobs.hold_reason import NEEDS_OWNER, SCOPE_UNKNOWN, HoldReason
from bot.domain.line.pause import (
    BreakerPolicy,
    Pause,
    SubmitOutcome,
    excluding,
    pause_after_failure,
    pause_of_single_job,
    with_latest,
)

Incident: TypeAlias = tuple[HoldReason, str | None]
"""A pause that the owner is told about: its reason, and its endpoint; None: all of fal."""

# So many endpoints that answer with errors are more likely all of fal.
_ENDPOINTS_FOR_ALL = 2
# Every third probe is not the first job in line, but another one.
_OTHER_PROBE_EVERY = 3

Exclusions: TypeAlias = tuple[frozenset[int], frozenset[str]]
"""Job ids and endpoints to pass over when the next job is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """State of the circuit breaker: all pauses that are running. Without any, it is closed.

    All times given to its methods are those of `Clock.steady`.
    """

    fal: Pause | None = None
    """The pause of all of fal."""
    endpoints: Mapping[str, Pause] = field(default_factory=dict[str, Pause])
    """The pauses of single endpoints."""
    unclear_in_a_row: Mapping[str, int] = field(default_factory=dict[str, int])
    """The number of unclear answers of each endpoint since its last clear one."""
    alone: Mapping[int, Pause] = field(default_factory=dict[int, Pause])
    """The pauses of single jobs, which fal refused while it took others, by the job's id."""

    def hold_reason_of(self, endpoint: str | None, job_id: int | None = None) -> HoldReason | None:
        """Return the reason for which a job isn't sent; None if it may be.

        Without `job_id` it is the reason of all jobs of `endpoint`, without both that of all jobs.
        """
        if pause := self._pause_of(endpoint):
            return pause.hold
        alone = self.alone.get(job_id) if job_id is not None else None
        if alone is None:
            return None
        # Until a probe failed, the refusal may have been meant for all of fal.
        return HoldReason.ALONE if alone.failures else alone.hold

    def has_paused_since(self, endpoint: str, at: int) -> bool:
        """Return whether a pause that holds the endpoint began after the time `at`."""
        pause = self._pause_of(endpoint)
        return pause is not None and pause.since > at

    def _pause_of(self, endpoint: str | None) -> Pause | None:
        return self.fal or (self.endpoints.get(endpoint) if endpoint else None)

    def is_shut(self, at: int, in_flight: Collection[str]) -> bool:
        """Return whether nothing may be sent: all of fal is paused and no probe may go out.

        `in_flight` are the endpoints of the submits that wait for their answer.
        """
        return self.fal is not None and (bool(in_flight) or self.fal.due > at)

    def shut_endpoints(self, at: int, in_flight: Collection[str]) -> frozenset[str]:
        """Return the endpoints to which nothing may be sent while others go on."""
        if self.fal is not None:
            return frozenset()
        paused = self.endpoints.items()
        return frozenset(name for name, pause in paused if name in in_flight or pause.due > at)

    def exclusions_to_try(self, at: int) -> list[Exclusions]:
        """Return the exclusions for choosing the next job, to be tried in this order.

        If one leaves no job, the next is tried.
        """
        waiting = frozenset(job_id for job_id, pause in self.alone.items() if pause.due > at)
        first_in_line: Exclusions = (waiting, frozenset())
        fal = self.fal
        if fal is None or fal.hold not in SCOPE_UNKNOWN or (fal.failures + 1) % _OTHER_PROBE_EVERY:
            return [first_in_line]
        refused = waiting.union(fal.refused)
        return [
            (refused, frozenset(fal.refused.values())),
            (refused, frozenset()),
            first_in_line,
        ]

    def next_probe_at(self, at: int) -> int | None:
        """Return the time of the first probe after the time `at`; None if there is none."""
        pauses = [self.fal] if self.fal else self.endpoints.values()
        dues = [pause.due for pause in (*pauses, *self.alone.values())]
        return min((due for due in dues if due > at), default=None)

    def should_give_up(self, job_id: int, at: int, patience: float) -> bool:
        """Return whether fal has refused a job for `patience` seconds while it took others."""
        alone = self.alone.get(job_id)
        if alone is None or not alone.failures or self.fal is not None:
            return False
        return at - alone.since >= patience * 1000

    def without(self, job_id: int) -> "Breaker":
        """Return the breaker without the pause of a job that has ended."""
        return replace(self, alone=excluding(self.alone, job_id))

    def after(self, outcome: SubmitOutcome, policy: BreakerPolicy, jitter: float) -> "Breaker":
        """Return the breaker after the outcome of a submit; `jitter` is from 0 up to 1."""
        match outcome.submission:
            case NotTaken(hold=hold) if hold in SCOPE_UNKNOWN:
                return self._after_refusal(hold, outcome, policy, jitter)
            case NotTaken(hold=hold):
                return replace(
                    self, fal=pause_after_failure(self.fal, hold, outcome, policy, jitter)
                )
            case Unknown():
                return self._after_unclear(outcome, policy, jitter)
            case Accepted():
                return self._after_clear_answer(outcome, ends=frozenset(HoldReason))
            case Rejected():
                # fal checks the request before the account's credit and limits.
                return self._after_clear_answer(outcome, ends=_DISPROVED_BY_ANY_ANSWER)

    def _after_refusal(
        self, hold: HoldReason, outcome: SubmitOutcome, policy: BreakerPolicy, jitter: float
    ) -> "Breaker":
        """Return the breaker with the smallest pause that explains the refusal of a job."""
        endpoint, own = outcome.endpoint, self.alone.get(outcome.job_id)
        of_endpoint = self._is_of_endpoint(outcome.job_id, endpoint)
        if self.fal is not None or not (own or of_endpoint):
            return replace(self, fal=pause_after_failure(self.fal, hold, outcome, policy, jitter))
        endpoints = dict(self.endpoints)
        if of_endpoint:
            paused = endpoints.get(endpoint)
            endpoints[endpoint] = pause_after_failure(paused, hold, outcome, policy, jitter)
        other_jobs = len(excluding(self.alone, outcome.job_id))
        own = pause_of_single_job(own, hold, outcome, policy, other_jobs)
        return replace(
            self, endpoints=endpoints, alone=with_latest(self.alone, outcome.job_id, own)
        )

    def _is_of_endpoint(self, job_id: int, endpoint: str) -> bool:
        """Return whether a job's refusal pauses its endpoint: it isn't the only one there."""
        own, paused = self.alone.get(job_id), self.endpoints.get(endpoint)
        if own and own.endpoint_takes_others:
            return False
        if paused is not None and paused.hold in SCOPE_UNKNOWN:
            return True
        others = [
            pause
            for other_id, pause in self.alone.items()
            if other_id != job_id and pause.failures and endpoint in pause.refused.values()
        ]
        return any(own is None or not pause.endpoint_takes_others for pause in others)

    def _after_clear_answer(
        self, outcome: SubmitOutcome, ends: Collection[HoldReason]
    ) -> "Breaker":
        """Return the breaker without the pauses, for reasons in `ends`, that the answer disproves.

        The answer to a submit from before a pause disproves nothing.
        """

        def is_over(pause: Pause) -> bool:
            return pause.hold in ends and outcome.sent_at >= pause.since

        endpoints = {
            name: pause
            for name, pause in self.endpoints.items()
            if name != outcome.endpoint or not is_over(pause)
        }
        unclear = {
            name: count for name, count in self.unclear_in_a_row.items() if name != outcome.endpoint
        }
        alone = excluding(self.alone, outcome.job_id)
        goes_on = outcome.endpoint in self.endpoints and outcome.endpoint not in endpoints
        for job_id, pause in alone.items():
            if outcome.endpoint in pause.refused.values():
                due = outcome.at if goes_on else pause.due
                alone[job_id] = replace(pause, due=due, endpoint_takes_others=True)
        fal = self.fal
        if fal is not None and is_over(fal):
            alone, fal = _released_from(fal, alone, outcome), None
        return Breaker(fal=fal, endpoints=endpoints, unclear_in_a_row=unclear, alone=alone)

    def _after_unclear(
        self, outcome: SubmitOutcome, policy: BreakerPolicy, jitter: float
    ) -> "Breaker":
        count = self.unclear_in_a_row.get(outcome.endpoint, 0) + 1
        unclear = {**self.unclear_in_a_row, outcome.endpoint: count}
        endpoints, fal = dict(self.endpoints), self.fal
        paused = endpoints.get(outcome.endpoint)
        if paused or count >= policy.most_unclear:
            endpoints[outcome.endpoint] = pause_after_failure(
                paused, HoldReason.FAULTY, outcome, policy, jitter
            )
        if fal is not None:
            # fal answers, so it is neither away nor busy; the account's trouble may last.
            hold = fal.hold if fal.hold in NEEDS_OWNER else HoldReason.FAULTY
            fal = pause_after_failure(fal, hold, outcome, policy, jitter)
        elif paused is None and _is_all_of_fal(endpoints) and outcome.endpoint in endpoints:
            fal = pause_after_failure(None, HoldReason.FAULTY, outcome, policy, jitter)
        alone = excluding(self.alone, outcome.job_id)
        return Breaker(fal=fal, endpoints=endpoints, unclear_in_a_row=unclear, alone=alone)

    def incidents(self) -> frozenset[Incident]:
        """Return the pauses that the owner should be told about."""
        incidents: set[Incident] = set()
        fal = self.fal
        # fal may refuse a single job: the owner is told once a probe with another job failed.
        if fal and (fal.hold is HoldReason.CREDIT or fal.failures >= _OTHER_PROBE_EVERY):
            incidents |= {(hold, None) for hold in {fal.hold} & NEEDS_OWNER}
        endpoints = self.endpoints.items()
        incidents |= {
            (pause.hold, name) for name, pause in endpoints if pause.hold is not HoldReason.BUSY
        }
        return frozenset(incidents)

    def is_over(self, incident: Incident) -> bool:
        """Return whether an incident has ended: its pause is over."""
        _, endpoint = incident
        return self.fal is None if endpoint is None else endpoint not in self.endpoints


_DISPROVED_BY_ANY_ANSWER = frozenset({HoldReason.KEY, HoldReason.AWAY, HoldReason.FAULTY})


def breaker_after_restart(incidents: Collection[Incident], at: int) -> Breaker:
    """Return the breaker of a process that starts within incidents: its first job is a probe."""
    of_all = [hold for hold, endpoint in incidents if endpoint is None]
    endpoints = {
        endpoint: Pause(hold=hold, since=at, due=at) for hold, endpoint in incidents if endpoint
    }
    if _is_all_of_fal(endpoints):
        of_all.append(HoldReason.FAULTY)
    fal = Pause(hold=of_all[0], since=at, due=at) if of_all else None
    return Breaker(fal=fal, endpoints=endpoints)


def _released_from(
    fal: Pause, alone: Mapping[int, Pause], outcome: SubmitOutcome
) -> dict[int, Pause]:
    """Return the pauses of single jobs after the pause of all of fal: each job is due at once.

    Each job that fal refused in its pause has one from now on.
    """
    # The time in which fal took no job counts for no job's patience.
    lasted = outcome.at - fal.since
    pauses = {
        job_id: replace(pause, since=pause.since + lasted, due=outcome.at)
        for job_id, pause in alone.items()
    }
    for job_id, endpoint in fal.refused.items():
        if job_id != outcome.job_id and job_id not in pauses:
            pause = Pause(
                hold=fal.hold,
                since=outcome.at,
                due=outcome.at,
                refused={job_id: endpoint},
                endpoint_takes_others=endpoint == outcome.endpoint,
            )
            pauses = with_latest(pauses, job_id, pause)
    return pauses


def _is_all_of_fal(endpoints: Mapping[str, Pause]) -> bool:
    faulty = [pause for pause in endpoints.values() if pause.hold is HoldReason.FAULTY]
    return len(faulty) >= _ENDPOINTS_FOR_ALL
