"""The store of job rows. Every write is one transaction."""

import sqlite3
from collections.abc import Sequence

from typing_extensions import override

from bot.adapters.sqlite import ledger, line
from bot.adapters.sqlite.admission import read_admission, same_request
from bot.adapters.sqlite.database import Reader, Value, Writer
from bot.adapters.sqlite.job_reads import IS_AT_FAL, JobReads
from bot.adapters.sqlite.mapping import as_json, from_changes, from_new, to_job
from bot.adapters.sqlite.statements import (
    NEVER_FITS,
    check_not_owned,
    insert_job,
    kept_tag,
    number,
    one,
    update_job,
)
from bot.domain.catalogue.models import Catalogue
from bot.domain.jobs.job import (
    ENDED,
    RELEASABLE,
    RELEASED,
    DeletedBy,
    Failure,
    Job,
    NewJob,
    Place,
    Status,
)
from bot.domain.jobs.ledger import (
    Entry,
    entry_for,
    settlement_of_found,
    settlement_of_unknown,
)
from bot.domain.line.fairness import NO_CAPS, Caps, LineOrder
from bot.domain.moderation.rules import Asker, Ceilings
from bot.domain.requests.request import already_asked
from bot.ports import Changes, Conflict, Unrecordable

_MARK_DELETED = (
    "UPDATE jobs SET deleted_by = ?, deleted_at = ?"
    " WHERE id = ? AND status = 'delivered' AND deleted_by IS NULL RETURNING *"
)
_NO_FAILURE: dict[str, Value] = {
    "failure": None,
    "failure_type": None,
    "failure_field": None,
    "failure_words": None,
    # Neither this nor the next end is what the message shows.
    "shown": "reopened",
}
_MARK_ERASED = (
    "UPDATE jobs SET erased_at = ?, shown = 'deleted'"
    " WHERE id = ? AND deleted_by IS NOT NULL AND erased_at IS NULL RETURNING *"
)


