"""Upload limits of servers: learned when Discord refuses a file, remembered for a week."""

from dataclasses import dataclass

from bot.domain.calendar import DAY_MS
from bot.ports import Clock, JobStore

# A limit is forgotten after this: the server may have been boosted since.
_REMEMBERED_MS = 7 * DAY_MS


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """The largest file in bytes that a server takes, known once it refused a larger one."""

    store: JobStore
    clock: Clock

    async def of(self, guild_id: int) -> int | None:
        """Return the server's limit in bytes; None if none was learned within the last week."""
        fact = await self.store.fact(_key(guild_id))
        if fact is None:
            return None
        limit, learned_at = map(int, fact.split(":"))
        return limit if self.clock.now() - learned_at < _REMEMBERED_MS else None

    async def learn(self, guild_id: int, limit: int) -> None:
        await self.store.remember_fact(_key(guild_id), f"{limit}:{self.clock.now()}")


def _key(guild_id: int) -> str:
    return f"upload_limit:{guild_id}"


LIMITS = (100 << 20, 50 << 20, 20_000_000, 10 << 20)
"""Discord's upload limits so far, in bytes."""


def lower_limit(refused: int) -> int | None:
    """Return the largest of Discord's limits below the size of a refused file, in bytes."""
    return next((limit for limit in LIMITS if limit < refused), None)
