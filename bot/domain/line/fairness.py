"""Fairness: the order of waiting jobs, and the caps on open jobs.

Jobs go to fal in the order of (turn, id). A job's turn is the number of a round of the line, fixed
when the job is accepted; in each round every member has at most one job. The current round is that
of the job that was admitted last: members who had no job admitted in it go before everybody's next
jobs. A job that ends without having been admitted gives its turn back. A turn that was used can't
be used again, so nobody keeps others out by asking anew as soon as a video is done.

The resulting bound: from the moment when a job with turn `t` is accepted in round `r` until the job
is admitted, each other member gets at most `t - r + 1` jobs admitted, besides jobs that had been
tried already and came back to their place. With `t == r` that is one job of each member who waits
at that moment: nobody who comes later gets ahead.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.moderation.admission import OpenJobs
from bot.domain.refusal import Refusal
from bot.domain.text import plural


class LineOrder(StrEnum):
    """The order in which waiting jobs go to fal."""

    TURNS = "turns"
    """Members take turns."""
    FIRST_COME = "first-come"
    """The oldest job is the first."""


def turn_of(*, last_admitted: int | None, latest_of_member: int | None) -> int:
    """Return a new job's turn: this round, or the one after the member's latest turn.

    `last_admitted` is the highest turn of all jobs that were ever admitted; `latest_of_member` is
    the highest turn of the member's jobs that wait or were admitted, in any server. Each is None
    where there is no such job.
    """
    round_ = last_admitted or 0
    return round_ if latest_of_member is None else max(round_, latest_of_member + 1)


@dataclass(frozen=True, slots=True)
class Caps:
    """The highest numbers of open jobs at a time; 0 is any number."""

    most_per_member: int = 0
    most_per_server: int = 0

    def check(self, open_jobs: OpenJobs) -> None:
        """Raise Refusal if one more open job is too many."""
        of_member, of_server = open_jobs.of_member, open_jobs.of_server
        if 0 < self.most_per_member <= of_member:
            raise Refusal(
                f"You have {of_member} {plural('video', of_member)} on the way already, and no more"
                f" than {self.most_per_member} at a time fit in the line; please ask again when one"
                " is done, or stop one with `/pika cancel`."
            )
        if 0 < self.most_per_server <= of_server:
            raise Refusal(
                f"This server has {of_server} {plural('video', of_server)} on the way already, and"
                f" no more than {self.most_per_server} at a time fit in the line; please ask again"
                " in a few minutes."
            )


NO_CAPS = Caps()
