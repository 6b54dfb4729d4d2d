"""What a long line costs: 10,000 jobs of 1,000 members wait in a real database file.

Timed is what the bot does for each job that goes to fal (find whose turn it is, and write that it
is admitted, committed to the disk), for each place that it shows, for each new job, and for the
estimates. Beside it the query with a window function that numbers everybody's turns anew each time.
"""

import asyncio
import json
import random
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import click

from bench.side_by_side import Line, show
from bot.adapters.process.clock import SystemClock
from bot.adapters.sqlite.database import Reader, Writer, open_reader, open_writer
from bot.adapters.sqlite.jobs import SqliteJobStore
from bot.domain.catalogue.models import Kind
from bot.domain.jobs.estimates import Shape
from bot.domain.jobs.job import Job, NewJob, Place
from bot.domain.line.fairness import Caps
from bot.domain.moderation.rules import Ceilings

AIM_MS = 10.0
HISTORY = 20_000
"""Videos that were made before."""
MODEL, ENDPOINT = "pika-2.2-text", "fal-ai/pika/v2.2/text-to-video"
ARGUMENTS: dict[str, str | int] = {
    "prompt": "a fox in the snow", "resolution": "720p", "duration": 5, "seed": 7
}  # fmt: skip
COLUMNS = (
    "source", "guild_id", "channel_id", "member_id", "message_id", "model", "kind", "endpoint",
    "prompt", "arguments", "price", "price_assumed", "quota_day", "status", "status_at",
    "created_at", "turn", "submitting_at", "made_at", "video_url", "video", "delivered_as",
    "ended_at",
)  # fmt: skip

# A member's turn is how many of their jobs are at fal and before it in line.
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
# S608: they are put together from constants.
WINDOW_NEXT = f"{WITH_TURNS} SELECT id FROM turns ORDER BY turn, id LIMIT 1"  # noqa: S608
WINDOW_PLACE = f"""{WITH_TURNS}, line AS (
    SELECT id, row_number() OVER (ORDER BY turn, id) AS place FROM turns
) SELECT place FROM line WHERE id = ?"""  # noqa: S608


@click.command(help=__doc__)
@click.option("--members", default=1000, show_default=True, type=click.IntRange(1))
@click.option("--jobs", default=10_000, show_default=True, type=click.IntRange(100))
@click.option("--times", default=300, show_default=True, type=click.IntRange(10))
def main(*, members: int, jobs: int, times: int) -> None:
    sys.exit(asyncio.run(_measure(members, jobs, times)))


async def _measure(members: int, jobs: int, times: int) -> int:
    """Print everything; return 1 if an aim is missed."""
    with TemporaryDirectory(prefix="pika-bench-") as folder:
        path = Path(folder) / "pika.db"
        async with open_writer(path) as writer, open_reader(path) as reader:
            await writer.transact(lambda db: _fill(db, members, jobs))
            bench = Bench(
                SqliteJobStore(writer, reader, returns_per_day=3), writer, reader, members
            )
            return await bench.run(times)


def _fill(db: sqlite3.Connection, members: int, jobs: int) -> None:
    """Write what a long day leaves behind: videos that were made, and the line."""
    now = SystemClock().now()
    places = ", ".join("?" * len(COLUMNS))
    sql = f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({places})"  # noqa: S608
    db.executemany(sql, (_made(number, members, now) for number in range(HISTORY)))
    db.executemany(sql, (_waiting(number, members, now) for number in range(jobs)))
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
        "arguments": json.dumps(ARGUMENTS), "price": new.price, "price_assumed": 0,
        "quota_day": 1, "status": "created", "status_at": now, "created_at": now, "turn": turn,
    }  # fmt: skip


def _made(number: int, members: int, now: int) -> tuple[str | int | None, ...]:
    at = now - (HISTORY - number) * 1000
    row = _row(f"made:{number}", number % members, number // members, at)
    ended = {"status": "delivered", "submitting_at": at, "made_at": at + 60_000 + number % 9_000}
    files = {"video_url": "https://127.0.0.1/v", "video": "v", "delivered_as": "edited"}
    return tuple((row | ended | files | {"ended_at": at + 70_000}).values())


def _waiting(number: int, members: int, now: int) -> tuple[str | int | None, ...]:
    # Nobody asks in the order of their turns.
    member = number * 7919 % members
    turn = HISTORY // members + number // members
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
        resolution="720p",
        seconds=5,
    )


class Bench:
    """Does each thing again and again. Times are in milliseconds."""

    def __init__(self, store: SqliteJobStore, writer: Writer, reader: Reader, members: int):
        self._store = store
        self._writer = writer
        self._reader = reader
        self._members = members
        self._random = random.Random(7)  # noqa: S311  # the same in each run
        self._asked = 0

    async def run(self, times: int) -> int:
        waiting = len(await self._store.line(limit=1_000_000))
        click.echo(f"{waiting:,} jobs of {self._members:,} members wait, {HISTORY:,} ended")
        admit = await _timed(times, self._admit)
        line = await self._store.line(limit=1_000_000)
        some = self._random.sample(line, min(times, len(line)))
        place = await _timed(times, self._show, some)
        lines = _lines("admit the next, ms", admit, await _timed(20, self._window_next))
        lines += _lines("show a place, ms", place, await _timed(20, self._window_place, some))
        lines += _lines("take a new job, ms", await _timed(times, self._submit))
        lines += _lines("for comparison, a commit alone, ms", await _timed(times, self._commit))
        lines += _lines("learn what is usual, ms", await _timed(times, self._learn))
        show(lines, headings=("", "pika-bot", "window", "ratio", ""))
        return int(max(_p99(admit), _p99(place)) > AIM_MS)

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
        new = _new(f"asked:{self._asked}", self._random.randrange(self._members))
        await self._store.submit(
            new,
            at=SystemClock().now(),
            ceilings=Ceilings(videos_per_day=1000),
            caps=Caps(1000, 1_000_000),
        )

    async def _commit(self, _: Job | None) -> None:
        """Write one small row: what the disk takes of every admission, however short the line."""
        self._asked += 1
        await self._store.remember_fact("bench", str(self._asked))

    async def _learn(self, _: Job | None) -> None:
        assert await self._store.render_times(Shape(MODEL, "720p", 5), limit=50)
        assert await self._store.render_times(None, limit=50)

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
