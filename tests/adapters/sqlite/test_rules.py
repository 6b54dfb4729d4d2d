"""Rules in real rows: what a change was stands in the audit, in the same transaction."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.calendar import DAY_MS, Calendar
from bot.domain.moderation.rules import Allowance, MemberRule, Quality, RoleRule, Rules, ServerRules
from bot.domain.refusal import Refusal
from bot.ports import AllRules, Change
from tests.adapters.sqlite.store_harness import NOW, TODAY, Stage, open_stage
from tests.domain.examples import GUILD, MEMBER

ROLE = 100
CHANGE = Change(guild_id=GUILD, actor_id=1, at=NOW, what="quota")
EVERYTHING = ServerRules(
    allowance=Allowance(videos_per_day=3, usd_per_day=2_000_000),
    quality=Quality(resolution="720p", seconds=5, models=frozenset({"Draft", "pika-2.2-text"})),
    calendar=Calendar("Europe/Berlin", "Asia/Tokyo", NOW),
    usd_per_day=5_000_000,
    usd_per_month=0,
    account_days=7,
    member_days=1,
    is_paused=True,
    channels=frozenset({2**62, 5}),
    roles=frozenset({6}),
)
SUPPORTER = RoleRule(
    role_id=ROLE,
    allowance=Allowance(unlimited=True),
    quality=Quality(resolution="1080p"),
    has_priority=True,
)
BLOCKED = MemberRule(member_id=MEMBER, is_blocked=True, reason="spam — “often”")


def say(rule: object) -> str:
    return "nothing" if rule is None else repr(rule)


async def entries(stage: Stage, guild: int = GUILD) -> list[tuple[str, str]]:
    found = await stage.rules.audit(guild, before=None, limit=100)
    return [(one.before, one.after) for one in reversed(found)]


async def test_every_rule_comes_back_as_it_was_written(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        book = stage.rules
        assert await book.rules(GUILD, MEMBER) == Rules()
        assert await book.change_server(CHANGE, lambda _: EVERYTHING, say) == (
            ServerRules(),
            EVERYTHING,
        )
        assert await book.change_role(CHANGE, ROLE, lambda _: SUPPORTER, say) == (None, SUPPORTER)
        assert await book.change_member(CHANGE, MEMBER, lambda _: BLOCKED, say) == (None, BLOCKED)
        whole = Rules(server=EVERYTHING, roles={ROLE: SUPPORTER}, member=BLOCKED)
        assert await book.rules(GUILD, MEMBER) == whole
        assert await book.rules(GUILD, MEMBER + 1) == replace(whole, member=None)
        assert await book.rules(GUILD + 1, MEMBER) == Rules()
        assert await book.all_rules(GUILD) == AllRules(
            server=EVERYTHING, roles=[SUPPORTER], members=[BLOCKED]
        )
        assert await entries(stage) == [
            (repr(ServerRules()), repr(EVERYTHING)),
            ("nothing", repr(SUPPORTER)),
            ("nothing", repr(BLOCKED)),
        ]


async def test_a_change_that_changes_nothing_leaves_no_entry(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        book = stage.rules
        await book.change_server(CHANGE, lambda rules: replace(rules, is_paused=False), say)
        # A rule that says nothing is none.
        assert await book.change_role(CHANGE, ROLE, lambda rule: rule, say) == (None, None)
        assert await book.change_member(CHANGE, MEMBER, lambda _: None, say) == (None, None)
        assert await book.reset(CHANGE, MEMBER) == 0
        assert await entries(stage) == []


async def test_a_rule_is_removed(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        book = stage.rules
        await book.change_role(CHANGE, ROLE, lambda _: SUPPORTER, say)
        await book.change_member(CHANGE, MEMBER, lambda _: BLOCKED, say)
        assert await book.change_role(CHANGE, ROLE, lambda _: None, say) == (SUPPORTER, None)
        unblock = await book.change_member(
            CHANGE, MEMBER, lambda rule: replace(rule, is_blocked=False, reason=""), say
        )
        assert unblock == (BLOCKED, None)
        assert await book.rules(GUILD, MEMBER) == Rules()
        assert (await entries(stage))[-1] == (repr(BLOCKED), "nothing")


async def test_a_change_that_is_refused_changes_nothing(tmp_path: Path):
    def refuse(_: ServerRules) -> ServerRules:
        raise Refusal("no")

    def fail(_: ServerRules) -> str:
        raise KeyError("words")

    async with open_stage(tmp_path) as stage:
        with pytest.raises(Refusal):
            await stage.rules.change_server(CHANGE, refuse, say)
        # The rule and its entry are one transaction.
        with pytest.raises(KeyError):
            await stage.rules.change_server(CHANGE, lambda _: EVERYTHING, fail)
        assert await stage.rules.rules(GUILD, MEMBER) == Rules()
        assert await entries(stage) == []


async def test_grants_add_up_and_expire(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        book = stage.rules
        later = replace(CHANGE, at=NOW + DAY_MS)
        first = await book.grant(CHANGE, MEMBER, units=2, reason="", expires_at=NOW + DAY_MS)
        second = await book.grant(CHANGE, MEMBER, units=3, reason="won", expires_at=None)
        third = await book.grant(later, MEMBER, units=1, reason="", expires_at=None)
        assert (first, second, third) == (2, 5, 4)
        until = f"<t:{(NOW + DAY_MS) // 1000}:f>"
        assert await entries(stage) == [
            ("0 bonus videos", f"2 bonus videos, 2 of them until {until}"),
            ("2 bonus videos", "5 bonus videos: `won`"),
            ("3 bonus videos", "4 bonus videos"),
        ]
        with pytest.raises(sqlite3.IntegrityError):
            await book.grant(CHANGE, MEMBER, units=0, reason="", expires_at=None)


async def test_a_reset_is_of_one_member_and_day(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        for _ in range(2):
            await stage.submit(videos_per_day=2)
        assert await stage.rules.reset(CHANGE, MEMBER + 1) == 0
        assert await stage.rules.reset(replace(CHANGE, at=NOW + DAY_MS), MEMBER) == 0
        assert await stage.rules.reset(CHANGE, MEMBER) == 2
        assert await stage.rules.reset(CHANGE, MEMBER) == 0
        for _ in range(2):
            await stage.submit(videos_per_day=2)
        with pytest.raises(Refusal):
            await stage.submit(videos_per_day=2)
        # The ledger keeps what was taken.
        assert await stage.used_on(TODAY) == 4
        assert await entries(stage) == [("2 videos used today", "0 videos used today")]


async def test_the_audit_is_read_page_by_page_and_never_changed(tmp_path: Path):
    async with open_stage(tmp_path) as stage:
        for days in range(1, 8):
            changed = Change(guild_id=GUILD, actor_id=days, at=NOW + days, what="newcomers")
            await stage.rules.change_server(
                changed, lambda rules, days=days: replace(rules, member_days=days), say
            )
        pages: list[list[int]] = []
        before = None
        while page := await stage.rules.audit(GUILD, before=before, limit=3):
            pages.append([one.actor_id for one in page])
            before = page[-1].id
        assert pages == [[7, 6, 5], [4, 3, 2], [1]]
        newest = (await stage.rules.audit(GUILD, before=None, limit=1))[0]
        assert (newest.at, newest.what) == (NOW + 7, "newcomers")
        assert await stage.rules.audit(GUILD + 1, before=None, limit=9) == []
        for sql in ("DELETE FROM audit", "UPDATE audit SET after = ''"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                await stage.sql(sql)
