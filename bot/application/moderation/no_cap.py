"""A bot that made videos before there was a monthly cap as shipped: it goes on without one."""

import logging

from bot.ports import JobStore, Owner, Undeliverable

log = logging.getLogger(__name__)

# The migration that brought the cap writes it into a database with jobs.
NO_CAP_FACT = "no_cap_as_shipped"
_TOLD = "told"
_TEXT = (
    "No monthly cap holds for this bot, as it made videos before there was one. New bots spend at"
    ' most $50 a month. To cap yours, add `usd_per_month = "50"` to `[budget]` in config.toml (or'
    ' set PIKA_BUDGET__USD_PER_MONTH=50) and restart it; with `""` it stays without a cap, and you'
    " aren't told again."
)


async def is_without_cap(store: JobStore) -> bool:
    """Return whether the cap as shipped doesn't hold for this database."""
    return await store.fact(NO_CAP_FACT) is not None


async def tell_without_cap(store: JobStore, owner: Owner | None) -> None:
    """Tell the owner once that no cap holds."""
    if await store.fact(NO_CAP_FACT) == _TOLD:
        return
    log.warning("%s", _TEXT)
    if owner is not None:
        try:
            await owner.tell(f"💰 {_TEXT}")
        except Undeliverable as trouble:
            # The next start tries again.
            log.warning("the application's owner can't be told: %s", trouble)
            return
    await store.remember_fact(NO_CAP_FACT, _TOLD)
