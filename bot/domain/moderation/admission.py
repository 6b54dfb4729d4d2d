"""Admission: everything that decides about a member's request, read at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.catalogue.models import Catalogue
from bot.domain.jobs.job import NewJob
from bot.domain.moderation.budget import Budget, Landing, check_budgets, landing_of
from bot.domain.moderation.policy import (
    check_access,
    check_quality,
    has_priority,
    narrowed,
    quality_of,
)
from bot.domain.moderation.quota import Quota
from bot.domain.moderation.rules import Asker, Quality, Rules
from bot.domain.moderation.servers import NotServed
from bot.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class OpenJobs:
    """The numbers of jobs that haven't ended yet."""

    of_member: int
    """The member's, in all servers."""
    of_server: int
    """The server's, of all members."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The rules, quota, budgets and open jobs that a member's request is checked against."""

    asker: Asker
    """The member who asks, and where."""
    at: int
    """The time at which all of this was read, in Unix milliseconds."""
    rules: Rules
    """The server's rules, as far as they concern the member."""
    quota: Quota
    """The member's quota of the day."""
    budgets: Sequence[Budget]
    """The server's and the whole bot's budgets of the day and the month."""
    owner_day: int
    """The day of the whole bot's budgets, as a number (`bot.domain.calendar`)."""
    open_jobs: OpenJobs
    """The jobs under way, which the caps count."""
    is_served: bool = True
    """False if the bot's owner hasn't agreed to the server."""

    @property
    def quality(self) -> Quality:
        """The best quality that the member may ask for."""
        return quality_of(self.rules, self.asker)

    @property
    def landing(self) -> Landing:
        """The state of the budget that is nearest to its end."""
        return landing_of(self.budgets)

    @property
    def is_thrifty(self) -> bool:
        """True if the draft model at its lowest resolution is the default, to save money."""
        return self.landing is not Landing.FREE

    def check_access(self) -> None:
        """Raise Refusal if the rules don't let the member make videos there now."""
        if not self.is_served:
            raise NotServed
        check_access(self.rules, self.asker, at=self.at)

    def check_open(self) -> None:
        """Raise Refusal if rules or budgets don't let the member make any video there now.

        The quota isn't checked.
        """
        self.check_access()
        check_budgets(self.budgets, 0, has_priority=has_priority(self.rules, self.asker))

    def check(self, job: NewJob, catalogue: Catalogue | None) -> None:
        """Raise Refusal unless the rules, the quota and every budget allow the video.

        Without a catalogue, the video's model isn't checked.
        """
        self.check_access()
        quality = self.quality
        if catalogue is not None and narrowed(catalogue, quality).get(job.model) is None:
            model = catalogue.get(job.model)
            name = model.name if model else job.model
            raise Refusal(f"You may not use {name} here; `/pika models` shows what you may use.")
        check_quality(quality, resolution=job.resolution, seconds=job.seconds)
        self.quota.check(job.units, job.price)
        priority = has_priority(self.rules, self.asker)
        check_budgets(self.budgets, job.price, has_priority=priority)
