"""`python -m bot` as operators use it."""

import json
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess
from typing import TypeAlias, TypedDict, cast

import pytest

from bot import __version__
from bot.adapters.sqlite.database import migrations
from bot.domain.jobs.job import Failure, Status
from tests.adapters.sqlite.owner import other_owner
from tests.adapters.sqlite.store_harness import TODAY, make_database
from tests.adapters.sqlite.test_wal import run, written
from tests.cli.command_line import SECRETS, Folder, make_folder
from tests.domain.examples import GUILD, MEMBER, PRICE

NEWEST = migrations()[-1][0]

Record: TypeAlias = dict[str, str | int | None]

WAYS = [
    (),
    (Status.SUBMITTING, Status.SUBMITTED, Status.RUNNING),
    (Status.SUBMITTING, Status.SUBMITTED, Failure.MODEL_ERROR),
    (Status.SUBMITTING, Status.SUBMITTED, Status.SUCCEEDED),
]


class Finding(TypedDict):
    name: str
    ok: bool
    detail: str
    fix: str | None


class Report(TypedDict):
    ok: bool
    checks: list[Finding]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return make_folder(tmp_path)


@pytest.fixture
def database(folder: Folder) -> Path:
    """Return the database of a bot that has seen some jobs, where the settings say it is."""
    place = folder.path / "data"
    place.mkdir(0o700)
    database = make_database(place, *WAYS)
    database.chmod(0o600)
    return database


def examine(folder: Folder, code: int, **environment: str | None) -> dict[str, Finding]:
    """Run the doctor, expecting an exit code, and return its findings by name."""
    ended = folder.bot("doctor", "--offline", "--json", **environment)
    assert (ended.returncode, ended.stderr) == (code, "")
    report = cast("Report", json.loads(ended.stdout))
    assert set(report) == {"ok", "checks"}
    for check in report["checks"]:
        assert set(check) == {"name", "ok", "detail", "fix"}
        # Where something is wrong there is a fix, in a sentence of the settings behind its colon.
        advised = check["fix"] or ": " in check["detail"]
        # A warning has one as well; root always gets that of its user.
        assert check["fix"] is None if check["ok"] and check["name"] != "user" else advised
    assert report["ok"] == all(check["ok"] for check in report["checks"]) == (code == 0)
    return {check["name"]: check for check in report["checks"]}


def failing(findings: dict[str, Finding]) -> list[str]:
    return [name for name, check in findings.items() if not check["ok"]]


# doctor


def test_the_doctor_finds_nothing_wrong_before_the_first_start(folder: Folder):
    findings = examine(folder, 0)
    assert findings["database"]["detail"] == "data/pika.db will be made at the first start"
    assert {"Python", "SQLite", "packages", "configuration", "secrets", "disk"} < set(findings)
    assert findings["budget"]["detail"] == "this month: $0.00 of $50.00 (as shipped)"
    ended = folder.bot("doctor", "--offline")
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = [line for line in ended.stdout.splitlines() if not line.startswith("    → ")]
    assert len(lines) == len(findings)
    # Not every kernel has all walls, and root is warned.
    assert all(line.startswith(("✓ ", "! walls: ", "! user: ")) for line in lines)
    for secret in SECRETS.values():
        assert secret not in ended.stdout
    assert folder.names() == {"config.toml", "models.toml"}


def test_the_doctor_looks_into_the_database(folder: Folder, database: Path):
    assert (
        examine(folder, 0)["database"]["detail"]
        == f"data/pika.db is whole, version {NEWEST} of {NEWEST}"
    )
    with other_owner(database):
        examine(folder, 0)


def test_the_doctor_names_every_secret_that_is_missing(folder: Folder):
    findings = examine(folder, 1, DISCORD_TOKEN=None)
    assert failing(findings) == ["secrets"]
    assert findings["secrets"]["detail"].startswith("DISCORD_TOKEN is not set: copy the bot's")


