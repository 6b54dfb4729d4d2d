from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.moderation.quota import Grant, Quota, Share
from bot.domain.refusal import Refusal

RESET = 1_795_305_600_000


def quota(
    used: int = 0, limit: int | None = 5, *bonus: int, spent: int = 0, usd_limit: int | None = None
) -> Quota:
    grants = [Grant(id=number, units=units) for number, units in enumerate(bonus, 1)]
    return Quota(
        used=used,
        limit=limit,
        day=20_778,
        resets_at=RESET,
        grants=grants,
        spent=spent,
        usd_limit=usd_limit,
    )


amounts = st.integers(0, 20)


@given(used=amounts, limit=st.none() | amounts, bonus=st.lists(st.integers(1, 5), max_size=4),
       units=st.integers(1, 20))  # fmt: skip
def test_units_come_from_the_day_first_and_then_from_the_grants_in_order(
    used: int, limit: int | None, bonus: list[int], units: int
):
    one = quota(used, limit, *bonus)
    room = units if limit is None else max(0, limit - used) + sum(bonus)
    if units > room:
        with pytest.raises(Refusal):
            one.check(units, 0)
        return
    one.check(units, 0)
    share = one.share(units)
    assert share.videos + share.bonus == units
    assert limit is None or share.videos == min(units, max(0, limit - used))
    taken = [units for _, units in share.grants]
    assert [number for number, _ in share.grants] == list(range(1, len(taken) + 1))
    # All but the last are used up.
    assert taken[:-1] == bonus[: len(taken)][:-1]
    assert all(0 < part <= whole for part, whole in zip(taken, bonus, strict=False))


def test_several_grants_share_a_video():
    assert quota(4, 5, 1, 3).share(3) == Share(1, [(1, 1), (2, 1)])


@pytest.mark.parametrize(("limit", "videos"), [(5, "5 videos"), (1, "1 video ")])
def test_the_refusal_says_when_to_come_back(limit: int, videos: str):
    with pytest.raises(Refusal, match=f"quota of {videos}.*<t:{RESET // 1000}:R>"):
        quota(limit, limit).check(1, 0)


@pytest.mark.parametrize(
    ("one", "units", "words"),
    [
        (quota(0, 0), 1, "no videos here just now"),
        (quota(0, 2), 3, "more than the 2"),
        (quota(0, 2, 1), 4, "more than the 3"),
        (quota(4, 5), 2, "you have 1 left"),
        (quota(5, 5, 1), 2, "you have 1 left"),
    ],
)
def test_what_is_too_much(one: Quota, units: int, words: str):
    with pytest.raises(Refusal, match=words):
        one.check(units, 0)


@pytest.mark.parametrize(
    ("spent", "price", "words"),
    [
        (0, 1_000_001, r"more than the \$1.00"),
        (900_000, 200_000, r"you have \$0.10 of \$1.00"),
        (2_000_000, 1, r"you have \$0.00"),
    ],
)
def test_money_is_limited_too_whatever_is_granted(spent: int, price: int, words: str):
    one = quota(0, None, 5, spent=spent, usd_limit=1_000_000)
    with pytest.raises(Refusal, match=words):
        one.check(1, price)


def test_the_last_cent_may_be_spent():
    quota(spent=800_000, usd_limit=1_000_000).check(1, 200_000)


@pytest.mark.parametrize(
    ("most", "made", "units", "words"),
    [
        (3, 3, 1, "The bot's owner allows 3 videos a day here"),
        (1, 2, 1, "The bot's owner allows 1 video a day here"),
        (3, 2, 2, "1 left today of what the bot's owner allows"),
        (3, 0, 4, "more than the 3 that the bot's owner lets you make"),
        (9, 1, 6, "more than the 5 that you may make"),
    ],
)
def test_the_owners_limit_counts_what_was_made_and_is_named(
    most: int, made: int, units: int, words: str
):
    reset = replace(quota(0, 5), most=most, made=made)
    with pytest.raises(Refusal, match=words):
        reset.check(units, 0)


def test_the_servers_own_quota_is_named_where_it_is_lower():
    with pytest.raises(Refusal, match="today's quota of 5 videos"):
        replace(quota(5, 5), most=9, made=5).check(1, 0)


def test_grants_are_above_the_owners_limit_too():
    reset = replace(quota(0, 3, 2), most=3, made=3)
    reset.check(2, 0)
    assert reset.share(2) == Share(0, [(1, 2)])
    with pytest.raises(Refusal, match="you have 2 left"):
        reset.check(3, 0)
