"""Turns before the line, and members whose files are too slow."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.line.slow_files import SlowFiles
from bot.domain.line.turns import Turns
from bot.domain.refusal import Refusal

ADA, BEN, CLEO, NEWCOMER = 1, 2, 3, 1000


def order(turns: Turns, members: dict[int, int], under_way: list[int]) -> list[int]:
    """Return the members in the order in which their pieces end, the first begun always first."""
    ended: list[int] = []
    under_way += turns.begin()
    while under_way:
        number = under_way.pop(0)
        turns.end(number)
        ended.append(members[number])
        under_way += turns.begin()
    return ended


def test_one_members_many_keep_nobody_waiting():
    turns = Turns(2)
    members = {turns.ask(ADA): ADA for _ in range(12)}
    under_way = turns.begin()
    assert len(under_way) == 2, "while nobody else waits"
    members[turns.ask(BEN)] = BEN
    assert turns.begin() == []
    assert order(turns, members, under_way).index(BEN) <= 2


def test_one_at_a_time_while_others_wait():
    turns = Turns(3)
    members = {turns.ask(who): who for who in (ADA, ADA, ADA, BEN, BEN)}
    assert [members[number] for number in turns.begin()] == [ADA, BEN]


def test_members_take_turns_and_who_is_new_goes_before_anybodys_next():
    turns = Turns(1)
    members = {turns.ask(who): who for who in (ADA, ADA, ADA, BEN, BEN)}
    under_way = turns.begin()
    members[turns.ask(CLEO)] = CLEO
    assert order(turns, members, under_way) == [ADA, BEN, CLEO, ADA, BEN, ADA]


def test_who_gave_up_gives_the_turn_back():
    turns = Turns(1)
    (first,) = [turns.ask(ADA)]
    assert turns.begin() == [first]
    given_up = [turns.ask(BEN) for _ in range(5)]
    for number in given_up:
        turns.end(number)
    members = {turns.ask(ADA): ADA, turns.ask(BEN): BEN, first: ADA}
    assert order(turns, members, [first]) == [ADA, BEN, ADA]


steps = st.lists(
    st.tuples(st.sampled_from(["ask", "end", "give up"]), st.integers(0, 5)), max_size=60
)


@given(st.integers(1, 3), steps)
def test_slots_are_kept_and_all_come_to_an_end(slots: int, moves: list[tuple[str, int]]):
    turns = Turns(slots)
    waiting: dict[int, int] = {}
    under_way: dict[int, int] = {}
    ended = [("end", 0)] * len(moves)
    for move, choice in moves + ended:
        if move == "ask":
            waiting[turns.ask(choice)] = choice
        elif move == "end" and under_way:
            number = [*under_way][choice % len(under_way)]
            turns.end(number)
            del under_way[number]
        elif move == "give up" and waiting:
            number = [*waiting][choice % len(waiting)]
            turns.end(number)
            del waiting[number]
        for number in turns.begin():
            member = under_way[number] = waiting.pop(number)
            others = {who for who in waiting.values() if who != member}
            mine = list(under_way.values()).count(member)
            assert mine == 1 or (mine == 2 and not others), "one each, two while nobody waits"
        assert len(under_way) <= slots
        free = {who for who in waiting.values() if who not in under_way.values()}
        assert len(under_way) == slots or not free, "no slot stays empty for who has none"
    assert not waiting


@given(st.integers(1, 3), st.lists(st.integers(2, 6), max_size=20), st.integers(1, 30))
def test_a_newcomer_waits_for_at_most_one_of_each_other(slots: int, others: list[int], mine: int):
    turns = Turns(slots)
    members = {turns.ask(ADA): ADA for _ in range(mine)}
    under_way = turns.begin()
    members |= {turns.ask(who): who for who in others}
    number = turns.ask(NEWCOMER)
    members[number] = NEWCOMER
    before = order(turns, members, under_way)
    before = before[: before.index(NEWCOMER)]
    assert all(count <= 1 for who, count in Counter(before).items() if who != ADA)
    # Two of the first may have been under way already.
    assert Counter(before)[ADA] <= 2


def test_three_slow_files_in_ten_minutes_are_too_many():
    files, minute = SlowFiles(), 60_000
    for at in (0, 4 * minute):
        files.note(ADA, at=at)
    files.check(ADA, at=9 * minute, now=0)
    files.note(ADA, at=9 * minute)
    files.note(BEN, at=9 * minute)
    files.check(BEN, at=9 * minute, now=0)
    for at in (9 * minute, 19 * minute - 1):
        with pytest.raises(Refusal) as refusal:
            files.check(ADA, at=at, now=at + 1_000_000_000)
        assert refusal.value.text == (
            "Several of your files took too long to open, so I take no others from you yet; please try"
            " again <t:1001141:R>, with smaller ones. Nothing was charged."
        )
    files.check(ADA, at=19 * minute, now=0)
    files.note(ADA, at=19 * minute)
    files.check(ADA, at=19 * minute, now=0)


def test_slow_files_of_long_ago_are_forgotten():
    files, minute = SlowFiles(), 60_000
    for at in (0, 6 * minute, 12 * minute, 18 * minute):
        files.note(ADA, at=at)
        files.check(ADA, at=at, now=0)
