from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import micro_usd, show_usd

amounts = st.integers(min_value=0, max_value=10**15)


@given(amounts)
def test_what_is_shown_reads_back_as_the_same_amount(amount: int):
    assert micro_usd(Decimal(show_usd(amount).removeprefix("$"))) == amount


@given(amounts)
def test_cents_are_always_shown_and_no_zero_beyond_them(amount: int):
    fraction = show_usd(amount).partition(".")[2]
    assert len(fraction) == 2 or (3 <= len(fraction) <= 6 and not fraction.endswith("0"))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0.00"),
        (200_000, "$0.20"),
        (1_000_000, "$1.00"),
        (45_000, "$0.045"),
        (1, "$0.000001"),
        (12_345_678, "$12.345678"),
        (-200_000, "-$0.20"),
    ],
)
def test_how_amounts_are_shown(amount: int, text: str):
    assert show_usd(amount) == text


@pytest.mark.parametrize("dollars", ["-0.01", "0.0000001", "0.2000005", "-1E-9"])
def test_no_negative_amount_and_none_finer_than_a_micro_dollar(dollars: str):
    with pytest.raises(ValueError, match="micro-dollars"):
        micro_usd(Decimal(dollars))


@given(st.integers(min_value=1, max_value=9), st.integers(min_value=7, max_value=60))
def test_no_digit_is_too_small_to_be_noticed(digit: int, places: int):
    with pytest.raises(ValueError, match="micro-dollars"):
        micro_usd(Decimal(f"1.{'0' * (places - 1)}{digit}"))