class SqliteJobStore(JobReads):
    """The job rows of one database, with their ledger.

    `returns_per_day` caps how many units of possibly billed videos a member gets back in a day.
    """

    def __init__(
        self,
        writer: Writer,
        reader: Reader,
        *,
        returns_per_day: int,
        order: LineOrder = LineOrder.TURNS,
    ):
        super().__init__(reader, order)
        self._writer = writer
        self._returns_per_day = returns_per_day

    @override
    async def submit(
        self,
        job: NewJob,
        *,
        at: int,
        ceilings: Ceilings,
        asker: Asker | None = None,
        catalogue: Catalogue | None = None,
        same_within: int = 0,
        caps: Caps = NO_CAPS,
    ) -> Job:
        place = job.place
        asker = asker or Asker(member_id=place.member_id)
        assert asker.member_id == place.member_id, "a job belongs to the member who asks for it"

        def work(db: sqlite3.Connection) -> Job:
            if existing := one(db, "SELECT * FROM jobs WHERE source = ?", [job.source]):
                return to_job(existing)
            if same := same_request(db, job, at, same_within):
                raise already_asked(same)
            admission = read_admission(db, place.guild_id, asker, at=at, ceilings=ceilings)
            admission.check(job, catalogue)
            caps.check(admission.open_jobs)
            columns = from_new(job) | {
                "status": Status.CREATED,
                "status_at": at,
                "quota_day": admission.quota.day,
                "owner_day": admission.owner_day,
                "created_at": at,
                "turn": line.next_turn(db, place.member_id),
            }
            created = insert_job(db, columns)
            keys = [(key, created.id) for key in sorted({*created.inputs})]
            db.executemany("INSERT INTO job_inputs (key, job_id) VALUES (?, ?)", keys)
            db.execute("DELETE FROM openings WHERE message_id = ?", [place.message_id])
            ledger.reserve(db, created, admission.quota.share(job.units), at)
            return created

        return await self._writer.transact(work)

    @override
    async def advance(
        self, job: Job, to: Status, *, at: int, changes: Changes | None = None
    ) -> Job:
        try:
            return await self._writer.transact(
                lambda db: self._advance(db, job, to, at, changes or {})
            )
        except NEVER_FITS as error:
            raise Unrecordable(f"job {job.id} can't become {to}: {error}") from error

    def _advance(
        self, db: sqlite3.Connection, job: Job, to: Status, at: int, changes: Changes
    ) -> Job:
        if not job.may_become(to):
            raise Conflict(f"job {job.id} can't go from {job.status} to {to}")
        check_not_owned(db, job, changes)
        fresh: dict[str, Value] = {
            "status": to,
            # Always another time than before, also by a clock that was set back.
            "status_at": max(at, job.status_at + 1),
            "attempts": 0,
            "errors": 0,
            "next_attempt_at": 0,
        }
        columns = fresh | from_changes(changes)
        columns["ended_at"] = at if to in ENDED else None
        if to is Status.SUCCEEDED and job.status is not Status.FAILED:
            columns["made_at"] = at
        if to is Status.SUBMITTED and job.status is not Status.RUNNING:
            columns["at_fal_since"] = at
        if job.status is Status.FAILED:
            if to is Status.SUBMITTED and number(db, ledger.HELD_BY_JOB, [job.id]) == 0:
                raise Conflict(f"what job {job.id} cost is settled")
            columns |= _NO_FAILURE
        moved = update_job(db, job.id, columns, expected=job)
        if entry := self._entry(db, job, to, changes.get("failure")):
            ledger.write(db, moved, entry, at)
        return moved

    def _entry(
        self, db: sqlite3.Connection, job: Job, to: Status, failure: Failure | None
    ) -> Entry | None:
        """Return the ledger entry of a transition."""
        if job.status is Status.FAILED and to is Status.SUCCEEDED:
            held = number(db, ledger.HELD_BY_JOB, [job.id])
            spent = number(db, ledger.SPENT_BY_JOB, [job.id])
            return settlement_of_found(job, held=held, spent=spent)
        entry = entry_for(job, to, failure)
        if entry and entry.capped and ledger.returns_used_up(db, job, self._returns_per_day):
            return Entry(entry.kind, videos=0, held=entry.held, spent=entry.spent)
        return entry

    @override
    async def admit(
        self, job: Job, *, at: int, concurrency: int, fal_offset: int | None = None
    ) -> Job | None:
        def work(db: sqlite3.Connection) -> Job | None:
            if number(db, f"SELECT count(*) FROM jobs WHERE {IS_AT_FAL}") >= concurrency:
                return None
            changes: Changes = {
                "submitting_at": at,
                "attempts": job.attempts,
                "fal_offset": fal_offset,
            }
            return self._advance(db, job, Status.SUBMITTING, at, changes)

        return await self._writer.transact(work)

    @override
    async def schedule(
        self, job: Job, *, attempts: int, next_attempt_at: int, errors: int | None = None
    ) -> Job:
        columns: dict[str, Value] = {"attempts": attempts, "next_attempt_at": next_attempt_at}
        if errors is not None:
            columns["errors"] = errors
        return await self._writer.transact(lambda db: update_job(db, job.id, columns, job))

    @override
    async def record_inputs(self, job: Job, urls: Sequence[str], expire_at: int) -> Job:
        columns: dict[str, Value] = {"input_urls": as_json(urls), "input_urls_expire_at": expire_at}
        return await self._writer.transact(lambda db: update_job(db, job.id, columns, job))

    @override
    async def record_shown(
        self,
        job: Job,
        shown: str | None,
        message_id: int | None,
        *,
        told: str | None = None,
        end_missed: bool = False,
    ) -> None:
        columns: dict[str, Value] = {"shown": shown, "end_missed": int(end_missed)}
        columns |= {"message_id": message_id} | ({} if told is None else {"told": told})
        await self._writer.transact(lambda db: update_job(db, job.id, columns))

    @override
    async def request_cancel(self, job: Job, *, at: int) -> Job:
        def work(db: sqlite3.Connection) -> Job:
            row = one(db, "SELECT * FROM jobs WHERE id = ?", [job.id])
            assert row is not None, "jobs are never deleted"
            current = to_job(row)
            if current.status is Status.CREATED:
                canceled = self._advance(db, current, Status.CANCELED, at, {})
                return update_job(db, canceled.id, {"cancel_requested_at": at})
            if current.status in ENDED:
                return current
            return update_job(db, current.id, {"cancel_requested_at": at})

        return await self._writer.transact(work)

    @override
    async def confirm_cancel(self, job: Job, *, at: int) -> Job:
        columns: dict[str, Value] = {"cancel_confirmed_at": at}
        return await self._writer.transact(lambda db: update_job(db, job.id, columns, job))

    @override
    async def settle_unknown(
        self, job: Job, *, charged: bool, at: int, ending: bool = False
    ) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            if ending and job.status in RELEASABLE:
                end: Changes = {"failure": Failure.OUTCOME_UNKNOWN, "failure_type": RELEASED}
                self._advance(db, job, Status.FAILED, at, end)
            row = one(db, "SELECT failure FROM jobs WHERE id = ?", [job.id])
            unknown = row is not None and row["failure"] == Failure.OUTCOME_UNKNOWN
            if not unknown or number(db, ledger.HELD_BY_JOB, [job.id]) == 0:
                return False
            ledger.write(db, job, settlement_of_unknown(job, charged=charged), at)
            return True

        return await self._writer.transact(work)

    @override
    async def mark_deleted(self, job: Job, by: DeletedBy, *, at: int) -> Job:
        def work(db: sqlite3.Connection) -> Job:
            row = one(db, _MARK_DELETED, [by, at, job.id])
            if row is None:
                raise Conflict(f"job {job.id} is deleted already, or has no finished video")
            return to_job(row)

        return await self._writer.transact(work)

    @override
    async def mark_erased(self, job: Job, *, at: int) -> Job:
        def work(db: sqlite3.Connection) -> Job:
            row = one(db, _MARK_ERASED, [at, job.id])
            if row is None:
                raise Conflict(f"job {job.id} is erased already, or isn't deleted")
            return to_job(row)

        return await self._writer.transact(work)

    @override
    async def tag_for(self, source: str, tag: str, *, at: int) -> str:
        return await self._writer.transact(lambda db: kept_tag(db, source, tag, at))

    @override
    async def remember_announcement(self, place: Place, tag: str, *, at: int) -> None:
        sql = (
            "INSERT OR REPLACE INTO openings (message_id, channel_id, at, tag) VALUES (?, ?, ?, ?)"
        )
        await self._writer.execute(sql, (place.message_id, place.channel_id, at, tag))

    @override
    async def forget_announcement(self, message_id: int) -> None:
        await self._writer.execute("DELETE FROM openings WHERE message_id = ?", (message_id,))

    @override
    async def remember_fact(self, key: str, value: str | None) -> None:
        if value is None:
            await self._writer.execute("DELETE FROM settings WHERE key = ?", (key,))
            return
        sql = (
            "INSERT INTO settings VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        )
        await self._writer.execute(sql, (key, value))
