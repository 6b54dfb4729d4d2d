"""Preferences: a member's own defaults of options."""

from dataclasses import dataclass

from bot.domain.catalogue.models import Kind
from bot.domain.options import Options
from bot.domain.refusal import NotPossible
from bot.domain.requests.prompt import check_looks
from bot.domain.requests.request import Offer
from bot.ports import Members


@dataclass(frozen=True, slots=True)
class KeepPreferences:
    """Changes a member's preferences.

    They are checked when they are saved. A value that the operator removes later is ignored.
    """

    members: Members
    offer: Offer

    async def of(self, member_id: int) -> Options:
        """Return a member's own defaults."""
        return await self.members.preferences(member_id)

    async def __call__(self, member_id: int, options: Options, *, reset: bool) -> Options:
        """Save the given options, after a `reset` as the only ones; return all. Raises Refusal."""
        check_looks(self.offer.template, options)
        if options.model is not None and not self._is_model(options.model):
            raise NotPossible("Please pick `model` from the list; `/pika models` shows it.")
        preferences = Options() if reset else await self.members.preferences(member_id)
        changed = preferences.overridden_by(options)
        if reset or options.chosen():
            await self.members.set_preferences(member_id, changed)
        return changed

    def _is_model(self, name: str) -> bool:
        return any(self.offer.catalogue.find(kind, name) is not None for kind in Kind)
