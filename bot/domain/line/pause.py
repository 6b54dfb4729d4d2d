"""Pauses: times in which the line sends only probes, and the steps by which they grow."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bot.domain.backoff import Backoff
from bot.domain.jobs.fal import Submission
from bot.domain.jobs.hold_reason import SCOPE_UNKNOWN, HoldReason

T = TypeVar("T")
# A job that drops out of the map is treated like one that was never refused.
_MOST_REFUSED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A pause of all of fal, of one endpoint, or of one job. Times are those of `Clock.steady`."""

    hold: HoldReason
    """The reason that members are shown."""
    since: int
    """The time at which the pause began."""
    due: int
    """The time from which the next probe may be sent."""
    failures: int = 0
    """The number of probes that failed in a row since the pause began."""
    refused: Mapping[int, str] = field(default_factory=dict[int, str])
    """The endpoint of each job that fal refused in this pause, by the job's id."""
    endpoint_takes_others: bool = False
    """Only of a single job's pause: whether another job of its endpoint got a clear answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerPolicy:
    """The operator's settings of the circuit breaker."""

    backoff: Backoff
    """The time from one probe to the next."""
    most_unclear: int
    """The number of unclear answers in a row that pauses an endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOutcome:
    """The outcome of one submit. Times are those of `Clock.steady`."""

    job_id: int
    """The job that was submitted."""
    endpoint: str
    """The endpoint of fal that it was submitted to."""
    submission: Submission
    """fal's answer."""
    sent_at: int
    """The time at which the submit left."""
    at: int
    """The time at which its outcome was known."""


def pause_after_failure(
    pause: Pause | None,
    hold: HoldReason,
    outcome: SubmitOutcome,
    policy: BreakerPolicy,
    jitter: float,
) -> Pause:
    """Return the pause that a failed submit begins, or the running `pause`, made longer by it."""
    if pause is not None and outcome.sent_at < pause.since:
        # It was sent before the pause began, so it was no probe.
        return replace(pause, hold=hold)
    failures = pause.failures + 1 if pause else 0
    due = outcome.at + round(policy.backoff.delay(failures, jitter) * 1000)
    refused = pause.refused if pause else dict[int, str]()
    if hold in SCOPE_UNKNOWN:
        refused = with_latest(refused, outcome.job_id, outcome.endpoint)
    return Pause(
        hold=hold,
        since=pause.since if pause else outcome.at,
        due=due,
        failures=failures,
        refused=refused,
    )


def pause_of_single_job(
    pause: Pause | None,
    hold: HoldReason,
    outcome: SubmitOutcome,
    policy: BreakerPolicy,
    other_jobs: int,
) -> Pause:
    """Return the pause of one refused job: a new one, or the running `pause`, made longer.

    `other_jobs` is the number of other jobs with a pause of their own. The more there are, the
    longer each waits, so that their probes leave room for jobs that weren't tried yet.
    """
    seconds = policy.backoff.delay(pause.failures if pause else 0, 0.5) * (other_jobs + 3)
    due, refused = outcome.at + round(seconds * 1000), {outcome.job_id: outcome.endpoint}
    if pause is None:
        return Pause(hold=hold, since=outcome.at, due=due, refused=refused)
    return replace(pause, due=due, failures=pause.failures + 1, refused=refused)


def excluding(entries: Mapping[int, T], job_id: int) -> dict[int, T]:
    """Return the entries of all other jobs."""
    return {key: entry for key, entry in entries.items() if key != job_id}


def with_latest(entries: Mapping[int, T], job_id: int, entry: T) -> dict[int, T]:
    """Return the entries with this job's as the latest, without the oldest of too many."""
    return dict([*excluding(entries, job_id).items(), (job_id, entry)][-_MOST_REFUSED:])