def test_the_doctor_says_which_folder_cant_be_written(folder: Folder):
    (folder.path / "file").touch()
    there = {
        "PIKA_DATABASE__PATH": "file/below/pika.db",
        "PIKA_ARCHIVE__URL": "file:file/videos",
    }
    findings = examine(folder, 1, **there)
    assert failing(findings) == ["database folder", "archive"]
    sentence = findings["archive"]["detail"]
    assert "file can't be written (Not a directory): " in sentence
    assert "is a file where a folder is needed; move it away, e.g. with `mv " in sentence
    ended = folder.bot("doctor", "--offline", **there)
    assert ended.returncode == 1
    assert "✗ database folder: " in ended.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_isnt_writable(folder: Folder):
    (folder.path / "data").mkdir(mode=0o500)
    assert failing(examine(folder, 1)) == ["database folder", "archive"]


def test_the_doctor_knows_a_newer_database(folder: Folder, database: Path):
    make_newer(database)
    findings = examine(folder, 1)
    assert failing(findings) == ["database"]
    assert findings["database"]["detail"].endswith(
        f"has version 99, this bot knows {NEWEST} at most"
    )
    assert findings["database"]["fix"] == "run the newer bot that wrote it"


@pytest.mark.parametrize("first", [0, 100, 4096], ids=["header", "first page", "all but a page"])
def test_the_doctor_knows_a_damaged_database(folder: Folder, database: Path, first: int):
    damage(database, first)
    findings = examine(folder, 1)
    assert failing(findings) == ["database"]
    assert "newest backup" in (findings["database"]["fix"] or "")


# jobs and ledger


def records(ended: CompletedProcess[str]) -> Sequence[Record]:
    assert (ended.returncode, ended.stderr) == (0, "")
    return cast("Sequence[Record]", json.loads(ended.stdout))


def test_jobs_as_json_newest_first_with_every_column(folder: Folder, database: Path):
    jobs = records(folder.bot("jobs", "--json"))
    assert [job["id"] for job in jobs] == [4, 3, 2, 1]
    assert [job["status"] for job in jobs] == ["succeeded", "failed", "running", "created"]
    with closing(sqlite3.connect(database)) as connection:
        sql = "SELECT name FROM pragma_table_info('jobs')"
        columns: list[tuple[str]] = connection.execute(sql).fetchall()
    assert all([(name,) for name in job] == [*columns, ("held",)] for job in jobs)
    assert [job["id"] for job in records(folder.bot("jobs", "--json", "--most", "1"))] == [4]


@pytest.mark.usefixtures("database")
def test_jobs_for_people(folder: Folder):
    ended = folder.bot("jobs")
    assert (ended.returncode, ended.stderr) == (0, "")
    head, newest, failed, *rest = [line.split() for line in ended.stdout.splitlines()]
    columns = "id status failure model price held guild member request"
    assert head == columns.split()
    assert newest[:5] == ["4", "succeeded", "pika-2.2-text", "$0.20", "$0.00"]
    assert failed[:3] == ["3", "failed", "model_error"]
    assert failed[6:8] == [str(GUILD), str(MEMBER)]
    assert len(rest) == 2


@pytest.mark.usefixtures("database")
def test_every_row_of_the_ledger_as_json_oldest_first(folder: Folder):
    rows = records(folder.bot("ledger", "--json"))
    kinds = [(row["job_id"], row["kind"]) for row in rows]
    reserved = [(1, "reserve"), (2, "reserve"), (3, "reserve")]
    assert kinds == [*reserved, (3, "settle"), (4, "reserve"), (4, "settle")]
    assert {"at", "guild_id", "member_id", "day", "videos", "held", "spent"} < set(rows[0])
    assert sum(int(row["held"] or 0) for row in rows) == 2 * PRICE
    assert sum(int(row["spent"] or 0) for row in rows) == 2 * PRICE
    assert {row["day"] for row in rows} == {TODAY}


@pytest.mark.usefixtures("database")
def test_the_ledger_for_people_is_by_server_and_day(folder: Folder):
    ended = folder.bot("ledger")
    assert (ended.returncode, ended.stderr) == (0, "")
    head, *balances, month = [line.split() for line in ended.stdout.splitlines()]
    assert " ".join(month) == "this month: $0.00 of $50.00 (as shipped)"
    assert head == ["day", "guild", "videos", "held", "spent"]
    assert balances == [["2024-10-04", str(GUILD), "3", "$0.40", "$0.40"]]


