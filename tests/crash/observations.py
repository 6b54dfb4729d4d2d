"""What the storm leaves behind for the verdict."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
    of_gap: bool = False
    """It is as it stood in a database that was replaced by an older one."""

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


@dataclass(frozen=True)
class Gap:
    """What a database forgot that was put back as an older copy: `lost` is what stood in it then.

    `began` and `ended` are when the copy was made and put back, in seconds since 1970.
    """

    began: float
    ended: float
    lost: Books


def read_books(*folders: Path) -> Books:
    """Read the databases beside their bots, or after them; each row says which it is of."""
    jobs: list[Row] = []
    entries: list[Row] = []
    for folder in folders:
        uri = f"file:{folder / 'pika.db'}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            jobs += _rows(database, "jobs", folder)
            entries += _rows(database, "ledger", folder)
    return Books(jobs, entries)


def _rows(database: sqlite3.Connection, table: str, folder: Path) -> list[Row]:
    found = database.execute(f"SELECT * FROM {table} ORDER BY id")
    names = [str(column[0]) for column in found.description]
    return [
        {"database": str(folder), **dict(zip(names, row, strict=True))}
        for row in cast("list[tuple[Value, ...]]", found.fetchall())
    ]


def forget_commands(folder: Path) -> None:
    """Let the next bot believe that it never told Discord its commands."""
    with closing(sqlite3.connect(folder / "pika.db")) as database, database:
        database.execute("DELETE FROM settings")


@dataclass(frozen=True)
class Evidence:
    """`times` has the second at which each of `discord.requests` came. `calm`: everything came to
    its end in time. `quotas` are the members' last look at how they stand. `clocks_off` is how many
    seconds a bot's clock may have been off.
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
    gaps: Sequence[Gap] = ()
    clocks_off: float = 0.0

    @cached_property
    def jobs(self) -> Mapping[int, Job]:
        """The jobs in the books of the end, by their numbers."""
        return self._jobs_in(self.books)

    @cached_property
    def _jobs_then(self) -> Sequence[Mapping[int, Job]]:
        """The jobs in the books that each gap lost."""
        return [self._jobs_in(gap.lost, until=gap.ended) for gap in self.gaps]

    @cached_property
    def forgotten(self) -> Sequence[Job]:
        """The jobs that no database knows any more."""
        by_tag = {job.row["tag"]: job for then in self._jobs_then for job in then.values()}
        return [job for tag, job in by_tag.items() if tag not in self._known_tags]

    @cached_property
    def _known_tags(self) -> Collection[Value]:
        return {row["tag"] for row in self.books.jobs}

    def jobs_at(self, at: float) -> Mapping[int, Job]:
        """Return the jobs by the numbers that they had then: within a gap those that it lost."""
        for gap, then in zip(self.gaps, self._jobs_then, strict=True):
            if gap.began <= at <= gap.ended:
                return {**self.jobs, **then}
        return self.jobs

    def ledger_at(self, at: float) -> Sequence[Row]:
        """Return the entries of the ledgers as they were then, and later ones."""
        lost = [gap.lost for gap in self.gaps if gap.began <= at <= gap.ended]
        return [entry for books in lost or [self.books] for entry in books.ledger]

    def _jobs_in(self, books: Books, *, until: float | None = None) -> Mapping[int, Job]:
        """Whoever asks for the same again gets another seed."""
        entries = _grouped(books.ledger, lambda entry: entry["job_id"])
        found: dict[int, Job] = {}
        for row in books.jobs:
            seed = cast("dict[str, object]", json.loads(str(row["arguments"])))["seed"]
            sent = mark_in(str(row["prompt"])), seed
            job_id, one = number(row, "id"), self._asked_by_source[str(row["source"])]
            posts, requests = self._posts[sent], self._requests[sent]
            if until is not None and row["tag"] in self._known_tags:
                # What was sent later is the older row's.
                posts = [post for post in posts if post.at.timestamp() <= until]
                requests = [one for one in requests if one.sent_at.timestamp() <= until]
            of_gap = until is not None
            found[job_id] = Job(row, entries[job_id], one, posts, requests, of_gap)
        return found

    @cached_property
    def _asked_by_source(self) -> Mapping[str, Asked]:
        return {f"interaction:{one.invocation.id}": one for one in self.asked}

    @cached_property
    def _posts(self) -> Mapping[object, Sequence[Post]]:
        return _grouped(self.stage.fal.posts, _mark_and_seed)

    @cached_property
    def _requests(self) -> Mapping[object, Sequence[FalRequest]]:
        return _grouped(self.stage.fal.requests.values(), _mark_and_seed)

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
