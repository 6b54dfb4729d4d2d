from dataclasses import replace

import pytest

from bot.domain.catalogue.models import Catalogue, Kind
from bot.domain.catalogue.prices import PriceRule
from bot.domain.moderation.rules import ANY_QUALITY, Quality
from bot.domain.options import Options
from bot.domain.refusal import Refusal
from bot.domain.requests.cost_overview import kind_costs
from tests.domain.examples import CATALOGUE, MODEL, OFFER

FRAMES = replace(
    MODEL,
    key="frames",
    kind=Kind.FRAMES,
    durations=(),
    resolutions=("720p",),
    longest=25,
    prices=(PriceRule(micro_usd=40_000, per_second=True),),
)
OFFERED = replace(OFFER, unit=500_000)


def told(quality: Quality = ANY_QUALITY, usual: Options | None = None, *, thrifty: bool = False):
    """Return the usual and the highest cost of each kind: units and micro-dollars."""
    offer = replace(OFFERED, catalogue=Catalogue([*CATALOGUE.models, FRAMES]))
    costs = kind_costs(offer, quality, usual or Options(), thrifty=thrifty)
    return {
        one.kind: [(cost.units, cost.price.micro_usd) for cost in (one.usual, one.most)]
        for one in costs
    }


def test_every_kind_has_its_price():
    both = [(1, 200_000), (2, 900_000)]
    # Two pictures are five seconds apart.
    assert told() == {
        Kind.TEXT: both,
        Kind.IMAGE: both,
        Kind.FRAMES: [(1, 200_000), (2, 1_000_000)],
    }


def test_own_defaults_count_and_rules_cut_them():
    usual = Options(resolution="1080p", duration=10)
    assert told(usual=usual)[Kind.TEXT] == [(2, 900_000), (2, 900_000)]
    cut = Quality(resolution="720p", seconds=5, models=frozenset({"small", "frames"}))
    assert told(cut, usual) == {
        Kind.TEXT: [(1, 200_000), (1, 200_000)],
        Kind.FRAMES: [(1, 200_000), (1, 200_000)],
    }


def test_when_a_budget_lands_the_default_is_the_cheapest():
    usual = Options(resolution="1080p")
    assert told(usual=usual, thrifty=True)[Kind.TEXT] == [(1, 200_000), (2, 900_000)]


def test_nothing_may_be_made():
    with pytest.raises(Refusal, match="None of the models"):
        told(Quality(models=frozenset({"gone"})))
