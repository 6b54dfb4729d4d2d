"""How the pipeline paces itself."""

from dataclasses import dataclass

from bot.domain.backoff import Backoff


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Paces, deadlines in seconds, and limits.

    `uncertain_for` is how long a lost answer is looked for, and how long fal may be silent about a
    request that it has; `refused_for` how long a job is tried that fal refuses while it takes others;
    `adopt_for` and `adopt_every` how long and how often an unknown outcome is
    looked at again; `fetch_for` and `deliver_for` how long a finished video is tried for.
    `most_errors` is how many unexpected errors end a job; `steps_at_once` how many jobs are worked
    on at a time.
    """

    poll: Backoff
    retry: Backoff
    reconcile: Backoff
    submit_within: float
    uncertain_for: float
    input_lifetime: int
    refused_for: float
    adopt_for: float
    adopt_every: float
    fetch_for: float
    deliver_for: float
    most_errors: int
    steps_at_once: int
