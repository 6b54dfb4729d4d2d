"""Any order of requests, rules, grants, resets, ends, days, months and zones, beside a plain model.

The model keeps lists and adds them up anew each time; the bot must take exactly what it allows.
"""

import asyncio
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from bot.adapters.sqlite.database import open_reader
from bot.adapters.sqlite.verification import verify_ledger
from bot.domain.jobs.job import Failure, Status
from bot.domain.moderation.rules import Allowance, Asker, RoleRule
from bot.domain.refusal import Refusal
from bot.ports import Change
from tests.adapters.sqlite import test_job_store_machine as ways
from tests.adapters.sqlite.rules_model import (
    CEILINGS,
    GUILDS,
    NAMED,
    SUPPORTER,
    Given,
    Model,
    Taken,
)
from tests.adapters.sqlite.store_harness import open_stage
from tests.domain.examples import new_job

MEMBERS = (1, 2)
RETURNS = 2
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago")
PRICES = (200_000, 450_000, 900_000)
BUDGETS = st.none() | st.sampled_from([0, 500_000, 1_000_000, 3_000_000])
HOUR = 3_600_000
QUICK = Path("/dev/shm")
"""A file system in memory: here it matters what is in the file, not that it is on a disk."""


def some_jobs(machine: "RulesMachine") -> bool:
    return bool(machine.model.jobs)


def some_movable(machine: "RulesMachine") -> bool:
    return bool(machine.movable())


class RulesMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(dir=QUICK if QUICK.is_dir() else None)
        self.stack = AsyncExitStack()
        path = Path(self.folder.name)
        self.stage = self.runner.run(
            self.stack.enter_async_context(open_stage(path, returns_per_day=RETURNS))
        )
        self.reader = self.runner.run(self.stack.enter_async_context(open_reader(path / "pika.db")))
        self.model = Model()
        self.returns = Counter[tuple[int, int, str]]()
        for guild in GUILDS:
            self.change_role(guild, RoleRule(role_id=NAMED, has_priority=True))

    @override
    def teardown(self) -> None:
        try:
            self.the_books_agree()
        finally:
            self.close()

    def close(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    def change(self, guild: int) -> Change:
        return Change(guild_id=guild, actor_id=9, at=self.model.now, what="change")

    # Asking

    @rule(
        guild=st.sampled_from(GUILDS),
        member=st.sampled_from(MEMBERS),
        roles=st.frozensets(st.sampled_from([SUPPORTER, NAMED])),
        units=st.integers(1, 3),
        price=st.sampled_from(PRICES),
    )
    def submit(self, guild: int, member: int, roles: frozenset[int], units: int, price: int):
        self.submit_one(guild, member, roles, units, price)

    def submit_one(
        self, guild: int, member: int, roles: frozenset[int], units: int, price: int
    ) -> None:
        new = new_job(
            f"interaction:{len(self.model.jobs)}", guild=guild, member=member, price=price
        )
        new = replace(new, units=units)
        asker = Asker(member_id=member, role_ids=roles)
        allowed = self.model.allowed(guild, member, roles, units, price)
        terms = self.runner.run(
            self.stage.store.admission(guild, asker, at=self.model.now, ceilings=CEILINGS)
        )
        foretold = True
        try:
            terms.check(new, None)
        except Refusal:
            foretold = False
        # What is said beforehand is what is done.
        assert foretold == allowed
        try:
            job = self.runner.run(
                self.stage.submit(new, at=self.model.now, ceilings=CEILINGS, asker=asker)
            )
        except Refusal:
            assert not allowed
        else:
            assert allowed
            self.model.take(job, units, roles)

    # What becomes of it

    def movable(self) -> list[Taken]:
        return [one for one in self.model.jobs.values() if ways.steps(one.job)]

    @precondition(some_movable)
    @rule(data=st.data())
    def advance(self, data: st.DataObject):
        one = data.draw(st.sampled_from(self.movable()))
        steps = ways.steps(one.job)
        if one.job.status is Status.CREATED:
            steps.append(Status.SUBMITTING)
        self.turn(one, data.draw(st.sampled_from(steps)))

    @precondition(some_movable)
    @rule(data=st.data(), failure=st.sampled_from([*Failure]))
    def end_at_fal(self, data: st.DataObject, failure: Failure):
        """A common way, so that every kind of end comes up."""
        one = data.draw(st.sampled_from(self.movable()))
        for step in (Status.SUBMITTING, Status.SUBMITTED, failure):
            if step in ways.steps(one.job) or (
                step is Status.SUBMITTING and one.job.status is Status.CREATED
            ):
                self.turn(one, step)

    def turn(self, one: Taken, step: Status | Failure) -> None:
        one.job = self.runner.run(self.stage.lead(one.job, step, at=self.model.now))
        job = one.job
        kept = False
        if step is Failure.MODEL_ERROR and self.model.units(one):
            key = (one.guild, one.member, one.day)
            kept = self.returns[key] >= RETURNS
            self.returns[key] += not kept
        if (step is Status.CANCELED or isinstance(step, Failure)) and not kept:
            self.model.give_back(one)
        expected = ways.expected(job, 0)
        one.held, one.spent = expected.held, expected.spent

    @precondition(some_jobs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject):
        one = data.draw(st.sampled_from([*self.model.jobs.values()]))
        was = one.job.status
        one.job = self.runner.run(self.stage.store.request_cancel(one.job, at=self.model.now))
        if was is Status.CREATED:
            self.model.give_back(one)
            one.held = 0

    # What moderators do

    @rule(guild=st.sampled_from(GUILDS), limit=st.none() | st.integers(0, 9),
          usd=st.none() | st.sampled_from([400_000, 1_500_000]))  # fmt: skip
    def set_quota(self, guild: int, limit: int | None, usd: int | None):
        server = self.model.servers[guild]
        server.limit, server.usd_limit = limit, usd
        allowance = Allowance(videos_per_day=limit, usd_per_day=usd)
        self.change_server(guild, allowance=allowance)

    @rule(guild=st.sampled_from(GUILDS), day=BUDGETS, month=BUDGETS)
    def set_budgets(self, guild: int, day: int | None, month: int | None):
        server = self.model.servers[guild]
        server.day_budget, server.month_budget = day, month
        self.change_server(guild, usd_per_day=day, usd_per_month=month)

    def change_server(self, guild: int, **changes: object) -> None:
        self.runner.run(
            self.stage.rules.change_server(
                self.change(guild), lambda rules: replace(rules, **changes), repr
            )
        )

    @rule(guild=st.sampled_from(GUILDS), limit=st.none() | st.integers(0, 9), unlimited=st.booleans())  # fmt: skip
    def set_role(self, guild: int, limit: int | None, unlimited: bool):
        server = self.model.servers[guild]
        server.of_role, server.unlimited = limit, unlimited
        allowance = Allowance(videos_per_day=limit, unlimited=unlimited)
        self.change_role(guild, RoleRule(role_id=SUPPORTER, allowance=allowance))

    def change_role(self, guild: int, role: RoleRule) -> None:
        self.runner.run(
            self.stage.rules.change_role(self.change(guild), role.role_id, lambda _: role, repr)
        )

    @rule(guild=st.sampled_from(GUILDS), member=st.sampled_from(MEMBERS), units=st.integers(1, 4),
          hours=st.none() | st.integers(1, 60))  # fmt: skip
    def grant(self, guild: int, member: int, units: int, hours: int | None):
        expires_at = None if hours is None else self.model.now + hours * HOUR
        self.model.grants.setdefault((guild, member), []).append(Given(units, expires_at))
        left = self.runner.run(
            self.stage.rules.grant(
                self.change(guild), member, units=units, reason="why", expires_at=expires_at
            )
        )
        assert left == sum(grant.left for grant in self.model.usable(guild, member))

    @rule(guild=st.sampled_from(GUILDS), member=st.sampled_from(MEMBERS))
    def reset(self, guild: int, member: int):
        self.reset_today(guild, member)

    def reset_today(self, guild: int, member: int) -> None:
        used, spent = self.model.used(guild, member)
        assert self.runner.run(self.stage.rules.reset(self.change(guild), member)) == used
        if used or spent:
            self.model.resets[guild, member, self.model.servers[guild].date(self.model.now)] = max(
                self.model.jobs
            )

    @rule(guild=st.sampled_from(GUILDS), member=st.sampled_from(MEMBERS))
    def use_up_and_reset(self, guild: int, member: int):
        """A common way to ask for more than the owner allows."""
        for _ in range(CEILINGS.most_videos_per_day or 0):
            self.submit_one(guild, member, frozenset(), 1, PRICES[0])
        self.reset_today(guild, member)

    @rule(guild=st.sampled_from(GUILDS), zone=st.sampled_from(ZONES))
    def change_zone(self, guild: int, zone: str):
        server = self.model.servers[guild]
        now = server.next_zone if self.model.now >= server.changes_at else server.zone
        server.zone, server.next_zone = now, zone
        tomorrow = datetime.fromtimestamp(self.model.now / 1000, ZoneInfo(now)) + timedelta(days=1)
        midnight = tomorrow.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        server.changes_at = round(midnight.timestamp() * 1000)
        self.runner.run(
            self.stage.rules.change_server(
                self.change(guild),
                lambda rules: replace(
                    rules, calendar=rules.calendar.changed(zone, at=self.model.now)
                ),
                repr,
            )
        )

    # Time

    @rule(hours=st.sampled_from([1, 6, 13, 24]))
    def wait(self, hours: int):
        self.model.now += hours * HOUR

    @precondition(some_jobs)
    @rule()
    def next_month(self):
        self.the_books_agree()
        self.model.now += 28 * 24 * HOUR

    # What always holds

    @invariant()
    def every_unit_and_every_cent_is_where_the_model_has_it(self):
        sql = (
            "SELECT job_id, sum(videos), sum(bonus), sum(held), sum(spent) FROM ledger"
            " GROUP BY job_id"
        )
        found = {row[0]: row[1:] for row in self.runner.run(self.stage.numbers(sql))}
        assert found == {
            number: (one.videos, self.model.units(one) - one.videos, one.held, one.spent)
            for number, one in self.model.jobs.items()
        }

    def the_books_agree(self):
        problems: list[str] = []
        self.runner.run(verify_ledger(self.reader, problems.append))
        assert problems == []

    @invariant()
    def the_sums_are_those_of_the_rows(self):
        sql = "SELECT guild_id, period, taken FROM sums WHERE taken != 0"
        found = {(row[0], row[1]): row[2] for row in self.runner.run(self.stage.sql(sql))}
        expected = Counter[tuple[int, str]]()
        for one in self.model.jobs.values():
            for whose, period in ((one.guild, one.day), (0, one.owner_day)):
                expected[whose, period] += one.held + one.spent
                expected[whose, period[:7]] += one.held + one.spent
        assert found == {key: taken for key, taken in expected.items() if taken}

    @invariant()
    def nobody_is_above_the_owners_ceiling(self):
        taken = Counter[tuple[int, int, str]]()
        for one in self.model.jobs.values():
            taken[one.guild, one.member, one.day] += one.videos
        assert all(units <= (CEILINGS.most_videos_per_day or 0) for units in taken.values())

    @invariant()
    def no_budget_of_the_bot_is_overspent(self):
        for (month,) in {(one.owner_day[:7],) for one in self.model.jobs.values()}:
            assert self.model.money(owner_day=month) <= (CEILINGS.usd_per_month or 0)


TestRulesMachine = RulesMachine.TestCase
TestRulesMachine.settings = settings(max_examples=40, stateful_step_count=40)
