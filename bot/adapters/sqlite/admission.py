"""Reads a request's admission from SQLite: rules, quota, budgets, and requests it may repeat."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.adapters.sqlite.database import Row
from bot.adapters.sqlite.line import open_jobs
from bot.adapters.sqlite.mapping import to_job
from bot.adapters.sqlite.rule_rows import rules_of
from bot.adapters.sqlite.servers import is_refused
from bot.adapters.sqlite.statements import number, one
from bot.domain.calendar import Calendar
from bot.domain.jobs.job import ONE_PRESS, Job, NewJob
from bot.domain.moderation.admission import Admission
from bot.domain.moderation.budget import WHOLE_BOT, Budget, bot_budgets, server_budgets
from bot.domain.moderation.policy import allowance_of, budgets_of
from bot.domain.moderation.quota import Grant, Quota
from bot.domain.moderation.rules import Asker, Ceilings

# Of a day without a reset, no row is read twice.
_TAKEN_OF_DAY = """
WITH reset AS (
    SELECT coalesce(
        (SELECT job_id FROM resets WHERE guild_id = ?1 AND member_id = ?2 AND day = ?3), 0
    ) AS last
)
SELECT
    coalesce(sum(videos), 0) AS used,
    coalesce(sum(held + spent), 0) AS spent,
    (
        SELECT coalesce(sum(videos), 0) FROM reset CROSS JOIN ledger
        WHERE guild_id = ?1 AND member_id = ?2 AND day = ?3 AND job_id <= reset.last
    ) AS before
FROM reset CROSS JOIN ledger
WHERE guild_id = ?1 AND member_id = ?2 AND day = ?3 AND job_id > reset.last
"""
# Those that expire first go first.
_GRANTS = """
SELECT id, reason, expires_at, left FROM (
    SELECT *, units - coalesce(
        (SELECT sum(grant_uses.units) FROM grant_uses WHERE grant_id = grants.id), 0
    ) AS left
    FROM grants WHERE guild_id = ? AND member_id = ? AND (expires_at IS NULL OR expires_at > ?)
) WHERE left > 0 ORDER BY expires_at IS NULL, expires_at, id
"""
_TAKEN = "SELECT coalesce((SELECT taken FROM sums WHERE guild_id = ? AND period = ?), 0)"


def read_admission(
    db: sqlite3.Connection, guild_id: int, asker: Asker, *, at: int, ceilings: Ceilings
) -> Admission:
    """Return everything that decides about a request, as it stands in the database now."""
    rules = rules_of(db, guild_id, asker.member_id)
    calendar, owner_calendar = rules.server.calendar, Calendar(ceilings.zone)
    allowance = allowance_of(rules, asker, ceilings)
    day = calendar.day(at)
    taken = taken_on(db, guild_id, asker.member_id, day)
    quota = Quota(
        used=taken.used,
        limit=allowance.videos_per_day,
        day=day,
        resets_at=calendar.resets_at(at),
        grants=grants_of(db, guild_id, asker.member_id, at),
        spent=taken.spent,
        usd_limit=allowance.usd_per_day,
        made=taken.made,
        most=ceilings.most_videos_per_day,
    )
    servers = server_budgets(calendar, budgets_of(rules, ceilings), at=at)
    budgets = [
        *_taken(db, guild_id, servers),
        *_taken(db, WHOLE_BOT, bot_budgets(ceilings, at=at)),
    ]
    return Admission(
        asker=asker,
        at=at,
        rules=rules,
        quota=quota,
        budgets=budgets,
        owner_day=owner_calendar.day(at),
        open_jobs=open_jobs(db, guild_id=guild_id, member_id=asker.member_id),
        is_served=not is_refused(db, guild_id),
    )


@dataclass(frozen=True, slots=True)
class TakenOfDay:
    """A member's share of one day: units, and micro-dollars held or spent."""

    used: int
    """Units since the last reset."""
    spent: int
    """Micro-dollars since the last reset."""
    made: int
    """Units of the whole day."""


def taken_on(db: sqlite3.Connection, guild_id: int, member_id: int, day: int) -> TakenOfDay:
    """Return the units and the money that a member took of a day's quota."""
    row: Row = db.execute(_TAKEN_OF_DAY, (guild_id, member_id, day)).fetchone()
    used = int(row["used"])
    return TakenOfDay(used, int(row["spent"]), made=used + int(row["before"]))


def grants_of(db: sqlite3.Connection, guild_id: int, member_id: int, at: int) -> Sequence[Grant]:
    """Return a member's grants that haven't expired, with the units that are left of each."""
    rows: list[Row] = db.execute(_GRANTS, (guild_id, member_id, at)).fetchall()
    return [
        Grant(id=row["id"], units=row["left"], reason=row["reason"], expires_at=row["expires_at"])
        for row in rows
    ]


def _taken(db: sqlite3.Connection, guild_id: int, budgets: Mapping[str, Budget]) -> list[Budget]:
    """Return the budgets with what is taken of them in their periods."""
    return [
        replace(budget, taken=number(db, _TAKEN, (guild_id, period)))
        for period, budget in budgets.items()
    ]


SAME_REQUEST = (
    "SELECT * FROM jobs WHERE fingerprint = ? AND created_at > ?"
    " AND status NOT IN ('failed', 'canceled') ORDER BY id DESC LIMIT 1"
)
_SAME_PRESS = (
    "SELECT * FROM jobs WHERE parent_id = ? AND relation = ? AND guild_id = ? AND member_id = ?"
    " AND created_at > ?"
    " ORDER BY id DESC LIMIT 1"
)
# Two presses of one button that are closer together than this count as one.
_ONE_PRESS_MS = 5_000


def same_request(db: sqlite3.Connection, job: NewJob, at: int, same_within: int) -> Job | None:
    """Return the member's own job of the same request, or of the same button, a moment ago."""
    if job.relation not in ONE_PRESS:
        row = one(db, SAME_REQUEST, [job.fingerprint, at - same_within])
    else:
        place = job.place
        since = at - _ONE_PRESS_MS
        press = [job.parent_id, job.relation, place.guild_id, place.member_id, since]
        row = one(db, _SAME_PRESS, press)
    return to_job(row) if row else None
