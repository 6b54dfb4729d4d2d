"""How much was taken of a server's money."""

from typing import Protocol


class Spending(Protocol):
    """Reads only."""

    async def taken(self, guild_id: int, period: str) -> int:
        """Return what is spent and held of a day (2026-11-21) or month (2026-11).

        Micro-dollars, on the server's own calendar.
        """
        ...
