"""Messages to the owner about troubles that only they can end: one at begin, one at end."""

import logging
from dataclasses import dataclass

from bot.ports import JobStore, Owner, Undeliverable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerNotices:
    """Writes each trouble's begin and end into the log, and to the owner."""

    store: JobStore
    """Remembers the troubles that go on, so that a restart doesn't repeat them."""
    owner: Owner | None
    """Gets direct messages; None for the log alone."""

    async def begin(self, key: str, text: str) -> None:
        """Tell about a trouble, unless it was told and isn't over."""
        if await self.store.fact(_fact(key)) is not None:
            return
        # Recorded first: a second message would be worse than none, as the log has it, too.
        await self.store.remember_fact(_fact(key), text)
        log.error("%s", text)
        await self._tell(f"⚠️ {text}")

    async def end(self, key: str, text: str) -> None:
        """Tell that a trouble is over, if it was told."""
        if await self.store.fact(_fact(key)) is None:
            return
        await self.store.remember_fact(_fact(key), None)
        log.info("%s", text)
        await self._tell(f"✅ {text}")

    async def _tell(self, text: str) -> None:
        if self.owner is None:
            return
        try:
            await self.owner.tell(text)
        except Undeliverable as trouble:
            log.warning("the application's owner can't be told: %s", trouble)


def _fact(key: str) -> str:
    return f"notice:{key}"