def test_lists_of_a_running_bot_and_of_none(folder: Folder, database: Path):
    with other_owner(database):
        assert len(records(folder.bot("jobs", "--json"))) == 4
    for command in ("jobs", "ledger"):
        ended = folder.bot(command, PIKA_DATABASE__PATH="none/pika.db")
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == (
            "pika-bot: there is no database at none/pika.db yet; `python -m bot run` makes it.\n"
        )


@pytest.mark.parametrize("command", ["jobs", "ledger"])
def test_lists_of_a_damaged_database_are_one_sentence(folder: Folder, database: Path, command: str):
    damage(database, 0)
    assert "can't be read: file is not a database" in refusal(folder.bot(command))
    database.write_bytes(b"")
    assert "there is no database at data/pika.db yet" in refusal(folder.bot(command))


# run


def refusal(ended: CompletedProcess[str]) -> str:
    """Return the one sentence with which the program ended."""
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("pika-bot: ")
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


def test_a_database_has_one_bot(folder: Folder, database: Path):
    with other_owner(database):
        sentence = refusal(folder.bot("run"))
    assert "the bot runs already on data/pika.db: stop that one first." in sentence
    assert "only for another bot with another token" in sentence


def test_an_unusable_database_stops_the_start(folder: Folder, database: Path):
    make_newer(database)
    assert "the database has version 99" in refusal(folder.bot("run"))
    damage(database, 0)
    assert "file is not a database" in refusal(folder.bot("run"))
    place = {"PIKA_DATABASE__PATH": "config.toml/pika.db"}
    assert "config.toml/pika.db can't be made (" in refusal(folder.bot("run", **place))


# Usage


@pytest.mark.parametrize(
    "arguments", [["fly"], ["run", "--fast"], ["jobs", "--most", "all"], ["doctor", "twice"], []]
)
def test_wrong_usage_ends_with_2(folder: Folder, arguments: list[str]):
    ended = folder.bot(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Usage: python -m bot" in ended.stderr


def test_help_names_every_command(folder: Folder):
    ended = folder.bot("--help")
    assert ended.returncode == 0
    for command in ("run", "doctor", "jobs", "ledger", "backup", "restore"):
        assert f"\n  {command} " in ended.stdout
    assert folder.bot("--version").stdout == f"pika-bot, version {__version__}\n"


# Backup and restore


def test_an_old_log_is_named_by_every_command_and_applied_by_none(folder: Folder, database: Path):
    run(database, "first", 3, end="clean")
    assert folder.bot("backup", "copy.db").returncode == 0
    run(database, "second")
    shutil.copy(folder.path / "copy.db", database)
    log = database.with_name("pika.db-wal").read_bytes()
    for command in (["run"], ["jobs"], ["ledger", "verify"], ["backup", "b.db"]):
        assert "data/pika.db-wal belongs to the database that was here before" in refusal(
            folder.bot(*command)
        )
    findings = examine(folder, 1)
    assert failing(findings) == ["database"]
    assert "`rm -f data/pika.db-wal data/pika.db-shm`" in findings["database"]["detail"]
    assert database.with_name("pika.db-wal").read_bytes() == log
    ended = folder.bot("restore", "copy.db")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("data/pika.db: 4 jobs, as of ")
    assert "What was there is now data/pika.db.replaced-" in ended.stdout
    examine(folder, 0)
    assert written(database) == ["first 0", "first 1", "first 2"]
    with other_owner(database):
        assert "the bot runs already on" in refusal(folder.bot("restore", "copy.db"))


def make_newer(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 99")


def damage(database: Path, first: int) -> None:
    """Overwrite the file from byte `first` on."""
    content = database.read_bytes()
    assert len(content) > first
    database.write_bytes(content[:first] + b"\xa5" * (len(content) - first))
