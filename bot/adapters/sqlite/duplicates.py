"""The same request again: which job it made a moment ago."""

import sqlite3

from bot.adapters.sqlite.mapping import to_job
from bot.adapters.sqlite.statements import one
from bot.domain.jobs.job import ONE_PRESS, Job, NewJob

SAME_REQUEST = (
    "SELECT * FROM jobs WHERE fingerprint = ? AND created_at > ?"
    " AND status NOT IN ('failed', 'canceled') ORDER BY id DESC LIMIT 1"
)
_SAME_PRESS = (
    "SELECT * FROM jobs WHERE parent_id = ? AND relation = ? AND guild_id = ? AND member_id = ?"
    " AND created_at > ?"
    " ORDER BY id DESC LIMIT 1"
)
# Presses of one button that are closer together than this are one.
_ONE_PRESS_MS = 5_000


def same_request(db: sqlite3.Connection, job: NewJob, at: int, same_within: int) -> Job | None:
    """Return the member's own job of the same request, or of the same button, a moment ago."""
    if job.relation not in ONE_PRESS:
        row = one(db, SAME_REQUEST, [job.fingerprint, at - same_within])
    else:
        place = job.place
        since = at - _ONE_PRESS_MS
        pressed = [job.parent_id, job.relation, place.guild_id, place.member_id, since]
        row = one(db, _SAME_PRESS, pressed)
    return to_job(row) if row else None
