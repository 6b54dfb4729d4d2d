"""Prices of videos: one rule each, perhaps by the second, and units of the quota."""

from dataclasses import replace
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.catalogue.models import Kind, Model
from bot.domain.catalogue.prices import Price, PriceRule, cost_of, price_list, price_of

AMOUNTS = st.integers(min_value=0, max_value=10_000_000)
UNITS = st.integers(min_value=1, max_value=5_000_000)
RESOLUTIONS = st.sampled_from([None, "720p", "1080p"])
SECONDS = st.sampled_from([None, 1, 5, 10, 25])
RULES = st.builds(
    PriceRule,
    micro_usd=AMOUNTS,
    resolution=RESOLUTIONS,
    duration=SECONDS,
    per_second=st.booleans(),
    least_seconds=st.integers(min_value=0, max_value=12),
    assumed=st.booleans(),
)


@given(st.lists(RULES, max_size=4), RESOLUTIONS, SECONDS)
def test_exactly_one_rule_is_for_a_video(
    rules: list[PriceRule], resolution: str | None, seconds: int | None
):
    fitting = [
        rule
        for rule in rules
        if (rule.resolution is None or rule.resolution == resolution)
        and (rule.duration is None or rule.duration == seconds)
    ]
    if len(fitting) == 1 and not (fitting[0].per_second and seconds is None):
        price = price_of(rules, resolution=resolution, seconds=seconds)
        assert price.assumed == fitting[0].assumed
    else:
        with pytest.raises(ValueError, match="price"):
            price_of(rules, resolution=resolution, seconds=seconds)


@given(AMOUNTS, st.integers(1, 60), st.integers(0, 60))
def test_each_second_counts_and_some_at_least(amount: int, seconds: int, least: int):
    rule = PriceRule(micro_usd=amount, per_second=True, least_seconds=least)
    price = price_of([rule], resolution="720p", seconds=seconds).micro_usd
    assert price == amount * max(seconds, least)
    longer = price_of([rule], resolution="720p", seconds=seconds + 1).micro_usd
    assert longer - price == (amount if seconds >= least else 0)


@given(AMOUNTS, UNITS)
def test_a_unit_for_every_so_many_dollars_or_part_of_them(amount: int, unit: int):
    cost = cost_of([PriceRule(micro_usd=amount)], resolution=None, seconds=None, unit=unit)
    assert cost.price == Price(amount)
    assert cost.units == max(1, ceil(Fraction(amount, unit)))
    assert (cost.units - 1) * unit < amount <= cost.units * unit or (amount, cost.units) == (0, 1)


@given(RULES, RESOLUTIONS, SECONDS)
def test_without_a_unit_every_video_is_one(
    rule: PriceRule, resolution: str | None, seconds: int | None
):
    assume(rule.is_for(resolution, seconds))
    assume(seconds or not rule.per_second)
    assert cost_of([rule], resolution=resolution, seconds=seconds, unit=0).units == 1


@pytest.mark.parametrize(
    ("rules", "seconds", "message"),
    [
        ([], 5, "no price for 720p, 5 s"),
        ([PriceRule(micro_usd=1, resolution="1080p")], 5, "no price for 720p, 5 s"),
        ([PriceRule(micro_usd=1, duration=10)], 5, "no price for 720p, 5 s"),
        ([PriceRule(micro_usd=1, duration=10)], None, "no price for 720p$"),
        ([PriceRule(micro_usd=1), PriceRule(micro_usd=1, duration=5)], 5, "two prices for 720p"),
        ([PriceRule(micro_usd=1, per_second=True)], None, "per second for videos of unknown"),
    ],
)
def test_what_has_no_price_says_so(rules: list[PriceRule], seconds: int | None, message: str):
    with pytest.raises(ValueError, match=message):
        price_of(rules, resolution="720p", seconds=seconds)
    with pytest.raises(ValueError, match=message):
        cost_of(rules, resolution="720p", seconds=seconds, unit=1)


FRAMES = Model(
    key="frames",
    name="Frames",
    kind=Kind.FRAMES,
    endpoint="fal-ai/frames",
    resolutions=("720p",),
    longest=7,
    prices=(PriceRule(micro_usd=40_000, per_second=True, least_seconds=5),),
)


def test_a_list_of_prices_puts_lengths_of_one_price_together():
    lines = [
        (one.length, one.cost.price.micro_usd)
        for one in price_list(FRAMES.prices, FRAMES.choices, unit=0)
    ]
    assert lines == [("1 to 5", 200_000), ("6", 240_000), ("7", 280_000)]
    clips = replace(
        FRAMES,
        kind=Kind.IMAGE,
        longest=0,
        resolutions=("720p", "1080p"),
        durations=(5, 10),
        prices=(PriceRule(micro_usd=1),),
    )
    lines = [
        (one.resolution, one.length, one.cost.units)
        for one in price_list(clips.prices, clips.choices, unit=1)
    ]
    assert lines == [("720p", "5", 1), ("720p", "10", 1), ("1080p", "5", 1), ("1080p", "10", 1)]
    swaps = replace(clips, kind=Kind.SWAP, resolutions=(), durations=())
    (line,) = price_list(swaps.prices, swaps.choices, unit=1)
    assert (line.resolution, line.length, line.seconds) == (None, "", None)
