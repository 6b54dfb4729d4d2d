"""What a member may do in a server, here and now."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.catalogue.models import Catalogue
from bot.domain.moderation.admission import Admission
from bot.domain.moderation.rules import Asker, Ceilings, narrowed
from bot.domain.requests.cost_overview import KindCost, kind_costs
from bot.domain.requests.request import Offer
from bot.ports import Clock, JobStore, Members


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlements:
    """Reads only."""

    store: JobStore
    members: Members
    clock: Clock
    offer: Offer
    ceilings: Ceilings

    async def admission(self, guild_id: int, asker: Asker) -> Admission:
        """Return the rules that count for a member, and what is left of quota and budgets."""
        return await self.store.admission(
            guild_id, asker, at=self.clock.now(), ceilings=self.ceilings
        )

    async def models(self, guild_id: int, asker: Asker) -> Catalogue:
        """Return what a member may choose from. Raises Refusal if that is nothing."""
        return narrowed(self.offer.catalogue, (await self.admission(guild_id, asker)).quality)

    async def kind_costs(self, terms: Admission) -> Sequence[KindCost]:
        """Return what each kind of video would take of the member. Raises Refusal."""
        usual = await self.members.preferences(terms.asker.member_id)
        return kind_costs(self.offer, terms.quality, usual, thrifty=terms.is_thrifty)
