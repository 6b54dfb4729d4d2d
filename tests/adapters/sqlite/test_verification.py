import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.sqlite.database import DatabaseProblem, open_reader
from bot.adapters.sqlite.verification import Sums, verify_ledger
from bot.domain.jobs.job import Failure, Status
from bot.ports import Change
from tests.adapters.sqlite.store_harness import NOW, make_database, open_stage
from tests.domain.examples import GUILD, MEMBER, PRICE, new_job

AT_FAL = (Status.SUBMITTING, Status.SUBMITTED)
MADE = (*AT_FAL, Status.SUCCEEDED)
UNKNOWN = Failure.OUTCOME_UNKNOWN
# Two jobs at fal, one waiting, a video, and an unknown outcome: numbers 1 to 5.
WAYS = [AT_FAL, AT_FAL, (), (*MADE, Status.STORED, Status.DELIVERED), (*AT_FAL, UNKNOWN)]


async def examine(path: Path) -> tuple[list[str], Sums]:
    problems: list[str] = []
    async with open_reader(path) as reader:
        sums = await verify_ledger(reader, problems.append)
        # Its view of one moment is closed again.
        assert not reader.in_transaction
    return problems, sums


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return make_database(tmp_path, *WAYS)


def tamper(path: Path, *statements: str) -> None:
    """Write what neither the bot nor the database would allow."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for kind in ("update", "delete"):
            connection.execute(f"DROP TRIGGER ledger_is_append_only_{kind}")
        for statement in statements:
            connection.execute(statement)


def without_unique(path: Path) -> None:
    """Rebuild the table of jobs without its rules, as if a file had been put together by hand."""
    tamper(
        path,
        "CREATE TABLE plain AS SELECT * FROM jobs",
        "DROP TABLE jobs",
        "ALTER TABLE plain RENAME TO jobs",
    )


async def test_what_the_bot_wrote_agrees(database: Path):
    problems, sums = await examine(database)
    assert problems == []
    assert sums == Sums(jobs=5, entries=7, videos=4, held=4 * PRICE, spent=PRICE, problems=0)
    assert str(sums) == "5 jobs with 7 ledger rows: 4 videos counted, $0.80 held, $0.20 spent"


@pytest.mark.parametrize(
    "way",
    [
        (Status.CANCELED,),
        (Status.SUBMITTING, Status.CREATED),
        (Status.SUBMITTING, Status.UNCERTAIN, UNKNOWN),
        (Failure.OWN_ERROR,),
        (*AT_FAL, Status.RUNNING, Failure.MODEL_ERROR),
        (*AT_FAL, Failure.SERVICE_ERROR),
        (Status.SUBMITTING, Failure.REFUSED),
        (*AT_FAL, UNKNOWN, Status.SUBMITTED),
        (*AT_FAL, UNKNOWN, Status.SUBMITTED, Status.SUCCEEDED, Status.STORED),
        (*AT_FAL, UNKNOWN, Status.SUBMITTED, UNKNOWN),
        (*AT_FAL, UNKNOWN, Status.SUBMITTED, Status.CANCELED),
        (*MADE, Failure.FILE_LOST),
        (*MADE, Failure.OWN_ERROR),
    ],
)
async def test_every_way_agrees(tmp_path: Path, way: Sequence[Status | Failure]):
    async with open_stage(tmp_path) as stage:
        await stage.lead(await stage.submit(), *way)
    problems, sums = await examine(tmp_path / "pika.db")
    assert (problems, sums.jobs) == ([], 1)


@pytest.mark.parametrize("charged", [True, False])
async def test_the_operators_word_agrees(tmp_path: Path, charged: bool):
    async with open_stage(tmp_path) as stage:
        job = await stage.lead(await stage.submit(), *AT_FAL, UNKNOWN)
        assert await stage.store.settle_unknown(job, charged=charged, at=0)
    problems, sums = await examine(tmp_path / "pika.db")
    assert (problems, sums.held, sums.spent) == ([], 0, PRICE * charged)


ROW = "INSERT INTO ledger (at, guild_id, member_id, day, job_id, kind, videos, held, spent) VALUES"


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM ledger WHERE job_id = 3", "job 3: 0 reservations instead of one"),
        (
            f"{ROW} (0, 10, 30, 20000, 3, 'release', 0, -200000, 0)",
            "job 3: created, priced $0.20, but $0.00 held, $0.00 spent, 1 videos counted",
        ),
        (
            "UPDATE ledger SET held = 100000 WHERE job_id = 1 AND kind = 'reserve'",
            "job 1: its reservation isn't of 1 unit and $0.20",
        ),
        ("UPDATE ledger SET videos = 2 WHERE id = 1", "job 1: its reservation isn't of 1 unit"),
        (
            "UPDATE jobs SET price = 450000 WHERE id = 4",
            "job 4: delivered, priced $0.45, but $0.00 held, $0.20 spent, 1 videos counted",
        ),
        (
            "UPDATE ledger SET spent = 0 WHERE kind = 'settle'",
            "job 4: delivered, priced $0.20, but $0.00 held, $0.00 spent, 1 videos counted",
        ),
        (
            "UPDATE jobs SET status = 'canceled' WHERE id = 1",
            "job 1: canceled, priced $0.20, but $0.20 held, $0.00 spent, 1 videos counted",
        ),
        (
            "UPDATE jobs SET failure = 'refused' WHERE id = 5",
            "job 5: failed (refused), priced $0.20, but $0.20 held",
        ),
        ("UPDATE jobs SET failure = NULL WHERE id = 5", "job 5: failed with failure None"),
        ("UPDATE jobs SET failure = 'refused' WHERE id = 1", "job 1: submitted with failure"),
        ("UPDATE jobs SET status = 'lost' WHERE id = 2", "job 2: lost with failure None"),
        ("UPDATE ledger SET day = 1 WHERE job_id = 2", "job 2: 1 ledger rows of another server"),
        ("UPDATE ledger SET member_id = 1 WHERE id = 2", "job 2: 1 ledger rows of another server"),
        ("UPDATE jobs SET guild_id = 9 WHERE id = 4", "job 4: 2 ledger rows of another server"),
        ("UPDATE jobs SET video = NULL WHERE id = 4", "job 4: delivered without a video"),
        ("DELETE FROM jobs WHERE id = 3", "ledger row 3 (reserve) is of job 3, which isn't there"),
        (
            "UPDATE ledger SET job_id = NULL WHERE id = 3",
            "ledger row 3 (reserve) has no job",
        ),
        (
            f"{ROW} (0, 10, 77, 20000, 5, 'release', -1, 0, 0)",
            "member 77 in server 10: -1 videos used on day 20000",
        ),
    ],
)
async def test_what_was_tampered_with_is_found(database: Path, statement: str, problem: str):
    tamper(database, statement)
    problems, sums = await examine(database)
    assert [line for line in problems if line.startswith(problem)], problems
    assert sums.problems == len(problems)
    # Nobody else is accused, but for the sums of what was changed.
    assert len([line for line in problems if "noted as taken" not in line]) <= 3


@pytest.fixture
def granted(tmp_path: Path) -> Path:
    """Return a database with one job that took three units of two grants and one of the day."""

    async def making() -> None:
        async with open_stage(tmp_path) as stage:
            change = Change(guild_id=GUILD, actor_id=1, at=NOW, what="grant")
            for units in (1, 5):
                await stage.rules.grant(change, MEMBER, units=units, reason="", expires_at=None)
            job = replace(new_job(), units=4)
            await stage.submit(job, videos_per_day=1)

    asyncio.run(making())
    return tmp_path / "pika.db"


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("SELECT 1", ""),
        (
            "UPDATE sums SET taken = taken + 1 WHERE guild_id = 10 AND length(period) = 7",
            "server 10, 2024-10: $0.200001 noted as taken, but $0.20 in the ledger",
        ),
        (
            "DELETE FROM sums WHERE guild_id = 0 AND length(period) = 10",
            "all servers, 2024-10-04: $0.00 noted as taken, but $0.20 in the ledger",
        ),
        (
            "INSERT INTO sums VALUES (11, '2024-10-04', 5)",
            "server 11, 2024-10-04: $0.000005 noted as taken, but $0.00 in the ledger",
        ),
        ("UPDATE ledger SET owner_day = 1", "job 1: 1 ledger rows of another server"),
        ("UPDATE ledger SET bonus = 2", "job 1: 2 bonus units, but 3 taken of grants"),
        ("UPDATE ledger SET videos = 2", "job 1: its reservation isn't of 4 units"),
        ("UPDATE grant_uses SET units = 3 WHERE id = 2", "job 1: 3 bonus units, but 4 taken"),
        ("UPDATE grants SET units = 1 WHERE id = 2", "grant 2: 2 of 1 units used"),
        ("UPDATE grants SET member_id = 1 WHERE id = 1", "grant 1: used by another member"),
        (
            "INSERT INTO grant_uses VALUES (9, 0, 1, 1, -2)",
            "grant 1: more came back than was taken",
        ),
        ("DELETE FROM grants WHERE id = 2", "use 2 of grant 2, which isn't there"),
    ],
)
async def test_grants_and_sums_that_were_tampered_with(granted: Path, statement: str, problem: str):
    tamper(granted, statement)
    problems, _ = await examine(granted)
    if problem:
        assert [line for line in problems if line.startswith(problem)], problems
    else:
        assert problems == []


async def test_a_request_that_two_jobs_share_is_found(database: Path):
    without_unique(database)
    tamper_again = "UPDATE jobs SET request_id = 'shared' WHERE id IN (1, 2)"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(tamper_again)
    assert (await examine(database))[0] == ["jobs 1 and 2: the same request shared"]


async def test_what_is_granted_counts_for_nobodys_job(database: Path):
    tamper(database, f"{ROW} (0, 10, 30, 20001, NULL, 'grant', -5, 0, 0)")
    assert (await examine(database))[0] == []


async def test_the_bot_may_write_meanwhile(tmp_path: Path):
    """All is looked at as it is at one moment, so nothing that comes between is half there."""
    async with open_stage(tmp_path) as stage, open_reader(tmp_path / "pika.db") as reader:
        for _ in range(200):
            await stage.submit(videos_per_day=1000)
        problems: list[str] = []
        looking = asyncio.create_task(verify_ledger(reader, problems.append))
        while not looking.done():
            await stage.submit(videos_per_day=1000)
        assert (await looking).jobs >= 200
    assert problems == []


async def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path):
    path = tmp_path / "pika.db"
    path.write_bytes(b"SQLite")
    with pytest.raises(DatabaseProblem, match="not a database"):
        await examine(path)
