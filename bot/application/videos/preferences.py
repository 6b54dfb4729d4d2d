"""A member's own defaults."""

from dataclasses import dataclass

from bot.domain.catalogue.models import Kind
from bot.domain.options import Options
from bot.domain.refusal import NotPossible
from bot.domain.requests.prompt import check_looks
from bot.domain.requests.request import Offer
from bot.ports import Members


@dataclass(frozen=True, slots=True)
class KeepPreferences:
    """Checked when they are kept; what the operator takes away later simply counts no more."""

    members: Members
    offer: Offer

    async def of(self, member_id: int) -> Options:
        """Return a member's own defaults."""
        return await self.members.preferences(member_id)

    async def __call__(self, member_id: int, options: Options, *, reset: bool) -> Options:
        """Change those that are given, and return all. Raises Refusal."""
        check_looks(self.offer.template, options)
        if options.model is not None and not self._is_model(options.model):
            raise NotPossible("Please pick `model` from the list; `/pika models` shows it.")
        kept = Options() if reset else await self.members.preferences(member_id)
        changed = kept.overridden_by(options)
        if reset or options.chosen():
            await self.members.set_preferences(member_id, changed)
        return changed

    def _is_model(self, name: str) -> bool:
        return any(self.offer.catalogue.find(kind, name) is not None for kind in Kind)
