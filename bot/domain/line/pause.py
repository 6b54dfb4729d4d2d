"""A pause: since when, until when, and who was refused in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bot.domain.backoff import Backoff
from bot.domain.jobs.fal import Submission
from bot.domain.jobs.hold_reason import PERHAPS_ONE, HoldReason

T = TypeVar("T")
# More are forgotten: they are like any other job again.
_MOST_REFUSED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """`since` when (Unix milliseconds), and when the next job is `due` to find out anew.

    `failures` counts the jobs that were sent to find out, and weren't taken. `refused` has those to
    which fal said no, with their endpoints. Of one job, `is_single` says that others of its endpoint
    were taken.
    """

    hold: HoldReason
    since: int
    due: int
    failures: int = 0
    refused: Mapping[int, str] = field(default_factory=dict[int, str])
    is_single: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerPolicy:
    """The pace of finding out, and how many unclear answers in a row pause an endpoint."""

    backoff: Backoff
    most_unclear: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOutcome:
    """What came of sending a job: when it was sent, and when that was known (Unix milliseconds)."""

    job_id: int
    endpoint: str
    submission: Submission
    sent_at: int
    at: int


def failed(
    known: Pause | None,
    hold: HoldReason,
    outcome: SubmitOutcome,
    policy: BreakerPolicy,
    jitter: float,
) -> Pause:
    """Return the pause that begins, or goes on, with what was heard."""
    if known is not None and outcome.sent_at < known.since:
        # It left before anybody knew, so it found out nothing new.
        return replace(known, hold=hold)
    failures = known.failures + 1 if known else 0
    due = outcome.at + round(policy.backoff.delay(failures, jitter) * 1000)
    refused = known.refused if known else dict[int, str]()
    if hold in PERHAPS_ONE:
        refused = latest(refused, outcome.job_id, outcome.endpoint)
    return Pause(
        hold=hold,
        since=known.since if known else outcome.at,
        due=due,
        failures=failures,
        refused=refused,
    )


def refused_alone(
    known: Pause | None,
    hold: HoldReason,
    outcome: SubmitOutcome,
    policy: BreakerPolicy,
    others: int,
) -> Pause:
    """Return the pause of one job that begins, or goes on.

    However many there are, they leave room for jobs that weren't tried yet.
    """
    seconds = policy.backoff.delay(known.failures if known else 0, 0.5) * (others + 3)
    due, refused = outcome.at + round(seconds * 1000), {outcome.job_id: outcome.endpoint}
    if known is None:
        return Pause(hold=hold, since=outcome.at, due=due, refused=refused)
    return replace(known, due=due, failures=known.failures + 1, refused=refused)


def excluding(entries: Mapping[int, T], job_id: int) -> dict[int, T]:
    return {key: entry for key, entry in entries.items() if key != job_id}


def latest(entries: Mapping[int, T], job_id: int, entry: T) -> dict[int, T]:
    """Return the entries with this one as the latest, without the oldest of too many."""
    return dict([*excluding(entries, job_id).items(), (job_id, entry)][-_MOST_REFUSED:])
