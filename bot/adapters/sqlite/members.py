"""Members' own defaults and their open offers, in SQLite."""

import json
import sqlite3

from pydantic import TypeAdapter
from typing_extensions import override

from bot.adapters.sqlite.database import Reader, Row, Writer
from bot.adapters.sqlite.mapping import as_json
from bot.adapters.sqlite.statements import one
from bot.domain.calendar import DAY_MS
from bot.domain.options import Options
from bot.domain.requests.request import VideoRequest
from bot.ports import Members

_REQUEST = TypeAdapter(VideoRequest)


class SqliteMembers(Members):
    """The defaults of all members, and the offers that they haven't answered."""

    def __init__(self, writer: Writer, reader: Reader):
        self._writer = writer
        self._reader = reader

    @override
    async def preferences(self, member_id: int) -> Options:
        sql = "SELECT options FROM preferences WHERE member_id = ?"
        row = await self._reader.row(sql, [member_id])
        return Options.of(json.loads(row["options"])) if row else Options()

    @override
    async def set_preferences(self, member_id: int, options: Options) -> None:
        sql = (
            "INSERT INTO preferences VALUES (?, ?)"
            " ON CONFLICT (member_id) DO UPDATE SET options = excluded.options"
        )
        await self._writer.execute(sql, (member_id, as_json(options.chosen())))

    @override
    async def offer(self, request: VideoRequest, price: int, *, at: int, offer_id: int) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM offers WHERE at < ?", [at - DAY_MS])
            row = [offer_id, at, request.place.member_id, price]
            db.execute(
                "INSERT INTO offers (id, at, member_id, price, request) VALUES (?, ?, ?, ?, ?)",
                [*row, _REQUEST.dump_json(request).decode()],
            )

        await self._writer.transact(work)

    @override
    async def offered_to(self, offer_id: int) -> int | None:
        sql = "SELECT member_id FROM offers WHERE id = ?"
        row = await self._reader.row(sql, [offer_id])
        return int(row["member_id"]) if row else None

    @override
    async def open_offer(
        self, offer_id: int, *, member_id: int, since: int
    ) -> tuple[VideoRequest, int] | None:
        sql = "SELECT request, price FROM offers WHERE id = ? AND member_id = ? AND at >= ?"
        return _offered(await self._reader.row(sql, [offer_id, member_id, since]))

    @override
    async def take_offer(
        self, offer_id: int, *, member_id: int, since: int
    ) -> tuple[VideoRequest, int] | None:
        sql = (
            "DELETE FROM offers WHERE id = ? AND member_id = ? AND at >= ? RETURNING request, price"
        )
        row = await self._writer.transact(lambda db: one(db, sql, [offer_id, member_id, since]))
        return _offered(row)


def _offered(row: Row | None) -> tuple[VideoRequest, int] | None:
    return None if row is None else (_REQUEST.validate_json(row["request"]), int(row["price"]))
