"""The timings of the pipeline."""

from dataclasses import dataclass

from bot.domain.backoff import MOST_JITTER, Backoff
from bot.domain.jobs.job import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Paces, deadlines in seconds, and limits."""

    poll: Backoff
    """The pace of asking fal about a request."""
    retry: Backoff
    """The pace of trying again after trouble or an error."""
    unusable: Backoff
    """The pace of fetching again what was no usable video several times in a row."""
    reconcile: Backoff
    """The pace of looking for an uncertain job in fal's listing."""
    submit_within: float
    """The longest time in seconds that a submit's POST may take."""
    uncertain_for: float
    """Seconds to look for a lost answer, and to wait for a request on which nothing happens."""
    input_lifetime: int
    """Seconds for which fal keeps an uploaded input."""
    refused_for: float
    """Seconds to go on trying a job that fal refuses alone, or whose upload always fails."""
    adopt_for: float
    """Seconds in which a job that ended with an unknown outcome is looked for again."""
    adopt_every: float
    """Seconds between two such looks."""
    fetch_for: float
    """Seconds to go on trying to download a finished video."""
    deliver_for: float
    """Seconds to go on trying to post a finished video."""
    most_errors: int
    """The number of unexpected errors that end a job."""
    steps_at_once: int
    """The number of jobs whose steps run at a time; downloads and deliveries count apart."""
    poll_beside_events: float = 0.0
    """The longest time between two questions about a request whose status fal streams."""

    def longest_wait(self, status: Status) -> float:
        """Return the longest time in seconds between two attempts of a job in that status."""
        longest = self.retry.longest
        if status in {Status.SUBMITTED, Status.RUNNING}:
            longest = max(longest, self.poll.longest, self.poll_beside_events)
        elif status is Status.UNCERTAIN:
            longest = max(longest, self.reconcile.longest)
        elif status is Status.SUCCEEDED:
            longest = max(longest, self.unusable.longest)
        return longest * MOST_JITTER
