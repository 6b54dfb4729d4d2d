"""What is kept of members, beside their jobs."""

from typing import Protocol

from bot.domain.options import Options
from bot.domain.requests.request import VideoRequest


class Members(Protocol):
    """Each method is one transaction."""

    async def preferences(self, member_id: int) -> Options:
        """Return a member's own defaults."""
        ...

    async def set_preferences(self, member_id: int, options: Options) -> None: ...

    async def offer(self, request: VideoRequest, price: int, *, at: int) -> int:
        """Keep a request, planned at that price (micro-dollars), and return its number.

        Those of a day ago are forgotten.
        """
        ...

    async def offered_to(self, offer_id: int) -> int | None:
        """Return the member who is asked; None if the offer is taken or forgotten."""
        ...

    async def take_offer(
        self, offer_id: int, *, member_id: int, since: int
    ) -> tuple[VideoRequest, int] | None:
        """Return a member's request that was kept since then, with its price, and forget it."""
        ...
