"""Port of members' own defaults, and of offers that wait for an answer."""

from typing import Protocol

from bot.domain.options import Options
from bot.domain.requests.request import VideoRequest


class Members(Protocol):
    """Rows of members, besides their jobs. Each method is one transaction."""

    async def preferences(self, member_id: int) -> Options:
        """Return a member's own defaults."""
        ...

    async def set_preferences(self, member_id: int, options: Options) -> None:
        """Replace a member's own defaults."""
        ...

    async def offer(self, request: VideoRequest, price: int, *, at: int, offer_id: int) -> None:
        """Store a request that is offered at a price (micro-dollars) under a random number.

        Offers older than a day are deleted.
        """
        ...

    async def offered_to(self, offer_id: int) -> int | None:
        """Return the member to whom an offer was made; None if it is taken or deleted."""
        ...

    async def open_offer(
        self, offer_id: int, *, member_id: int, since: int
    ) -> tuple[VideoRequest, int] | None:
        """Return what `take_offer` would, and leave the offer open."""
        ...

    async def take_offer(
        self, offer_id: int, *, member_id: int, since: int
    ) -> tuple[VideoRequest, int] | None:
        """Delete a member's offer; return its request and its price (micro-dollars).

        Return None if the offer is gone, another member's, or from before `since` (Unix
        milliseconds).
        """
        ...
