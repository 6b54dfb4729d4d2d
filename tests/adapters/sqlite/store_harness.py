"""A real database file, and jobs led along their way."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from bot.adapters.sqlite.database import Writer, open_reader, open_writer
from bot.adapters.sqlite.jobs import SqliteJobStore
from bot.adapters.sqlite.rules import SqliteRules
from bot.domain.calendar import DAY_MS
from bot.domain.jobs.job import DeliveredAs, Failure, Job, NewJob, Status
from bot.domain.line.fairness import NO_CAPS, Caps, LineOrder
from bot.domain.moderation.rules import Asker, Ceilings
from bot.ports import Changes
from tests.domain.examples import GUILD, MEMBER, handle, new_job

TODAY = 20_000
NOW = TODAY * DAY_MS + 3_600_000
QUOTA = 5

_numbers = count(1)


@dataclass(frozen=True)
class Balance:
    """Sums of ledger rows."""

    videos: int
    held: int
    spent: int


@dataclass(frozen=True)
class Stage:
    store: SqliteJobStore
    writer: Writer
    rules: SqliteRules

    async def sql(self, sql: str, *parameters: str | int | None) -> Sequence[sqlite3.Row]:
        """Run one statement on the writer, as nobody in the bot would."""

        def work(connection: sqlite3.Connection) -> list[sqlite3.Row]:
            return connection.execute(sql, parameters).fetchall()

        return await self.writer.transact(work)

    async def numbers(self, sql: str, *parameters: str | int | None) -> list[tuple[int, ...]]:
        """Run a query whose columns are numbers."""
        return [tuple(map(int, row)) for row in await self.sql(sql, *parameters)]

    async def balance(self, job: Job) -> Balance:
        sql = (
            "SELECT sum(videos) AS v, sum(held) AS h, sum(spent) AS s FROM ledger WHERE job_id = ?"
        )
        sums: list[tuple[int, int, int]] = [tuple(row) for row in await self.sql(sql, job.id)]
        return Balance(*sums[0])

    async def used(self, job: Job) -> int:
        return await self.used_on(job.quota_day, job.place.member_id)

    async def used_on(self, day: int, member: int = MEMBER, guild: int = GUILD) -> int:
        """Return how many units of a day's quota somebody has taken."""
        sql = (
            "SELECT coalesce(sum(videos), 0) FROM ledger"
            " WHERE guild_id = ? AND member_id = ? AND day = ?"
        )
        return (await self.numbers(sql, guild, member, day))[0][0]

    async def submit(
        self,
        new: NewJob | None = None,
        *,
        at: int = NOW,
        videos_per_day: int = QUOTA,
        caps: Caps = NO_CAPS,
        ceilings: Ceilings | None = None,
        asker: Asker | None = None,
    ) -> Job:
        """Submit a job of its own source."""
        new = new or new_job(source=f"interaction:{next(_numbers)}")
        ceilings = ceilings or Ceilings(videos_per_day=videos_per_day)
        return await self.store.submit(new, at=at, ceilings=ceilings, asker=asker, caps=caps)

    async def lead(self, job: Job, *way: Status | Failure, at: int = NOW) -> Job:
        """Advance a job from state to state; a failure stands for `failed`."""
        for step in way:
            to = Status.FAILED if isinstance(step, Failure) else step
            job = await self.store.advance(job, to, at=at, changes=needed(job, step))
        return job


def needed(job: Job, step: Status | Failure) -> Changes:
    """Return the columns that the pipeline writes along with a step."""
    if isinstance(step, Failure):
        return {"failure": step, "failure_type": "why", "failure_field": "prompt"}
    match step:
        case Status.SUBMITTING:
            return {"submitting_at": NOW}
        case Status.SUBMITTED if job.status is not Status.RUNNING:
            return {"handle": handle(next(_numbers))}
        case Status.RUNNING:
            return {"running_at": NOW}
        case Status.SUCCEEDED:
            return {"video_url": f"http://127.0.0.1:1/{job.id}.mp4", "billable_units": None}
        case Status.STORED:
            return {"video": f"videos/{job.id}.mp4"}
        case Status.DELIVERED:
            return {"delivered_as": DeliveredAs.EDITED}
        case _:
            return {}


@asynccontextmanager
async def open_stage(
    folder: Path, *, returns_per_day: int = 3, order: LineOrder = LineOrder.TURNS
) -> AsyncGenerator[Stage]:
    path = folder / "pika.db"
    async with open_writer(path) as writer, open_reader(path) as reader:
        store = SqliteJobStore(writer, reader, returns_per_day=returns_per_day, order=order)
        yield Stage(store, writer, SqliteRules(writer, reader))


def of_member(member: int) -> NewJob:
    return new_job(source=f"interaction:{next(_numbers)}", member=member)


def stale(job: Job, status: Status) -> Job:
    """Return the job as somebody remembers it who wasn't told."""
    return replace(job, status=status)


def make_database(folder: Path, *ways: Sequence[Status | Failure]) -> Path:
    """Make a database with one job for each way, and close it."""

    async def making() -> None:
        async with open_stage(folder) as stage:
            for way in ways:
                await stage.lead(await stage.submit(), *way)

    asyncio.run(making())
    return folder / "pika.db"
