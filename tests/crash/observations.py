"""What the storm leaves behind for the verdict."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias, TypeVar, cast

from typing_extensions import override

from sandbox.discord import Invocation, Message, RestRequest
from sandbox.fal import FalRequest, Post
from sandbox.stage import Stage
from tests.crash.requests import MARK, Asked, mark_of

T = TypeVar("T")
NOT_TAKEN = {401, 402, 403, 429}
"""fal's answers to a POST that say for certain that nothing was queued, and that another may be."""
Value: TypeAlias = str | int | None
Row: TypeAlias = dict[str, Value]


@dataclass(frozen=True)
class Life:
    """One process: the moment it was to be killed at, its log, and its exit code if it ended by
    itself.
    """

    moment: str
    log: str
    code: int | None


@dataclass(frozen=True)
class Job:
    """A row of `jobs` with its rows of the ledger and everything that fal knows of it."""

    row: Row
    entries: Sequence[Row]
    asked: Asked
    posts: Sequence[Post]
    requests: Sequence[FalRequest]

    @property
    def id(self) -> int:
        return number(self.row, "id")

    @property
    def status(self) -> str:
        """The status, or why it failed."""
        return str(self.row["failure"] or self.row["status"])

    @property
    def charged(self) -> int:
        return sum(request.charged_micro_usd for request in self.requests)

    @property
    def videos(self) -> list[str]:
        """The URLs of what fal made."""
        return [request.result_url for request in self.requests if request.result_url]

    def sum(self, column: str) -> int:
        return sum(number(entry, column) for entry in self.entries)

    @override
    def __str__(self) -> str:
        canceled = ", canceled" if self.asked.canceled else ""
        return f"job {self.id} ({self.status}; fate: {self.asked.fate.name}{canceled})"


def turned_away(job: Job) -> int:
    """Return how many POSTs fal certainly didn't take: those may be repeated."""
    return sum(post.status in NOT_TAKEN for post in job.posts)


def received(job: Job) -> list[str]:
    """Return the answers to all other POSTs: more than one is one too many."""
    return [str(post.status) for post in job.posts if post.status not in NOT_TAKEN]


@dataclass(frozen=True)
class Books:
    """The rows of the database, oldest first."""

    jobs: Sequence[Row]
    ledger: Sequence[Row]

    @property
    def restless(self) -> bool:
        """Whether something is still to be done, or to be told."""
        return any(job["ended_at"] is None or job["shown"] != job["status"] for job in self.jobs)


def read_books(folder: Path) -> Books:
    """Read the database beside the bot, or after it."""
    uri = f"file:{folder / 'pika.db'}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        return Books(_rows(database, "jobs"), _rows(database, "ledger"))


def _rows(database: sqlite3.Connection, table: str) -> list[Row]:
    found = database.execute(f"SELECT * FROM {table} ORDER BY id")
    names = [str(column[0]) for column in found.description]
    return [
        dict(zip(names, row, strict=True))
        for row in cast("list[tuple[Value, ...]]", found.fetchall())
    ]


def forget_commands(folder: Path) -> None:
    """Let the next bot believe that it never told Discord its commands."""
    with closing(sqlite3.connect(folder / "pika.db")) as database, database:
        database.execute("DELETE FROM settings")


@dataclass(frozen=True)
class Evidence:
    """`times` has the second at which each of `discord.requests` came. `calm`: everything came to
    its end in time. `quotas` are the members' last look at how they stand.
    """

    stage: Stage
    books: Books
    asked: Sequence[Asked]
    looked_up: Sequence[Invocation]
    quotas: Sequence[Invocation]
    times: Sequence[float]
    lives: Sequence[Life]
    unreached: Sequence[str]
    calm: bool
    quota_limit: int
    least_delivered: float

    @cached_property
    def jobs(self) -> Mapping[int, Job]:
        """Whoever asks for the same again gets another seed."""
        asked = {f"interaction:{one.invocation.id}": one for one in self.asked}
        entries = _grouped(self.books.ledger, lambda entry: entry["job_id"])
        posts = _grouped(self.stage.fal.posts, _mark_and_seed)
        requests = _grouped(self.stage.fal.requests.values(), _mark_and_seed)
        found: dict[int, Job] = {}
        for row in self.books.jobs:
            seed = cast("dict[str, object]", json.loads(str(row["arguments"])))["seed"]
            sent = mark_in(str(row["prompt"])), seed
            job_id, one = number(row, "id"), asked[str(row["source"])]
            found[job_id] = Job(row, entries[job_id], one, posts[sent], requests[sent])
        return found

    @cached_property
    def messages(self) -> Sequence[Message]:
        """Everything that the bot wrote and that still stands, in private or not."""
        discord = self.stage.discord
        everybody = discord.members.values()
        found = {
            message.id: message
            for channel in discord.channels.values()
            for member in everybody
            for message in discord.visible(member, channel)
            if message.author is discord.bot.user
        }
        return list(found.values())

    @property
    def invocations(self) -> Sequence[Invocation]:
        """Everything that members did."""
        return [*(one.invocation for one in self.asked), *self.looked_up, *self.quotas]

    @property
    def requests(self) -> Iterable[tuple[RestRequest, float]]:
        """What the bot asked of Discord, and when."""
        return zip(self.stage.discord.requests, self.times, strict=True)


def number(row: Row, column: str) -> int:
    value = row[column]
    assert isinstance(value, int)
    return value


def _mark_and_seed(sent: FalRequest | Post) -> tuple[str, object]:
    return mark_of(sent), sent.arguments.get("seed")


def mark_in(text: str) -> str:
    found = MARK.search(text)
    return found[0] if found else ""


def _grouped(many: Iterable[T], key: Callable[[T], object]) -> Mapping[object, list[T]]:
    groups: defaultdict[object, list[T]] = defaultdict(list)
    for one in many:
        groups[key(one)].append(one)
    return groups
