"""A flood of one member's jobs: nobody else waits longer than docs/line.md promises.

The rows are real. fal is played: it ends jobs, or turns them away, by chance.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, TypeAlias

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.jobs.job import Failure, Job, Status
from bot.domain.line.fairness import LineOrder
from bot.ports import Changes
from tests.adapters.sqlite.store_harness import NOW, Stage, of_member, open_stage

FLOODER, FLOOD = 1, 500
OTHERS = range(2, 7)
CONCURRENCY = 2
PUT_OFF = 3
"""The events for which a job isn't tried again that fal turned away."""

What: TypeAlias = Literal["ask", "end", "turn away", "cancel"]
Event: TypeAlias = tuple[What, int]
WHATS: Sequence[What] = ("ask", "ask", "end", "end", "end", "turn away", "cancel")
EVENTS = st.lists(st.tuples(st.sampled_from(WHATS), st.integers(0, 100)), max_size=40)


@dataclass(frozen=True)
class Row:
    """A job's row."""

    id: int
    """The job's number."""
    member: int
    """The member's id."""
    turn: int
    """The round of the line in which the job is sent."""


@dataclass
class Wait:
    """A job in line, its promise, and the jobs admitted since it was accepted."""

    member: int
    """The member who waits."""
    rounds: int
    """The number of jobs that each other member may have admitted before it."""
    others: int
    """The number of other members in line."""
    tried: frozenset[int]
    """Jobs that had been sent to fal before: they may come back to their place."""
    admitted: dict[int, int] = field(default_factory=dict[int, int])
    """The member of each job admitted since."""

    def is_kept(self) -> bool:
        """Return whether the promise holds so far."""
        before = [
            member
            for id_, member in self.admitted.items()
            if member != self.member and id_ not in self.tried
        ]
        if self.rounds == 1 and len(before) > self.others:
            return False
        return max(Counter(before).values(), default=0) <= self.rounds


@dataclass
class Play:
    """The line, and everybody but the flooder in it."""

    stage: Stage
    """The store of the test."""
    now: int = NOW
    """Unix milliseconds; each event takes one."""
    waits: dict[int, Wait] = field(default_factory=dict[int, Wait])
    """The jobs in line of everybody but the flooder."""
    broken: int = 0
    """The number of promises broken so far."""

    async def happen(self, event: Event) -> None:
        self.now += 1
        what, which = event
        if what == "ask":
            await self.ask(OTHERS[which % len(OTHERS)])
        elif what == "cancel":
            await self.cancel(which)
        else:
            await self.leave_fal(which, away=what == "turn away")
        await self.admit()

    async def ask(self, member: int) -> None:
        waiting = await self.rows("status = 'created'")
        sent = await self.rows("submitting_at IS NOT NULL")
        tried = await self.rows("submitting_at IS NOT NULL AND ended_at IS NULL")
        job = await self.stage.submit(of_member(member), at=self.now, videos_per_day=10_000)
        rounds = job.turn - max((row.turn for row in sent), default=0) + 1
        # Nobody who has nothing in line waits for more than two turns of the others.
        assert rounds >= 1
        assert rounds <= 2 or member in {row.member for row in waiting}
        assert rounds == 1 or member in {row.member for row in (*waiting, *sent)}
        others = {row.member for row in waiting} - {member}
        ids = frozenset(row.id for row in tried)
        self.waits[job.id] = Wait(member, rounds, len(others), ids)

    async def cancel(self, which: int) -> None:
        if waiting := await self.rows(f"status = 'created' AND member_id != {FLOODER}"):
            job = await self.job(waiting[which % len(waiting)])
            await self.stage.store.request_cancel(job, at=self.now)
            self.waits.pop(job.id, None)

    async def leave_fal(self, which: int, *, away: bool) -> None:
        if at_fal := await self.rows(f"status = '{Status.SUBMITTING}'"):
            job = await self.job(at_fal[which % len(at_fal)])
            if not away:
                await self.stage.lead(job, Failure.REFUSED, at=self.now)
                return
            changes: Changes = {"attempts": 1, "next_attempt_at": self.now + PUT_OFF}
            await self.stage.store.advance(job, Status.CREATED, at=self.now, changes=changes)

    async def admit(self) -> None:
        """Admit jobs as the dispatcher does while fal has room."""
        store = self.stage.store
        while await store.at_fal(excluding=()) < CONCURRENCY:
            job = await store.next_waiting(at=self.now, excluding=())
            if job is None:
                return
            assert await store.admit(job, at=self.now, concurrency=CONCURRENCY) is not None
            self.waits.pop(job.id, None)
            for wait in self.waits.values():
                wait.admitted[job.id] = job.place.member_id
                self.broken += not wait.is_kept()

    async def rows(self, condition: str) -> list[Row]:
        sql = f"SELECT id, member_id, turn FROM jobs WHERE {condition} ORDER BY id"
        rows: list[tuple[int, int, int]] = [tuple(row) for row in await self.stage.sql(sql)]
        return [Row(*row) for row in rows]

    async def job(self, row: Row) -> Job:
        job = await self.stage.store.job(row.id)
        assert job is not None
        return job


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database in which one member has asked for hundreds of videos."""
    folder = tmp_path_factory.mktemp("flooded")

    async def flood() -> None:
        async with open_stage(folder) as stage:
            for _ in range(FLOOD):
                await stage.submit(of_member(FLOODER), at=NOW, videos_per_day=FLOOD)

    asyncio.run(flood())
    return folder / "pika.db"


def played(flooded: Path, order: LineOrder, events: Sequence[Event]) -> Play:
    """Play in a copy of the flooded line until nobody waits but the flooder, or a promise broke."""

    async def playing(folder: Path) -> Play:
        async with open_stage(folder, order=order) as stage:
            play = Play(stage)
            await play.admit()
            for event in events:
                await play.happen(event)
            while play.waits and not play.broken:
                await play.happen(("end", 0))
            return play

    with TemporaryDirectory() as folder:
        shutil.copy(flooded, folder)
        return asyncio.run(playing(Path(folder)))


@given(EVENTS)
@example([("ask", 0), ("ask", 0), ("ask", 0), ("ask", 1), ("turn away", 0), ("end", 0), ("ask", 1)])
@example([("ask", member) for member in (0, 1, 2, 0, 1, 2)] + [("end", 0), ("ask", 3)] * 9)
@settings(max_examples=25)
def test_nobody_waits_for_a_flood(flooded: Path, events: Sequence[Event]):
    assert not played(flooded, LineOrder.TURNS, events).broken


def test_first_come_promises_nothing_of_the_kind(flooded: Path):
    assert played(flooded, LineOrder.FIRST_COME, [("ask", 0)]).broken


def test_asking_again_at_once_keeps_nobody_out(flooded: Path):
    """A member waits for a second video; three others ask anew whenever theirs is done."""
    begin: list[Event] = [("ask", member) for member in (1, 2, 3, 0, 0)]
    end: list[Event] = [("end", 0)]
    again: list[Event] = [*end, ("ask", 1), *end, ("ask", 2), *end, ("ask", 3)]
    events: list[Event] = [*begin, *end, *end, *again, *end, *again, *again, *again]
    assert not played(flooded, LineOrder.TURNS, events).broken
