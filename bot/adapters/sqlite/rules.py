"""The rules of all servers with their audit, and the money spent, in SQLite."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeVar

from typing_extensions import override

from bot.adapters.sqlite import rule_rows
from bot.adapters.sqlite.admission import grants_of, taken_on
from bot.adapters.sqlite.database import Reader, Value, Writer
from bot.domain.moderation.rule_text import bonus, bonus_granted, count
from bot.domain.moderation.rules import MemberRule, RoleRule, Rules, ServerRules
from bot.ports import AllRules, AuditEntry, Change, RuleBook
from bot.ports.rules import Spending

T = TypeVar("T")
_SET_SERVER = (
    "INSERT INTO server_rules VALUES (?, ?)"
    " ON CONFLICT (guild_id) DO UPDATE SET rules = excluded.rules"
)
_SET_ROLE = (
    "INSERT INTO role_rules VALUES (?, ?, ?)"
    " ON CONFLICT (guild_id, role_id) DO UPDATE SET rules = excluded.rules"
)
_SET_MEMBER = (
    "INSERT INTO member_rules VALUES (?, ?, ?)"
    " ON CONFLICT (guild_id, member_id) DO UPDATE SET rules = excluded.rules"
)
_DROP_ROLE = "DELETE FROM role_rules WHERE guild_id = ? AND role_id = ?"
_DROP_MEMBER = "DELETE FROM member_rules WHERE guild_id = ? AND member_id = ?"
_RESET = (
    "INSERT INTO resets VALUES (?, ?, ?, (SELECT coalesce(max(id), 0) FROM jobs))"
    " ON CONFLICT (guild_id, member_id, day) DO UPDATE SET job_id = excluded.job_id"
)


class SqliteRules(RuleBook):
    """The rules of all servers, and the audit of their changes."""

    def __init__(self, writer: Writer, reader: Reader):
        self._writer = writer
        self._reader = reader

    @override
    async def rules(self, guild_id: int, member_id: int) -> Rules:
        return await self._reader.look(lambda db: rule_rows.rules_of(db, guild_id, member_id))

    @override
    async def all_rules(self, guild_id: int) -> AllRules:
        def look(db: sqlite3.Connection) -> AllRules:
            return AllRules(
                server=rule_rows.server_rules(db, guild_id),
                roles=rule_rows.roles_of(db, guild_id),
                members=rule_rows.members_of(db, guild_id),
            )

        return await self._reader.look(look)

    @override
    async def change_server(
        self,
        change: Change,
        to: Callable[[ServerRules], ServerRules],
        say: Callable[[ServerRules], str],
    ) -> tuple[ServerRules, ServerRules]:
        def work(db: sqlite3.Connection) -> tuple[ServerRules, ServerRules]:
            before = rule_rows.server_rules(db, change.guild_id)
            after = to(before)
            if after != before:
                rules = rule_rows.SERVER.dump_json(after).decode()
                db.execute(_SET_SERVER, (change.guild_id, rules))
                _write_audit(db, change, say(before), say(after))
            return before, after

        return await self._writer.transact(work)

    @override
    async def change_role(
        self,
        change: Change,
        role_id: int,
        to: Callable[[RoleRule], RoleRule | None],
        say: Callable[[RoleRule | None], str],
    ) -> tuple[RoleRule | None, RoleRule | None]:
        nothing = RoleRule(role_id=role_id)

        def work(db: sqlite3.Connection) -> tuple[RoleRule | None, RoleRule | None]:
            before = rule_rows.role_rule(db, change.guild_id, role_id)
            after = _unless(to(before or nothing), nothing)
            if after != before:
                key = (change.guild_id, role_id)
                if after is None:
                    db.execute(_DROP_ROLE, key)
                else:
                    db.execute(_SET_ROLE, (*key, rule_rows.ROLE.dump_json(after).decode()))
                _write_audit(db, change, say(before), say(after))
            return before, after

        return await self._writer.transact(work)

    @override
    async def change_member(
        self,
        change: Change,
        member_id: int,
        to: Callable[[MemberRule], MemberRule | None],
        say: Callable[[MemberRule | None], str],
    ) -> tuple[MemberRule | None, MemberRule | None]:
        nothing = MemberRule(member_id=member_id)

        def work(db: sqlite3.Connection) -> tuple[MemberRule | None, MemberRule | None]:
            before = rule_rows.member_rule(db, change.guild_id, member_id)
            after = _unless(to(before or nothing), nothing)
            if after != before:
                key = (change.guild_id, member_id)
                if after is None:
                    db.execute(_DROP_MEMBER, key)
                else:
                    db.execute(_SET_MEMBER, (*key, rule_rows.MEMBER.dump_json(after).decode()))
                _write_audit(db, change, say(before), say(after))
            return before, after

        return await self._writer.transact(work)

    @override
    async def grant(
        self, change: Change, member_id: int, *, units: int, reason: str, expires_at: int | None
    ) -> int:
        def work(db: sqlite3.Connection) -> int:
            before = _bonus(db, change, member_id)
            db.execute(
                "INSERT INTO grants"
                " (at, guild_id, member_id, units, reason, granted_by, expires_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (change.at, change.guild_id, member_id, units, reason, change.actor_id, expires_at),
            )
            after = _bonus(db, change, member_id)
            granted = bonus_granted(after, units, reason, expires_at)
            _write_audit(db, change, bonus(before), granted)
            return after

        return await self._writer.transact(work)

    @override
    async def reset(self, change: Change, member_id: int) -> int:
        def work(db: sqlite3.Connection) -> int:
            guild_id = change.guild_id
            day = rule_rows.server_rules(db, guild_id).calendar.day(change.at)
            taken = taken_on(db, guild_id, member_id, day)
            if taken.used or taken.spent:
                db.execute(_RESET, (guild_id, member_id, day))
                _write_audit(
                    db, change, f"{count(taken.used, 'video')} used today", "0 videos used today"
                )
            return taken.used

        return await self._writer.transact(work)

    @override
    async def audit(self, guild_id: int, *, before: int | None, limit: int) -> Sequence[AuditEntry]:
        older, parameters = "", [guild_id, limit]
        if before is not None:
            older, parameters = " AND id < ?", [guild_id, before, limit]
        columns = "id, at, actor_id, what, before, after"
        sql = f"SELECT {columns} FROM audit WHERE guild_id = ?{older} ORDER BY id DESC LIMIT ?"  # noqa: S608  # constants
        rows = await self._reader.rows(sql, parameters)
        return [AuditEntry(**dict(row)) for row in rows]


def _unless(rule: T | None, nothing: T) -> T | None:
    """Return the rule, or None if it is the one that says nothing."""
    return None if rule == nothing else rule


def _write_audit(db: sqlite3.Connection, change: Change, before: str, after: str) -> None:
    values: tuple[Value, ...] = (
        change.at,
        change.guild_id,
        change.actor_id,
        change.what,
        before,
        after,
    )
    db.execute(
        "INSERT INTO audit (at, guild_id, actor_id, what, before, after) VALUES (?, ?, ?, ?, ?, ?)",
        values,
    )


def _bonus(db: sqlite3.Connection, change: Change, member_id: int) -> int:
    """Return the units that are left of a member's grants."""
    grants = grants_of(db, change.guild_id, member_id, change.at)
    return sum(grant.units for grant in grants)


class SqliteSpending(Spending):
    """The sums of the ledger, by server and by day or month."""

    def __init__(self, reader: Reader):
        self._reader = reader

    @override
    async def taken(self, guild_id: int, period: str) -> int:
        sql = "SELECT taken FROM sums WHERE guild_id = ? AND period = ?"
        row = await self._reader.row(sql, [guild_id, period])
        return int(row["taken"]) if row else 0
