"""The cost of a long month: admit requests beside a thousand and beside a million ledger rows.

Two real database files hold one server's current month each. Requests go to both in turn, in one
run, so that the machine's other work weighs on both. Timed is all of the admission: read the rules,
the quota, grants and budgets, write the job and its reservation, and commit them to the disk.
Beside it stands a query that adds the month's rows up each time.
"""

import asyncio
import random
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import cast

import click

from bench import quick as quick_mode
from bench.side_by_side import Line, show
from bot.adapters.process.clock import SystemClock
from bot.adapters.sqlite.database import Reader, open_reader, open_writer
from bot.adapters.sqlite.jobs import SqliteJobStore
from bot.adapters.sqlite.rules import SqliteRules
from bot.domain.calendar import Calendar
from bot.domain.catalogue.models import Kind
from bot.domain.jobs.job import NewJob, Place
from bot.domain.moderation.rules import Allowance, Asker, Ceilings, RoleRule, ServerRules
from bot.ports import Change

AIM = 1.3
FEW, MANY = 1_000, 1_000_000
WARM_UP = 20
"""Requests to each database before the first that counts."""
GUILD, SUPPORTER = 1, 7
CEILINGS = Ceilings(
    videos_per_day=100_000, usd_per_day=10**12, usd_per_month=10**13, server_usd_per_month=10**13
)
# A settled job has two rows. Members take part in turns, days too.
JOBS = """
WITH RECURSIVE numbers (number) AS (
    SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?1
)
INSERT INTO jobs (
    source, guild_id, channel_id, member_id, model, kind, endpoint, prompt, arguments, price,
    price_assumed, quota_day, owner_day, status, status_at, created_at, submitting_at, made_at,
    request_id, video_url, video, delivered_as, ended_at, turn
)
SELECT 'made:' || number, 1, 2, number * 7919 % ?2, 'pika-2.2-text', 'text-to-video',
    'fal-ai/pika/v2.2/text-to-video', 'a fox', '{"seed": 7}', 200000, 0,
    ?3 - number % ?4, ?3 - number % ?4, 'delivered', ?5, ?5, ?5, ?5, 'request-' || number,
    'https://127.0.0.1/v', 'v', 'edited', ?5, number / ?2
FROM numbers
"""
LEDGER = """
INSERT INTO ledger (
    at, guild_id, member_id, day, owner_day, job_id, kind, videos, held, spent
)
SELECT created_at, guild_id, member_id, quota_day, owner_day, id, entries.name,
    entries.name = 'reserve', iif(entries.name = 'reserve', price, -price),
    iif(entries.name = 'settle', price, 0)
FROM jobs JOIN (SELECT 'reserve' AS name UNION ALL SELECT 'settle') AS entries
"""
ADDED_UP = "SELECT sum(held + spent) FROM ledger WHERE guild_id = ? AND day > ?"
LEDGER_ROWS = "SELECT count(*) AS rows FROM ledger"


