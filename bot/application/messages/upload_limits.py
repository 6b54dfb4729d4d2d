"""What servers take, remembered for a while."""

from dataclasses import dataclass

from bot.domain.calendar import DAY_MS
from bot.ports import Clock, JobStore

# A server may have been boosted since.
_REMEMBERED_MS = 7 * DAY_MS


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """The largest file (bytes) that a server takes, where it has refused a larger one."""

    store: JobStore
    clock: Clock

    async def of(self, guild_id: int) -> int | None:
        """Return the limit that was learned of late."""
        known = await self.store.fact(_key(guild_id))
        if known is None:
            return None
        limit, learned_at = map(int, known.split(":"))
        return limit if self.clock.now() - learned_at < _REMEMBERED_MS else None

    async def learn(self, guild_id: int, limit: int) -> None:
        await self.store.remember_fact(_key(guild_id), f"{limit}:{self.clock.now()}")


def _key(guild_id: int) -> str:
    return f"upload_limit:{guild_id}"


LIMITS = (100 << 20, 50 << 20, 20_000_000, 10 << 20)
"""What Discord's limits have been, in bytes."""


def lower_limit(refused: int) -> int | None:
    """Return the largest limit that would explain why a file of so many bytes was refused."""
    return next((limit for limit in LIMITS if limit < refused), None)
