"""The cost of a long line: 10,000 jobs of 1,000 members wait in a real database file.

Timed is the bot's work for each job that goes to fal (find the next in line and write that it is
admitted, committed to the disk), for each place that the bot shows, for each new job, and for the
estimates. Beside it stands a query with a window function, which numbers all turns anew each time.
"""

import asyncio
import json
import random
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import click

from bench import quick as quick_mode
from bench.side_by_side import Line, show
from bot.adapters.process.clock import SystemClock
from bot.adapters.sqlite.database import Reader, Writer, open_reader, open_writer
from bot.adapters.sqlite.jobs import SqliteJobStore
from bot.domain.catalogue.models import Kind
from bot.domain.jobs import estimates
from bot.domain.jobs.job import Job, NewJob, Place
from bot.domain.line.fairness import Caps
from bot.domain.moderation.rules import Ceilings

AIM_MS = 10.0
MODEL, ENDPOINT = "pika-2.2-text", "fal-ai/pika/v2.2/text-to-video"
RESOLUTION, SECONDS = "720p", 5
ARGUMENTS: dict[str, str | int] = {
    "prompt": "a fox in the snow", "resolution": RESOLUTION, "duration": SECONDS, "seed": 7
}  # fmt: skip
COLUMNS = (
    "source", "guild_id", "channel_id", "member_id", "message_id", "model", "kind", "endpoint",
    "prompt", "arguments", "resolution", "seconds", "price", "price_assumed", "quota_day", "status",
    "status_at", "created_at", "turn", "submitting_at", "made_at", "video_url", "video",
    "delivered_as", "ended_at",
)  # fmt: skip

