"""What counts for somebody who asks, at one moment: read in one go, decided here."""

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
from bot.domain.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """By what a request is admitted: the rules, and what was taken when they were read (`at`)."""

    asker: Asker
    at: int
    rules: Rules
    quota: Quota
    budgets: Sequence[Budget]
    owner_day: int
    """The day of the whole bot's budgets."""

    @property
    def quality(self) -> Quality:
        return quality_of(self.rules, self.asker)

    @property
    def landing(self) -> Landing:
        return landing_of(self.budgets)

    @property
    def is_thrifty(self) -> bool:
        """Whether the default is the draft model at its lowest resolution."""
        return self.landing is not Landing.FREE

    def check_access(self) -> None:
        """Raise Refusal if the member may not make videos there, now."""
        check_access(self.rules, self.asker, at=self.at)

    def check_open(self) -> None:
        """Raise Refusal if the member may make no video there now, whatever their quota."""
        self.check_access()
        check_budgets(self.budgets, 0, has_priority=has_priority(self.rules, self.asker))

    def check(self, job: NewJob, catalogue: Catalogue | None) -> None:
        """Raise Refusal unless all of the rules, the quota and every budget allow the video.

        Without a catalogue, its model isn't looked at.
        """
        self.check_access()
        quality = self.quality
        if catalogue is not None and narrowed(catalogue, quality).get(job.model) is None:
            known = catalogue.get(job.model)
            name = known.name if known else job.model
            raise Refusal(f"You may not use {name} here; `/pika models` shows what you may use.")
        check_quality(quality, resolution=job.resolution, seconds=job.seconds)
        self.quota.check(job.units, job.price)
        priority = has_priority(self.rules, self.asker)
        check_budgets(self.budgets, job.price, has_priority=priority)
