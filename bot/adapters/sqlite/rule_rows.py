"""Rows of rules: each holds one rule as JSON."""

import sqlite3

from pydantic import TypeAdapter

from bot.adapters.sqlite.database import Row
from bot.adapters.sqlite.statements import one
from bot.domain.moderation.rules import MemberRule, RoleRule, Rules, ServerRules

SERVER = TypeAdapter(ServerRules)
ROLE = TypeAdapter(RoleRule)
MEMBER = TypeAdapter(MemberRule)


def rules_of(db: sqlite3.Connection, guild_id: int, member_id: int) -> Rules:
    """Return a server's rules as far as they concern one member (and all of its roles)."""
    roles = roles_of(db, guild_id)
    return Rules(
        server=server_rules(db, guild_id),
        roles={rule.role_id: rule for rule in roles},
        member=member_rule(db, guild_id, member_id),
    )


def server_rules(db: sqlite3.Connection, guild_id: int) -> ServerRules:
    row = one(db, "SELECT rules FROM server_rules WHERE guild_id = ?", [guild_id])
    return SERVER.validate_json(row["rules"]) if row else ServerRules()


def roles_of(db: sqlite3.Connection, guild_id: int) -> list[RoleRule]:
    sql = "SELECT rules FROM role_rules WHERE guild_id = ? ORDER BY role_id"
    rows: list[Row] = db.execute(sql, [guild_id]).fetchall()
    return [ROLE.validate_json(row["rules"]) for row in rows]


def role_rule(db: sqlite3.Connection, guild_id: int, role_id: int) -> RoleRule | None:
    sql = "SELECT rules FROM role_rules WHERE guild_id = ? AND role_id = ?"
    row = one(db, sql, [guild_id, role_id])
    return ROLE.validate_json(row["rules"]) if row else None


def members_of(db: sqlite3.Connection, guild_id: int) -> list[MemberRule]:
    sql = "SELECT rules FROM member_rules WHERE guild_id = ? ORDER BY member_id"
    rows: list[Row] = db.execute(sql, [guild_id]).fetchall()
    return [MEMBER.validate_json(row["rules"]) for row in rows]


def member_rule(db: sqlite3.Connection, guild_id: int, member_id: int) -> MemberRule | None:
    sql = "SELECT rules FROM member_rules WHERE guild_id = ? AND member_id = ?"
    row = one(db, sql, [guild_id, member_id])
    return MEMBER.validate_json(row["rules"]) if row else None
