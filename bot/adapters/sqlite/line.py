"""The order of the line, as SQL. Every query here has an index."""

import sqlite3
from collections.abc import Mapping

from bot.adapters.sqlite.database import Reader
from bot.domain.jobs.estimates import Shape
from bot.domain.line.fairness import LineOrder, turn_of
from bot.domain.moderation.admission import OpenJobs

# SQLite uses a partial index only where its condition is in the query, word for word:
# https://sqlite.org/partialindex.html#queries_using_partial_indexes
OPEN = "status NOT IN ('delivered', 'failed', 'canceled')"
WAITING: Mapping[LineOrder, str] = {
    LineOrder.TURNS: "status = 'created'",
    LineOrder.FIRST_COME: f"status = 'created' AND {OPEN}",
}
ORDERED: Mapping[LineOrder, str] = {LineOrder.TURNS: "turn, id", LineOrder.FIRST_COME: "id"}
UP_TO: Mapping[LineOrder, str] = {
    LineOrder.TURNS: "(turn, id) <= (?1, ?2)",
    LineOrder.FIRST_COME: "id <= ?2",
}
"""The jobs in line up to the one of turn ?1 and id ?2."""
_LAST_ADMITTED = "SELECT max(turn) FROM jobs WHERE submitting_at IS NOT NULL"
_LATEST_OF_MEMBER = (
    "SELECT max(turn) FROM jobs"
    " WHERE member_id = ? AND (status = 'created' OR submitting_at IS NOT NULL)"
)
_OPEN_JOBS = f"""
SELECT
    (SELECT count(*) FROM jobs WHERE member_id = ?1 AND {OPEN}) AS of_member,
    (SELECT count(*) FROM jobs WHERE guild_id = ?2 AND {OPEN}) AS of_server
"""  # noqa: S608  # a constant
_TIMES = """
SELECT made_at - submitting_at AS time FROM jobs
WHERE made_at IS NOT NULL AND made_at >= submitting_at ORDER BY made_at DESC LIMIT ?
"""
_TIMES_ALIKE = """
SELECT made_at - submitting_at AS time FROM jobs
WHERE made_at IS NOT NULL AND made_at >= submitting_at AND model = ?
    AND resolution IS ? AND seconds IS ?
ORDER BY made_at DESC LIMIT ?
"""


def next_turn(db: sqlite3.Connection, member_id: int) -> int:
    """Return the turn of a job that the member asks for now."""
    return turn_of(
        last_admitted=_highest(db, _LAST_ADMITTED),
        latest_of_member=_highest(db, _LATEST_OF_MEMBER, member_id),
    )


def open_jobs(db: sqlite3.Connection, *, guild_id: int, member_id: int) -> OpenJobs:
    """Return the numbers of open jobs of a member and of a server."""
    return OpenJobs(*db.execute(_OPEN_JOBS, (member_id, guild_id)).fetchone())


async def render_times(reader: Reader, shape: Shape | None, *, limit: int) -> list[int]:
    """Return the times (milliseconds) that the latest videos took, of that shape or of all."""
    if shape is None:
        rows = await reader.rows(_TIMES, (limit,))
    else:
        alike = (shape.model, shape.resolution, shape.seconds, limit)
        rows = await reader.rows(_TIMES_ALIKE, alike)
    return [int(row["time"]) for row in rows]


def _highest(db: sqlite3.Connection, sql: str, *parameters: int) -> int | None:
    row: tuple[int | None] = db.execute(sql, parameters).fetchone()
    return row[0]
