"""What a member may do in a server, here and now."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.catalogue.models import Catalogue
from bot.domain.moderation.admission import Terms
from bot.domain.moderation.rules import Asker, Ceilings, narrowed
from bot.domain.requests.cost_overview import Choice, choices
from bot.domain.requests.request import Offer
from bot.ports import Clock, Members, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Reads only."""

    store: Store
    members: Members
    clock: Clock
    offer: Offer
    ceilings: Ceilings

    async def terms(self, guild_id: int, asker: Asker) -> Terms:
        """Return the rules that count for a member, and what is left of quota and budgets."""
        return await self.store.terms(guild_id, asker, at=self.clock.now(), ceilings=self.ceilings)

    async def models(self, guild_id: int, asker: Asker) -> Catalogue:
        """Return what a member may choose from. Raises Refusal if that is nothing."""
        return narrowed(self.offer.catalogue, (await self.terms(guild_id, asker)).quality)

    async def choices(self, terms: Terms) -> Sequence[Choice]:
        """Return what each kind of video would take of the member. Raises Refusal."""
        usual = await self.members.preferences(terms.asker.member_id)
        return choices(self.offer, terms.quality, usual, thrifty=terms.is_thrifty)
