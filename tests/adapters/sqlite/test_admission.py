"""Admission on a real SQLite file: whoever asks at once, every limit is exactly respected."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.sqlite.database import open_reader
from bot.adapters.sqlite.servers import SqliteServers
from bot.adapters.sqlite.verification import verify_ledger
from bot.domain.calendar import DAY_MS, Calendar
from bot.domain.jobs.job import Failure, Job, NewJob, Status
from bot.domain.moderation.rules import Allowance, Asker, Ceilings, Quality, RoleRule, ServerRules
from bot.domain.refusal import Refusal
from bot.ports import Change
from bot.ports.servers import SeenServer
from tests.adapters.sqlite.store_harness import NOW, TODAY, Stage, open_stage
from tests.domain.examples import CATALOGUE, GUILD, MEMBER, MODEL, new_job

SUPPORTER, NAMED = 100, 200
AT_FAL = (Status.SUBMITTING, Status.SUBMITTED)
CHANGE = Change(guild_id=GUILD, actor_id=1, at=NOW, what="rules")
ANY = Ceilings()


async def set_server(stage: Stage, rules: ServerRules, *, guild: int = GUILD) -> None:
    await stage.rules.change_server(replace(CHANGE, guild_id=guild), lambda _: rules, repr)


async def set_role(stage: Stage, rule: RoleRule, *, guild: int = GUILD) -> None:
    change = replace(CHANGE, guild_id=guild)
    await stage.rules.change_role(change, rule.role_id, lambda _: rule, repr)


async def refused(stage: Stage, new: NewJob, words: str, *, asker: Asker | None = None) -> None:
    with pytest.raises(Refusal, match=words):
        await stage.submit(new, ceilings=ANY, asker=asker)


async def agrees(folder: Path) -> None:
    problems: list[str] = []
    async with open_reader(folder / "pika.db") as reader:
        await verify_ledger(reader, problems.append)
    assert problems == []


def unlimited() -> ServerRules:
    return ServerRules(allowance=Allowance(unlimited=True))


async def ask_all(stage: Stage, asked: Sequence[tuple[NewJob, Asker]]) -> list[Job]:
    """Ask for all at once; return what was accepted."""

    async def one(new: NewJob, asker: Asker) -> Job | None:
        try:
            return await stage.submit(new, ceilings=CEILINGS, asker=asker)
        except Refusal:
            return None

    answers = await asyncio.gather(*(one(*request) for request in asked))
    return [job for job in answers if job is not None]


CEILINGS = Ceilings(videos_per_day=2, usd_per_day=100_000_000, server_usd_per_month=60_000_000)
MEMBERS = range(1, 51)
# With units of three kinds and grants, what somebody gets is exactly their room.
BONUS = 2


async def test_a_thousand_requests_at_once_take_exactly_every_quota(tmp_path: Path):
    """Fifty members ask for twenty units each; some have roles, some have bonus units."""
    async with open_stage(tmp_path) as stage:
        await set_role(stage, RoleRule(role_id=SUPPORTER, allowance=Allowance(videos_per_day=7)))
        expected: dict[int, int] = {}
        requests: list[tuple[NewJob, Asker]] = []
        for member in MEMBERS:
            supports, granted = member % 3 == 0, member % 4 == 0
            expected[member] = (7 if supports else 2) + BONUS * granted
            if granted:
                for _ in range(BONUS):
                    await stage.rules.grant(CHANGE, member, units=1, reason="", expires_at=None)
            roles = frozenset({SUPPORTER} if supports else ())
            asker = Asker(member_id=member, role_ids=roles)
            requests += [
                (new_job(f"{member}:{number}", member=member), asker) for number in range(20)
            ]
        random.Random(7).shuffle(requests)
        jobs = await ask_all(stage, requests)
        assert Counter(job.place.member_id for job in jobs) == expected
        rows = await stage.sql("SELECT sum(units) FROM grant_uses")
        assert rows[0][0] == BONUS * len([one for one in MEMBERS if one % 4 == 0])
    await agrees(tmp_path)


async def test_a_thousand_requests_at_once_spend_exactly_every_budget(tmp_path: Path):
    """Two servers have budgets of their own, a third the owner's; all share the bot's."""
    ceilings = Ceilings(usd_per_day=40_000_000, server_usd_per_month=15_000_000)
    budgets = {10: 12_000_000, 11: 20_000_000, 12: None}
    # In micro-dollars: the second is cut to the owner's ceiling for a server.
    spent = {10: 12_000_000, 11: 15_000_000, 12: 13_000_000}
    async with open_stage(tmp_path) as stage:
        for guild, budget in budgets.items():
            await set_server(stage, replace(unlimited(), usd_per_day=budget), guild=guild)
            named = RoleRule(role_id=NAMED, has_priority=True)
            await set_role(stage, named, guild=guild)

        async def one(number: int, guild: int, roles: frozenset[int]) -> None:
            new = new_job(f"{guild}:{number}", guild=guild, member=number % 40)
            asker = Asker(member_id=number % 40, role_ids=roles)
            with_refusal = stage.submit(new, ceilings=ceilings, asker=asker)
            await asyncio.gather(with_refusal, return_exceptions=True)

        for roles in (frozenset[int](), frozenset({NAMED})):
            # The first two servers at once, then the third.
            for guilds in ((10, 11), (12,)):
                numbers = range(170) if roles else range(1000, 1170)
                await asyncio.gather(*(one(n, g, roles) for n in numbers for g in guilds))
            taken = "SELECT guild_id, sum(held + spent) FROM ledger GROUP BY 1"
            found = {row[0]: row[1] for row in await stage.numbers(taken)}
            if not roles:
                # At 95 % of a budget only named roles go on; a video costs $0.20.
                assert found[10] == 11_400_000
                assert found[11] == 14_400_000
        assert found == spent
    await agrees(tmp_path)


async def test_a_reset_beside_returns_gives_no_unit_twice(tmp_path: Path):
    """However resets, failures and requests mix, what counts is what was taken since."""
    async with open_stage(tmp_path, returns_per_day=100) as stage:
        jobs = [await stage.submit(videos_per_day=30) for _ in range(30)]

        async def end(job: Job) -> None:
            await stage.lead(job, *AT_FAL, Failure.SERVICE_ERROR)

        async def reset() -> None:
            await stage.rules.reset(CHANGE, MEMBER)

        asking = ask_all(
            stage,
            [(new_job(f"more:{n}"), Asker(member_id=MEMBER)) for n in range(60)],
        )
        ending = asyncio.gather(*(end(job) for job in jobs[:20]))
        _, _, more = await asyncio.gather(ending, reset(), asking)
        since = await stage.numbers("SELECT job_id FROM resets")
        assert len(since) == 1
        counted = [job for job in more if job.id > since[0][0]]
        # After the reset, never more than the two of a day.
        assert len(counted) == 2
        terms = await stage.store.admission(
            GUILD, Asker(member_id=MEMBER), at=NOW, ceilings=CEILINGS
        )
        assert (terms.quota.used, terms.quota.left) == (2, 0)
    await agrees(tmp_path)


async def test_units_go_back_to_the_day_and_the_grants_they_came_from(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        for units, expires_at in ((2, NOW + 10), (2, NOW + 5), (3, None)):
            await stage.rules.grant(CHANGE, MEMBER, units=units, reason="", expires_at=expires_at)
        job = await stage.submit(replace(new_job(), units=5), videos_per_day=2)
        uses = "SELECT grant_id, sum(units) FROM grant_uses GROUP BY grant_id HAVING sum(units)"
        # Those that expire first go first.
        assert await stage.numbers(uses) == [(1, 1), (2, 2)]
        await stage.lead(job, Status.CANCELED, at=NOW + 7)
        assert await stage.sql(uses) == []
        asker = Asker(member_id=MEMBER)
        terms = await stage.store.admission(GUILD, asker, at=NOW + 7, ceilings=CEILINGS)
        # The second has expired meanwhile: it has its units back and stays expired.
        assert [(one.id, one.units) for one in terms.quota.grants] == [(1, 2), (3, 3)]
        assert terms.quota.used == 0
    await agrees(tmp_path)


async def test_returns_that_may_have_been_billed_are_capped_for_bonus_units_too(tmp_path: Path):
    async with open_stage(tmp_path, returns_per_day=1) as stage:
        await stage.rules.grant(CHANGE, MEMBER, units=2, reason="", expires_at=None)
        jobs = [await stage.submit(videos_per_day=0) for _ in range(2)]
        for job in jobs:
            await stage.lead(job, *AT_FAL, Failure.MODEL_ERROR)
        rows = await stage.sql("SELECT sum(units) FROM grant_uses")
        assert rows[0][0] == 1
    await agrees(tmp_path)


async def test_a_server_turns_its_day_in_its_own_zone_and_the_owner_in_theirs(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        await set_server(stage, ServerRules(calendar=Calendar("Pacific/Kiritimati")))
        late = NOW + 12 * 3_600_000
        ceilings = Ceilings(videos_per_day=1, zone="Pacific/Pago_Pago")
        first = await stage.submit(new_job("1"), ceilings=ceilings, at=NOW)
        second = await stage.submit(new_job("2"), ceilings=ceilings, at=late)
        # At 01:00 and 13:00 UTC: 15:00 and 03:00 there, 14:00 the day before and 02:00 here.
        assert [one.quota_day for one in (first, second)] == [TODAY, TODAY + 1]
        assert [one.owner_day for one in (first, second)] == [TODAY - 1, TODAY]
        with pytest.raises(Refusal, match="today's quota"):
            await stage.submit(new_job("3"), ceilings=ceilings, at=late)
    await agrees(tmp_path)


async def test_a_budget_starts_anew_and_what_is_given_back_counts_again(tmp_path: Path):
    ceilings = Ceilings(usd_per_day=200_000)
    async with open_stage(tmp_path) as stage:
        job = await stage.submit(new_job("1"), ceilings=ceilings)
        with pytest.raises(Refusal, match=r"This bot's budget for today of \$0.20 is used up"):
            await stage.submit(new_job("2"), ceilings=ceilings)
        await stage.submit(new_job("3"), ceilings=ceilings, at=NOW + DAY_MS)
        await stage.lead(job, Status.CANCELED, at=NOW + DAY_MS)
        await stage.submit(new_job("4"), ceilings=ceilings)
    await agrees(tmp_path)


async def test_what_the_rules_forbid_is_refused_in_the_transaction(tmp_path: Path):
    asker = Asker(member_id=MEMBER, role_ids=frozenset({1}), channel_ids=frozenset({20}))
    async with open_stage(tmp_path) as stage:
        for rules, words in (
            (ServerRules(is_paused=True), "paused"),
            (ServerRules(channels=frozenset({21})), "<#21>"),
            (ServerRules(roles=frozenset({2})), "<@&2>"),
            (ServerRules(quality=Quality(resolution="480p")), "up to `480p`"),
            (ServerRules(quality=Quality(seconds=4)), "up to 4 seconds"),
            (ServerRules(usd_per_month=100_000), r"has \$0.10 left"),
            (ServerRules(allowance=Allowance(usd_per_day=100_000)), r"more than the \$0.10"),
        ):
            await set_server(stage, rules)
            await refused(stage, new_job(), words, asker=asker)
        assert await stage.sql("SELECT * FROM ledger") == []
        assert await stage.sql("SELECT * FROM sums") == []


async def test_nothing_is_taken_in_a_server_that_the_bot_was_removed_from(tmp_path: Path):
    seen = SeenServer(guild_id=GUILD, name="", owner_id=1, owner_name=None, members=None)
    async with open_stage(tmp_path) as stage, open_reader(tmp_path / "pika.db") as reader:
        book = SqliteServers(stage.writer, reader)
        await book.meet(seen, listed=True, owned=False, at=NOW)
        await book.mark_absent(GUILD)
        await refused(stage, new_job(), "hasn't agreed")
        assert await stage.sql("SELECT * FROM jobs") == []
        await book.meet(seen, listed=True, owned=False, at=NOW)
        await stage.submit(new_job(), ceilings=ANY)


async def test_a_model_that_a_role_may_not_use_is_refused(tmp_path: Path):
    new = replace(new_job(), model=MODEL.key)
    async with open_stage(tmp_path) as stage:
        allowed = Quality(models=frozenset({"moving"}))
        await set_server(stage, ServerRules(quality=allowed))
        submit = stage.store.submit
        with pytest.raises(Refusal, match="You may not use Small One here"):
            await submit(new, at=NOW, ceilings=ANY, catalogue=CATALOGUE)
        supporter = Asker(member_id=MEMBER, role_ids=frozenset({SUPPORTER}))
        await set_role(stage, RoleRule(role_id=SUPPORTER, quality=Quality()))
        await submit(new, at=NOW, ceilings=ANY, catalogue=CATALOGUE, asker=supporter)


async def test_what_is_looked_at_is_of_one_moment_and_holds_nothing_up(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        asker = Asker(member_id=MEMBER)

        async def look() -> None:
            ceilings = Ceilings(usd_per_day=10_000_000)
            terms = await stage.store.admission(GUILD, asker, at=NOW, ceilings=ceilings)
            assert terms.budgets[0].taken == terms.quota.used * 200_000

        async def ask(number: int) -> None:
            await stage.submit(new_job(str(number)), videos_per_day=100)

        await asyncio.gather(*(one for number in range(50) for one in (ask(number), look())))
