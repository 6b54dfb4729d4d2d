"""The rows of servers in SQLite."""

import sqlite3
from collections.abc import Collection, Sequence

from typing_extensions import override

from bot.adapters.sqlite.database import Reader, Row, Writer
from bot.adapters.sqlite.line import OPEN
from bot.adapters.sqlite.statements import one
from bot.domain.moderation.servers import Decision, Server, is_trusted
from bot.ports.servers import SeenServer, ServerBook

_ONE = "SELECT * FROM servers WHERE guild_id = ?"
# Few servers are left: each finds its jobs by the index of open ones.
_OPEN_IN_LEFT = f"""
SELECT jobs.id FROM servers CROSS JOIN jobs ON jobs.guild_id = servers.guild_id
WHERE (servers.present = 0 OR servers.decision = 'left')
    AND jobs.{OPEN}
ORDER BY jobs.id
"""  # noqa: S608  # a constant
_MEET = (
    "INSERT INTO servers (guild_id, name, trusted, present, first_seen_at) VALUES (?, ?, ?, 1, ?)"
    " ON CONFLICT (guild_id) DO UPDATE SET name = excluded.name, trusted = excluded.trusted,"
    " present = 1,"
    # Whoever is no longer trusted is asked about anew.
    " asked_at = CASE WHEN excluded.trusted = 1 THEN NULL ELSE servers.asked_at END"
)
_DROP_DECISION = "UPDATE servers SET decision = NULL, decided_at = NULL WHERE guild_id = ?"
_DECIDE = (
    "INSERT INTO servers (guild_id, name, decision, decided_at, trusted, present, first_seen_at)"
    " VALUES (?, '', ?, ?, 0, 0, ?)"
    " ON CONFLICT (guild_id) DO UPDATE SET decision = excluded.decision,"
    " decided_at = excluded.decided_at,"
    " trusted = CASE WHEN excluded.decision = 'left' THEN 0 ELSE servers.trusted END"
)


class SqliteServers(ServerBook):
    """The servers of one database."""

    def __init__(self, writer: Writer, reader: Reader):
        self._writer = writer
        self._reader = reader

    @override
    async def server(self, guild_id: int) -> Server | None:
        row = await self._reader.row(_ONE, [guild_id])
        return _to_server(row) if row else None

    @override
    async def servers(self) -> Sequence[Server]:
        rows = await self._reader.rows("SELECT * FROM servers ORDER BY first_seen_at, guild_id")
        return [_to_server(row) for row in rows]

    @override
    async def open_in_left(self) -> Sequence[int]:
        return [row["id"] for row in await self._reader.rows(_OPEN_IN_LEFT)]

    @override
    async def meet(self, seen: SeenServer, *, listed: bool, owned: bool, at: int) -> Server:
        def work(db: sqlite3.Connection) -> Server:
            row = one(db, _ONE, [seen.guild_id])
            decision = _to_server(row).decision if row else None
            if listed and decision is Decision.LEFT:
                db.execute(_DROP_DECISION, (seen.guild_id,))
                decision = None
            trusted = is_trusted(decision, listed=listed, owned=owned)
            db.execute(_MEET, (seen.guild_id, seen.name, int(trusted), at))
            return _existing(db, seen.guild_id)

        return await self._writer.transact(work)

    @override
    async def mark_absent(self, guild_id: int) -> None:
        await self._writer.execute("UPDATE servers SET present = 0 WHERE guild_id = ?", (guild_id,))

    @override
    async def decide(self, guild_id: int, decision: Decision, *, at: int) -> Server:
        def work(db: sqlite3.Connection) -> Server:
            db.execute(_DECIDE, (guild_id, decision, at, at))
            return _existing(db, guild_id)

        return await self._writer.transact(work)

    @override
    async def mark_asked(self, guild_ids: Collection[int], *, at: int | None) -> None:
        def work(db: sqlite3.Connection) -> None:
            rows = [(at, guild_id) for guild_id in guild_ids]
            db.executemany("UPDATE servers SET asked_at = ? WHERE guild_id = ?", rows)

        await self._writer.transact(work)


def is_refused(db: sqlite3.Connection, guild_id: int) -> bool:
    """Return whether the owner hasn't agreed to a server that the bot has met, or the bot left it.

    A command that is being answered when the bot is removed must not make a video for nobody.
    """
    row = one(db, _ONE, [guild_id])
    if row is None:
        return False
    server = _to_server(row)
    return not (server.is_served and server.present)


def _existing(db: sqlite3.Connection, guild_id: int) -> Server:
    row = one(db, _ONE, [guild_id])
    assert row is not None, "it was written just now"
    return _to_server(row)


def _to_server(row: Row) -> Server:
    return Server(
        guild_id=row["guild_id"],
        name=row["name"],
        decision=None if row["decision"] is None else Decision(row["decision"]),
        decided_at=row["decided_at"],
        trusted=bool(row["trusted"]),
        present=bool(row["present"]),
        first_seen_at=row["first_seen_at"],
        asked_at=row["asked_at"],
    )