# A job's turn is the number of its member's jobs at fal and before it in line, and one.
WITH_TURNS = """
WITH taken AS (
    SELECT member_id, count(*) AS jobs FROM jobs
    WHERE status IN ('submitting', 'submitted', 'running')
        AND status NOT IN ('delivered', 'failed', 'canceled')
    GROUP BY member_id
), turns AS (
    SELECT id, row_number() OVER (PARTITION BY jobs.member_id ORDER BY id)
        + coalesce(taken.jobs, 0) AS turn
    FROM jobs LEFT JOIN taken ON taken.member_id = jobs.member_id WHERE status = 'created'
)
"""
# S608: the statements are put together from constants.
WINDOW_NEXT = f"{WITH_TURNS} SELECT id FROM turns ORDER BY turn, id LIMIT 1"  # noqa: S608
WINDOW_PLACE = f"""{WITH_TURNS}, line AS (
    SELECT id, row_number() OVER (ORDER BY turn, id) AS place FROM turns
) SELECT place FROM line WHERE id = ?"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Size:
    """The rows of the database, and the work done on them."""

    members: int
    """Members who have the jobs, as many each."""
    jobs: int
    """Jobs that wait in line."""
    ended: int
    """Jobs whose video was delivered before."""
    times: int
    """Repetitions of each step."""


QUICK = Size(members=20, jobs=200, ended=400, times=10)


@click.command(help=__doc__)
@click.option("--members", default=1000, show_default=True, type=click.IntRange(1))
@click.option("--jobs", default=10_000, show_default=True, type=click.IntRange(100))
@click.option(
    "--ended", default=20_000, show_default=True, type=click.IntRange(estimates.MOST_TIMES)
)
@click.option("--times", default=300, show_default=True, type=click.IntRange(10))
@quick_mode.option
def main(*, members: int, jobs: int, ended: int, times: int, quick: bool) -> None:
    size = QUICK if quick else Size(members=members, jobs=jobs, ended=ended, times=times)
    missed = asyncio.run(_measure(size))
    sys.exit(quick_mode.exit_code(missed=missed, quick=quick))


async def _measure(size: Size) -> bool:
    """Print everything; return whether an aim is missed."""
    with TemporaryDirectory(prefix="pika-bench-") as folder:
        path = Path(folder) / "pika.db"
        async with open_writer(path) as writer, open_reader(path) as reader:
            await writer.transact(lambda db: _fill(db, size))
            store = SqliteJobStore(writer, reader, returns_per_day=3)
            return await Bench(store, writer, reader, size).run()


def _fill(db: sqlite3.Connection, size: Size) -> None:
    """Write the rows that a long day leaves behind: delivered videos, and the line."""
    now = SystemClock().now()
    places = ", ".join("?" * len(COLUMNS))
    sql = f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({places})"  # noqa: S608
    db.executemany(sql, (_delivered(number, size, now) for number in range(size.ended)))
    db.executemany(sql, (_waiting(number, size, now) for number in range(size.jobs)))
    db.execute(
        "INSERT INTO ledger (at, guild_id, member_id, day, job_id, kind, videos, held, spent)"
        " SELECT created_at, guild_id, member_id, quota_day, id, 'reserve', 1, price, 0 FROM jobs"
    )


def _row(source: str, member: int, turn: int, now: int) -> dict[str, str | int | None]:
    new = _new(source, member)
    columns: dict[str, str | int | None] = dict.fromkeys(COLUMNS)
    return columns | {
        "source": source, "guild_id": 1, "channel_id": 2, "member_id": member, "message_id": 3,
        "model": MODEL, "kind": new.kind, "endpoint": ENDPOINT, "prompt": new.prompt,
        "arguments": json.dumps(ARGUMENTS), "resolution": RESOLUTION, "seconds": SECONDS,
        "price": new.price, "price_assumed": 0, "quota_day": 1, "status": "created",
        "status_at": now, "created_at": now, "turn": turn,
    }  # fmt: skip


def _delivered(number: int, size: Size, now: int) -> tuple[str | int | None, ...]:
    at = now - (size.ended - number) * 1000
    row = _row(f"made:{number}", number % size.members, number // size.members, at)
    ended = {"status": "delivered", "submitting_at": at, "made_at": at + 60_000 + number % 9_000}
    files = {"video_url": "https://127.0.0.1/v", "video": "v", "delivered_as": "edited"}
    return tuple((row | ended | files | {"ended_at": at + 70_000}).values())


def _waiting(number: int, size: Size, now: int) -> tuple[str | int | None, ...]:
    # Members don't ask in the order of their turns.
    member = number * 7919 % size.members
    turn = size.ended // size.members + number // size.members
    return tuple(_row(f"waiting:{number}", member, turn, now).values())


def _new(source: str, member: int) -> NewJob:
    return NewJob(
        source=source,
        place=Place(guild_id=1, channel_id=2, member_id=member, message_id=3),
        model=MODEL,
        kind=Kind.TEXT,
        endpoint=ENDPOINT,
        prompt="a fox in the snow",
        arguments=ARGUMENTS,
        price=200_000,
        price_assumed=False,
        resolution=RESOLUTION,
        seconds=SECONDS,
    )


class Bench:
    """Repeats each step. Times are in milliseconds."""

    def __init__(self, store: SqliteJobStore, writer: Writer, reader: Reader, size: Size):
        self._store = store
        self._writer = writer
        self._reader = reader
        self._size = size
        self._random = random.Random(7)  # noqa: S311  # the same in each run
        self._asked = 0

    async def run(self) -> bool:
        size, times = self._size, self._size.times
        waiting = len(await self._store.line(limit=1_000_000))
        assert waiting == size.jobs
        click.echo(f"{waiting:,} jobs of {size.members:,} members wait, {size.ended:,} ended")
        admit = await _timed(times, self._admit)
        line = await self._store.line(limit=1_000_000)
        assert len(line) == waiting - times
        some = self._random.sample(line, min(times, len(line)))
        place = await _timed(times, self._show, some)
        lines = _lines("admit the next, ms", admit, await _timed(20, self._window_next))
        lines += _lines("show a place, ms", place, await _timed(20, self._window_place, some))
        lines += _lines("take a new job, ms", await _timed(times, self._submit))
        assert len(await self._store.line(limit=1_000_000)) == waiting
        lines += _lines("for comparison, a commit alone, ms", await _timed(times, self._commit))
        lines += _lines("learn what is usual, ms", await _timed(times, self._learn))
        show(lines, headings=("", "pika-bot", "window", "ratio", ""))
        return max(_p99(admit), _p99(place)) > AIM_MS

    async def _admit(self, _: Job | None) -> None:
        now = SystemClock().now()
        job = await self._store.next_waiting(at=now, excluding=())
        assert job is not None
        assert await self._store.admit(job, at=now, concurrency=1_000_000) is not None

    async def _show(self, job: Job | None) -> None:
        assert job is not None
        assert (await self._store.standing(job)).place

    async def _submit(self, _: Job | None) -> None:
        self._asked += 1
        new = _new(f"asked:{self._asked}", self._random.randrange(self._size.members))
        await self._store.submit(
            new,
            at=SystemClock().now(),
            ceilings=Ceilings(videos_per_day=1000),
            caps=Caps(1000, 1_000_000),
        )

    async def _commit(self, _: Job | None) -> None:
        """Write one small row: the disk's share of every admission, however short the line."""
        self._asked += 1
        await self._store.remember_fact("bench", str(self._asked))

    async def _learn(self, _: Job | None) -> None:
        for shape in (estimates.Shape(MODEL, RESOLUTION, SECONDS), None):
            times = await self._store.render_times(shape, limit=estimates.MOST_TIMES)
            assert len(times) == estimates.MOST_TIMES

    async def _window_next(self, _: Job | None) -> None:
        """Find the next in one transaction, as admission would."""
        await self._writer.transact(lambda db: db.execute(WINDOW_NEXT).fetchall() and None)

    async def _window_place(self, job: Job | None) -> None:
        assert job is not None
        await self._reader.rows(WINDOW_PLACE, [job.id])


async def _timed(
    times: int, work: Callable[[Job | None], Awaitable[None]], jobs: list[Job] | None = None
) -> list[float]:
    took: list[float] = []
    for number in range(times):
        job = jobs[number % len(jobs)] if jobs else None
        began = perf_counter()
        await work(job)
        took.append((perf_counter() - began) * 1000)
    return took


def _p99(times: list[float]) -> float:
    return sorted(times)[(len(times) * 99 + 99) // 100 - 1]


def _lines(what: str, ours: list[float], theirs: list[float] | None = None) -> list[Line]:
    aim = f"aim: below {AIM_MS:g}" if theirs else ""
    return [
        Line(f"{what}: p50", median(ours), median(theirs) if theirs else None),
        Line(f"{what}: p99", _p99(ours), _p99(theirs) if theirs else None, aim),
    ]


if __name__ == "__main__":
    main()
