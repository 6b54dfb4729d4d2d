"""`python -m bot` as operators look at, decide and keep, while no bot runs."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess
from typing import cast

import pytest

from bot.cli.maintenance import under_way_text
from bot.domain.jobs.job import Failure, Status
from tests.adapters.sqlite.owner import other_owner
from tests.adapters.sqlite.store_harness import NOW, make_database
from tests.cli.command_line import Folder, make_folder

Record = dict[str, str | int | None]
WAYS = [
    (),
    (Status.SUBMITTING, Status.UNCERTAIN),
    (Status.SUBMITTING, Status.UNCERTAIN, Failure.OUTCOME_UNKNOWN),
    (Status.SUBMITTING, Status.SUBMITTED, Status.SUCCEEDED),
]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return make_folder(tmp_path)


@pytest.fixture
def database(folder: Folder) -> Path:
    place = folder.path / "data"
    place.mkdir()
    return make_database(place, *WAYS)


def said(ended: CompletedProcess[str]) -> str:
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def refusal(ended: CompletedProcess[str]) -> str:
    """Return the one sentence with which a command ended."""
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("pika-bot: ")
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


def write(database: Path, *statements: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


# jobs

CANCEL = "It waits in line: its member, or a moderator, cancels it with `/pika cancel`."


@pytest.mark.usefixtures("database")
def test_the_list_says_what_is_still_held(folder: Folder):
    records = cast("list[Record]", json.loads(said(folder.bot("jobs", "--json"))))
    assert [record["held"] for record in records] == [0, 200_000, 200_000, 200_000]
    said(folder.bot("jobs", "release", "3"))
    assert said(folder.bot("jobs")).count("$0.00") == 2
    assert "\nheld  " in said(folder.bot("jobs", "show", "3"))


def test_help_says_what_cannot_be_taken_back(folder: Folder):
    words = " ".join(said(folder.bot("jobs", "release", "--help")).split())
    assert "A job that is uncertain, or still at fal, is ended by it. This is final" in words
    words = " ".join(said(folder.bot("jobs", "reconcile", "--help")).split())
    assert "asks for the file again, also where the file got lost" in words
    assert "Discord, fal and clock" in said(folder.bot("doctor", "--help"))


@pytest.mark.usefixtures("database")
def test_the_list_has_a_name_too(folder: Folder):
    for options in ([], ["--json"], ["--json", "--most", "2"]):
        assert said(folder.bot("jobs", "list", *options)) == said(folder.bot("jobs", *options))


def test_a_job_with_every_column_and_its_ledger(folder: Folder, database: Path):
    write(database, "UPDATE jobs SET fal_offset = -1500, at_fal_since = created_at WHERE id = 4")
    printed = said(folder.bot("jobs", "show", "4", "--json"))
    shown = cast("dict[str, object]", json.loads(printed))
    job = cast("Record", shown["job"])
    listed = cast("list[Record]", json.loads(said(folder.bot("jobs", "--json"))))
    assert job == next(one for one in listed if one["id"] == 4)
    assert [row["kind"] for row in cast("list[Record]", shown["ledger"])] == ["reserve", "settle"]
    text = said(folder.bot("jobs", "show", "4"))
    columns, _, ledger = text.partition("\n\n")
    assert [line.split()[0] for line in columns.splitlines()] == list(job)
    assert re.search(r"\ncreated_at +2024-10-04 01:00:00 UTC\n", text)
    assert re.search(r"\nquota_day +2024-10-04\n", text)
    assert "\nnext_attempt_at\n" in text
    assert re.search(r"\nfal_offset +-1500 ms\n", text)
    assert re.search(r"\nat_fal_since +2024-10-04 01:00:00 UTC\n", text)
    assert [line.split() for line in ledger.splitlines()] == [
        ["at", "kind", "videos", "bonus", "held", "spent"],
        ["2024-10-04", "01:00:00", "UTC", "reserve", "1", "0", "$0.20", "$0.00"],
        ["2024-10-04", "01:00:00", "UTC", "settle", "0", "0", "-$0.20", "$0.20"],
    ]
    assert NOW % 86_400_000 == 3_600_000


def test_what_a_member_typed_doesnt_steer_the_terminal(folder: Folder, database: Path):
    write(database, "UPDATE jobs SET prompt = 'a' || char(27) || '[2Jfox' || char(10) || 'id 9'")
    text = said(folder.bot("jobs", "show", "1"))
    assert re.search(r"\nprompt +a \[2Jfox id 9\n", text)
    assert "\x1b" not in text


@pytest.mark.usefixtures("database")
def test_there_is_no_such_job(folder: Folder):
    for command in (["show"], ["show", "--json"], ["release"], ["reconcile"]):
        assert "no job 77; `python -m bot jobs`" in refusal(folder.bot("jobs", *command, "77"))


@pytest.mark.usefixtures("database")
def test_money_of_an_unknown_outcome_is_released_once(folder: Folder):
    # What needs nobody but the database needs no secrets.
    nobody = {"DISCORD_TOKEN": None, "FAL_KEY": None}
    for job_id in ("1", "4"):
        sentence = refusal(folder.bot("jobs", "release", job_id, **nobody))
        assert "only one that is at fal, is uncertain, or failed with outcome_unknown" in sentence
        assert (CANCEL in sentence) == (job_id == "1")
    assert said(folder.bot("jobs", "release", "3", "--charged", **nobody)) == (
        "$0.20 for job 3 now counts as spent. If fal has a video of it after all, it is still"
        " delivered, and booked as spent.\n"
    )
    assert "Nothing is held for job 3" in refusal(folder.bot("jobs", "release", "3", **nobody))
    # A video may turn up for it all the same.
    assert "fal can't be asked just now" in refusal(folder.bot("jobs", "reconcile", "3"))


@pytest.mark.usefixtures("database")
def test_fal_being_away_changes_nothing(folder: Folder):
    before = said(folder.bot("jobs", "--json"))
    for arguments in (["2"], ["3"], ["2", "some-request"]):
        assert "fal can't be asked just now" in refusal(folder.bot("jobs", "reconcile", *arguments))
    waiting = refusal(folder.bot("jobs", "reconcile", "1"))
    assert "is created: only one" in waiting
    assert CANCEL in waiting
    assert "is succeeded: only one" in refusal(folder.bot("jobs", "reconcile", "4"))
    assert said(folder.bot("jobs", "--json")) == before


def test_a_bot_that_owns_the_database_and_doesnt_listen(folder: Folder, database: Path):
    with other_owner(database):
        for command in ("release", "reconcile"):
            assert "nobody listens at its socket" in refusal(folder.bot("jobs", command, "3"))


def test_nothing_is_made_where_there_is_no_database(folder: Folder):
    for command in (["jobs", "show", "1"], ["jobs", "release", "1"], ["ledger", "verify"]):
        assert "there is no database at data/pika.db yet" in refusal(folder.bot(*command))
    assert "there is no database" in refusal(folder.bot("backup", "copy.db"))
    assert folder.names() == {"config.toml", "models.toml"}


# drain


def test_a_drain_counts_as_people_do():
    assert [under_way_text(count) for count in (0, 1, 2)] == [
        "0 videos are still being made or delivered",
        "1 video is still being made or delivered",
        "2 videos are still being made or delivered",
    ]


# servers


@pytest.mark.usefixtures("database")
def test_a_server_is_named_by_its_id(folder: Folder):
    for word in ("abc", "0", "9" * 20, "-1"):
        ended = folder.bot("servers", "leave", "--", word)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "write the server's id, a number; `python -m bot servers` lists them" in ended.stderr
    assert "has never met this server" in said(folder.bot("servers", "allow", "123"))
    lines = [line.split() for line in said(folder.bot("servers")).splitlines()]
    assert lines == [
        ["guild", "name", "served", "why", "present", "asked_at"],
        ["123", "yes", "you", "no"],
    ]


def test_no_help_is_cut(folder: Folder):
    for command in ([], ["jobs"], ["servers"], ["models"], ["ledger"]):
        assert "..." not in said(folder.bot(*command, "--help")).partition("Commands:")[2]


# ledger verify


def test_a_ledger_that_agrees(folder: Folder, database: Path):
    with other_owner(database):
        assert said(folder.bot("ledger", "verify")) == (
            "✓ 4 jobs with 6 ledger rows: 3 videos counted, $0.60 held, $0.20 spent; all agree\n"
        )


def test_a_ledger_that_disagrees(folder: Folder, database: Path):
    write(database, "DROP TRIGGER ledger_is_append_only_update", "UPDATE ledger SET held = 0")
    ended = folder.bot("ledger", "verify")
    assert (ended.returncode, ended.stderr) == (1, "")
    *problems, summary = ended.stdout.splitlines()
    assert summary.startswith(f"✗ {len(problems)} problems in 4 jobs with 6 ledger rows: ")
    for job_id in range(1, 5):
        assert any(line.startswith(f"✗ job {job_id}: ") for line in problems)


# backup


def test_a_backup(folder: Folder, database: Path):
    with other_owner(database):
        copied = said(folder.bot("backup", "copy.db"))
    assert copied == "copy.db: 4 jobs, 0.2 MB\n"
    assert "copy.db exists already; choose another name" in refusal(folder.bot("backup", "copy.db"))
    # As where the working folder is read-only: the reason and the cure, and no temporary name.
    assert refusal(folder.bot("backup", "/proc/copy.db")) == (
        "pika-bot: no copy can be made at /proc/copy.db (No such file or directory): name a file in a folder"
        " that exists and that the bot may write to, such as its database's.\n"
    )
    there = {"PIKA_DATABASE__PATH": "copy.db"}
    assert said(folder.bot("jobs", "--json", **there)) == said(folder.bot("jobs", "--json"))
    assert "all agree" in said(folder.bot("ledger", "verify", **there))


def test_a_restore_says_how_long_the_line_stands_still(folder: Folder, database: Path):
    said(folder.bot("backup", "copy.db"))
    longer = {"PIKA_FAL__RUN_SECONDS": "3601"}
    assert said(folder.bot("restore", "copy.db", **longer)).splitlines()[-1] == (
        "In line: 1. Nothing is sent to fal for up to 77 minutes after the start, until fal's"
        " listing is complete."
    )
    write(database, "UPDATE jobs SET status = 'canceled', ended_at = 1 WHERE id = 1")
    said(folder.bot("backup", "idle.db"))
    assert "In line" not in said(folder.bot("restore", "idle.db"))


def test_a_restore_where_only_the_log_is_left(folder: Folder, database: Path):
    said(folder.bot("backup", "copy.db"))
    database.unlink()
    database.with_name("pika.db-wal").write_bytes(b"changes")
    lines = said(folder.bot("restore", "copy.db"))
    assert re.search(
        r"its log with the last changes, which is now (\S+\.replaced-\S+-wal)\.", lines
    )
    assert "What was there is now" not in lines


@pytest.mark.parametrize(
    "arguments",
    [
        ["jobs", "drop", "1"],
        ["jobs", "show"],
        ["jobs", "show", "one"],
        ["jobs", "release", "1", "2"],
        ["ledger", "check"],
        ["backup"],
    ],
)
def test_wrong_usage_ends_with_2(folder: Folder, arguments: list[str]):
    ended = folder.bot(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Usage: python -m bot" in ended.stderr
