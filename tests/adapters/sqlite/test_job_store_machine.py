"""Any order of submits, turns, cancels and days: units and money always say what the states say."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from bot.domain.calendar import DAY_MS, Calendar
from bot.domain.jobs.job import TRANSITIONS, Failure, Job, Status
from bot.domain.jobs.ledger import Balance as Sums
from bot.domain.jobs.ledger import balances
from bot.domain.refusal import Refusal
from tests.adapters.sqlite.store_harness import NOW, Balance, open_stage
from tests.domain.examples import new_job

LIMIT = 3
RETURNS = 1
CONCURRENCY = 2
MEMBERS = [1, 2]
# Why a job fails, by the state it fails in.
FAILURES = {
    Status.CREATED: [Failure.OWN_ERROR],
    Status.SUBMITTING: [Failure.REFUSED],
    Status.UNCERTAIN: [Failure.OUTCOME_UNKNOWN],
    Status.SUBMITTED: [Failure.MODEL_ERROR, Failure.SERVICE_ERROR, Failure.OUTCOME_UNKNOWN],
    Status.RUNNING: [Failure.MODEL_ERROR, Failure.SERVICE_ERROR, Failure.OUTCOME_UNKNOWN],
    Status.SUCCEEDED: [Failure.FILE_LOST, Failure.OWN_ERROR],
}
AFTER_ALL: dict[Failure | None, list[Status | Failure]] = {
    Failure.OUTCOME_UNKNOWN: [Status.SUBMITTED],
    Failure.FILE_LOST: [Status.SUCCEEDED],
}
HELD_UNTIL = {Status.SUCCEEDED, Status.STORED, Status.DELIVERED, Status.FAILED, Status.CANCELED}
BILLED = {Failure.MODEL_ERROR, Failure.FILE_LOST}


def steps(job: Job) -> list[Status | Failure]:
    """Return every legal next step but admission, which has a rule of its own."""
    if job.status is Status.FAILED:
        return AFTER_ALL.get(job.failure, [])
    turns = TRANSITIONS[job.status] - {Status.FAILED, Status.SUBMITTING}
    return [*sorted(turns), *FAILURES.get(job.status, [])]


def expected(job: Job, units: int) -> Balance:
    unknown = job.failure is Failure.OUTCOME_UNKNOWN
    held = unknown or job.status not in HELD_UNTIL
    billed = {Status.SUCCEEDED, Status.STORED, Status.DELIVERED}
    made = job.failure is Failure.OWN_ERROR and job.video_url is not None
    spent = job.status in billed or job.failure in BILLED or made
    return Balance(units, job.price * held, job.price * spent)


def some_jobs(machine: "StoreMachine") -> bool:
    return bool(machine.jobs)


def some_waiting(machine: "StoreMachine") -> bool:
    return bool(machine.waiting())


def some_movable(machine: "StoreMachine") -> bool:
    return bool(machine.movable())


class StoreMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.stack = AsyncExitStack()
        stage = open_stage(Path(self.folder.name), returns_per_day=RETURNS)
        self.stage = self.runner.run(self.stack.enter_async_context(stage))
        self.now = NOW
        self.jobs: dict[int, Job] = {}
        self.units: dict[int, int] = {}
        self.returns: dict[tuple[int, int], int] = {}

    @override
    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    def taken(self, member: int, day: int) -> int:
        return sum(
            self.units[job.id]
            for job in self.jobs.values()
            if (job.place.member_id, job.quota_day) == (member, day)
        )

    @rule(member=st.sampled_from(MEMBERS), price=st.sampled_from([200_000, 450_000]))
    def submit(self, member: int, price: int):
        new = new_job(f"interaction:{len(self.jobs)}", member=member, price=price)
        full = self.taken(member, Calendar().day(self.now)) >= LIMIT
        try:
            job = self.runner.run(self.stage.submit(new, at=self.now, videos_per_day=LIMIT))
        except Refusal:
            assert full
        else:
            assert not full
            self.jobs[job.id] = job
            self.units[job.id] = 1

    @precondition(some_waiting)
    @rule(data=st.data())
    def admit(self, data: st.DataObject):
        job = data.draw(st.sampled_from(self.waiting()))
        at_fal = [Status.SUBMITTING, Status.SUBMITTED, Status.RUNNING]
        busy = sum(other.status in at_fal for other in self.jobs.values())
        admitted = self.runner.run(
            self.stage.store.admit(job, at=self.now, concurrency=CONCURRENCY)
        )
        assert (admitted is None) == (busy >= CONCURRENCY)
        if admitted is not None:
            self.jobs[job.id] = admitted

    @precondition(some_movable)
    @rule(data=st.data())
    def advance(self, data: st.DataObject):
        job = data.draw(st.sampled_from(self.movable()))
        step = data.draw(st.sampled_from(steps(job)))
        self.turn(job, step)

    def turn(self, job: Job, step: Status | Failure) -> None:
        self.jobs[job.id] = self.runner.run(self.stage.lead(job, step, at=self.now))
        if step is Failure.MODEL_ERROR and self.units[job.id]:
            key = (job.place.member_id, job.quota_day)
            self.returns[key] = self.returns.get(key, 0) + 1
            if self.returns[key] > RETURNS:
                return
        if step is Status.CANCELED or isinstance(step, Failure):
            self.units[job.id] = 0

    @precondition(some_jobs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject):
        job = data.draw(st.sampled_from(list(self.jobs.values())))
        self.jobs[job.id] = self.runner.run(self.stage.store.request_cancel(job, at=self.now))
        if job.status is Status.CREATED:
            assert self.jobs[job.id].status is Status.CANCELED
            self.units[job.id] = 0

    @rule(member=st.sampled_from(MEMBERS))
    def make_one_that_the_model_refuses(self, member: int):
        """A common way, so that the cap of what comes back is reached."""
        before = set(self.jobs)
        self.submit(member, 200_000)
        for job_id in set(self.jobs) - before:
            for step in (Status.SUBMITTING, Status.SUBMITTED, Failure.MODEL_ERROR):
                self.turn(self.jobs[job_id], step)

    @precondition(some_jobs)
    @rule()
    def next_day(self):
        self.now += DAY_MS

    @invariant()
    def the_ledger_says_what_the_states_say(self):
        for job in self.jobs.values():
            balance = self.runner.run(self.stage.balance(job))
            assert balance == expected(job, self.units[job.id])
            made = job.video_url is not None
            allowed = balances(job.status, job.failure, job.price, job.units, made=made)
            assert Sums(balance.videos, balance.held, balance.spent) in allowed
            assert self.runner.run(self.stage.store.job(job.id)) == job

    @invariant()
    def no_quota_is_exceeded_and_nothing_is_negative(self):
        days = {job.quota_day for job in self.jobs.values()}
        for day in days:
            for member in MEMBERS:
                used = self.runner.run(self.stage.used_on(day, member))
                assert used == self.taken(member, day)
                assert 0 <= used <= LIMIT

    def waiting(self) -> list[Job]:
        return [job for job in self.jobs.values() if job.status is Status.CREATED]

    def movable(self) -> list[Job]:
        return [job for job in self.jobs.values() if steps(job)]


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=20, stateful_step_count=40)
