"""Implements `bot.ports.spending.Spending` on SQLite."""

from typing_extensions import override

from bot.adapters.sqlite.database import Reader
from bot.ports.spending import Spending


class SqliteSpending(Spending):
    """The sums that the ledger adds up to."""

    def __init__(self, reader: Reader):
        self._reader = reader

    @override
    async def taken(self, guild_id: int, period: str) -> int:
        sql = "SELECT taken FROM sums WHERE guild_id = ? AND period = ?"
        row = await self._reader.row(sql, [guild_id, period])
        return int(row["taken"]) if row else 0