@dataclass
class Server:
    """One database, and the times of its admissions."""

    store: SqliteJobStore
    reader: Reader
    rows: int
    """Rows of the ledger before the first admission."""
    admissions: list[float] = field(default_factory=list[float])
    """Time of each admission, in milliseconds."""
    sums: list[float] = field(default_factory=list[float])
    """Time of each query that adds the month up, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Size:
    """The rows of the larger database, and the requests."""

    rows: int
    """Rows of the ledger."""
    members: int
    """Members who ask at random."""
    times: int
    """Requests to each database."""


QUICK = Size(rows=2 * FEW, members=20, times=10)


@click.command(help=__doc__)
@click.option("--rows", default=MANY, show_default=True, type=click.IntRange(FEW))
@click.option("--members", default=1000, show_default=True, type=click.IntRange(1))
@click.option("--times", default=400, show_default=True, type=click.IntRange(10))
@quick_mode.option
def main(*, rows: int, members: int, times: int, quick: bool) -> None:
    size = QUICK if quick else Size(rows=rows, members=members, times=times)
    missed = asyncio.run(_measure(size))
    sys.exit(quick_mode.exit_code(missed=missed, quick=quick))


async def _measure(size: Size) -> bool:
    """Print everything; return whether the aim is missed."""
    async with AsyncExitStack() as stack:
        servers = [await _open(stack, rows, size.members) for rows in (FEW, size.rows)]
        chance = random.Random(7)  # noqa: S311  # the same in each run
        for number in range(-WARM_UP, size.times):
            member = chance.randrange(size.members)
            for server in chance.sample(servers, 2):
                await _once(server, number, member)
        for server in servers:
            assert await _ledger_rows(server.reader) == server.rows + WARM_UP + size.times
        few, many = servers
        _report(many, few)
        ratio = median(many.admissions) / median(few.admissions)
        click.echo(f"ratio of the medians: {ratio:.2f}")
        return ratio >= AIM


def _report(many: Server, few: Server) -> None:
    def both(what: str, value: Callable[[Server], float], aim: str = "") -> Line:
        return Line(what, value(many), value(few), aim)

    show(
        [
            both("admit a request, ms: p50", lambda one: median(one.admissions), f"aim: < {AIM}"),
            both("admit a request, ms: p99", lambda one: _p99(one.admissions)),
            both("for comparison, add the month up, ms: p50", lambda one: median(one.sums)),
        ],
        headings=("", f"{many.rows:,} rows", f"{few.rows:,} rows", "ratio", ""),
    )


async def _open(stack: AsyncExitStack, rows: int, members: int) -> Server:
    """Fill a database with so many ledger rows of this month."""
    folder = stack.enter_context(TemporaryDirectory(prefix="pika-bench-"))
    path = Path(folder) / "pika.db"
    writer = await stack.enter_async_context(open_writer(path))
    reader = await stack.enter_async_context(open_reader(path))
    await writer.transact(lambda db: _fill(db, rows, members))
    rules, now = SqliteRules(writer, reader), SystemClock().now()
    change = Change(guild_id=GUILD, actor_id=1, at=now, what="bench")
    budgets = ServerRules(usd_per_day=10**12, calendar=Calendar("Europe/Berlin"))
    await rules.change_server(change, lambda _: budgets, repr)
    role = RoleRule(role_id=SUPPORTER, allowance=Allowance(videos_per_day=50_000))
    await rules.change_role(change, SUPPORTER, lambda _: role, repr)
    store = SqliteJobStore(writer, reader, returns_per_day=3)
    return Server(store, reader, await _ledger_rows(reader))


def _fill(db: sqlite3.Connection, rows: int, members: int) -> None:
    """Write the rows that a month leaves behind: each video with its two ledger rows."""
    now = SystemClock().now()
    today = Calendar().day(now)
    days = datetime.fromtimestamp(now / 1000, UTC).day
    db.execute(JOBS, (rows // 2, members, today, days, now - 86_400_000))
    db.execute(LEDGER)


async def _ledger_rows(reader: Reader) -> int:
    row = await reader.row(LEDGER_ROWS, [])
    assert row is not None
    return cast("int", row["rows"])


async def _once(server: Server, number: int, member: int) -> None:
    """Admit one request; those of the warm-up have negative numbers."""
    asker = Asker(member_id=member, role_ids=frozenset({SUPPORTER}))
    now = SystemClock().now()
    new = replace(NEW, source=f"asked:{number}", place=replace(NEW.place, member_id=member))
    time = await _timed(lambda: server.store.submit(new, at=now, ceilings=CEILINGS, asker=asker))
    if number < 0:
        return
    server.admissions.append(time)
    if number % 20 == 0:
        month = [GUILD, Calendar().day(now) - datetime.fromtimestamp(now / 1000, UTC).day]
        server.sums.append(await _timed(lambda: server.reader.row(ADDED_UP, month)))


NEW = NewJob(
    source="asked",
    place=Place(guild_id=GUILD, channel_id=2, member_id=1),
    model="pika-2.2-text",
    kind=Kind.TEXT,
    endpoint="fal-ai/pika/v2.2/text-to-video",
    prompt="a fox in the snow",
    arguments={"prompt": "a fox in the snow", "resolution": "720p", "duration": 5, "seed": 7},
    price=200_000,
    price_assumed=False,
    resolution="720p",
    seconds=5,
)


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    began = perf_counter()
    await work()
    return (perf_counter() - began) * 1000


def _p99(times: list[float]) -> float:
    return sorted(times)[(len(times) * 99 + 99) // 100 - 1]


if __name__ == "__main__":
    main()
