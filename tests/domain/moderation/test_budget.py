import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.moderation.budget import Budget, Landing, check_budgets, landing_of
from bot.domain.refusal import Refusal

RESET = 1_795_305_600_000


def budget(taken: int, limit: int = 1_000_000, name: str = "this server's budget for today"):
    return Budget(name, limit, taken, RESET)


@pytest.mark.parametrize(
    ("taken", "landing"),
    [
        (0, Landing.FREE),
        (799_999, Landing.FREE),
        (800_000, Landing.TIGHT),
        (949_999, Landing.TIGHT),
        (950_000, Landing.LAST),
        (999_999, Landing.LAST),
        (1_000_000, Landing.CLOSED),
        (2_000_000, Landing.CLOSED),
    ],
)
def test_a_budget_lands_softly(taken: int, landing: Landing):
    assert budget(taken).landing is landing
    # The nearest of all decides.
    assert landing_of([budget(0), budget(taken), budget(0)]) is landing


def test_nothing_and_no_budget_at_all():
    assert landing_of([]) is Landing.FREE
    assert budget(0, 0).landing is Landing.CLOSED
    check_budgets([], 10**12, has_priority=False)


@pytest.mark.parametrize(
    ("taken", "price", "named", "words"),
    [
        (1_000_000, 0, True, r"This server's budget for today of \$1.00 is used up"),
        (960_000, 10_000, False, "nearly used up, so only named roles"),
        (960_000, 50_000, True, r"has \$0.04 left, and this video costs \$0.05"),
        (0, 1_000_001, False, "please pick a cheaper one"),
    ],
)
def test_what_a_budget_refuses(taken: int, price: int, named: bool, words: str):
    with pytest.raises(Refusal, match=words) as refused:
        check_budgets([budget(0, 10**9), budget(taken)], price, has_priority=named)
    assert f"<t:{RESET // 1000}:R>" in str(refused.value)


@given(
    limit=st.integers(0, 2_000),
    prices=st.lists(st.tuples(st.integers(1, 400), st.booleans()), max_size=60),
)
def test_whatever_is_asked_for_no_budget_is_overspent(limit: int, prices: list[tuple[int, bool]]):
    taken = 0
    for price, named in prices:
        one = budget(taken, limit)
        try:
            check_budgets([one], price, has_priority=named)
        except Refusal:
            assert taken + price > limit or (not named and 100 * taken >= 95 * limit)
        else:
            taken += price
    assert taken <= limit
