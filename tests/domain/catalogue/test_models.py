from dataclasses import replace

import pytest

from bot.domain.catalogue.models import DRAFT, Catalogue, Kind, one_of
from bot.domain.catalogue.prices import Price, PriceRule
from bot.domain.refusal import Refusal
from tests.domain.examples import CATALOGUE, MODEL, OF_PICTURES


def test_every_combination_needs_a_price():
    with pytest.raises(ValueError, match="model small: no price for 1080p, 10 s"):
        replace(MODEL, prices=MODEL.prices[:-1])


def test_no_combination_has_two():
    twice = (*MODEL.prices, PriceRule(resolution="720p", micro_usd=1))
    with pytest.raises(ValueError, match="model small: two prices for 720p, 5 s"):
        replace(MODEL, prices=twice)


def test_a_price_for_nothing_is_a_mistake():
    with pytest.raises(ValueError, match="model small: a price for 4k 5, which it doesn't offer"):
        replace(MODEL, prices=(*MODEL.prices, PriceRule(resolution="4k", duration=5, micro_usd=1)))


def test_a_list_that_is_left_out_is_no_choice():
    flat = replace(MODEL, resolutions=(), durations=(), prices=(PriceRule(micro_usd=9),))
    assert flat.price_range == (9, 9)
    with pytest.raises(ValueError, match="no price for its videos"):
        replace(MODEL, resolutions=(), durations=())


@pytest.mark.parametrize(
    ("kind", "parameters", "wrong"),
    [
        (Kind.SCENES, {}, "ingredients_modes is missing"),
        (Kind.EFFECT, {}, "effects is missing"),
        (Kind.FRAMES, {}, "longest is missing"),
        (Kind.TEXT, {"effects": ("Melt",)}, "effects is for others"),
        (Kind.FRAMES, {"longest": 25}, "transitions have their own durations"),
        (Kind.TEXT, {"name": "draft"}, "Draft stands for the cheapest one"),
    ],
)
def test_a_kind_has_its_own_parameters(kind: Kind, parameters: dict[str, object], wrong: str):
    with pytest.raises(ValueError, match=f"model small: {wrong}"):
        replace(MODEL, kind=kind, **parameters)


def test_a_second_at_least():
    rule = PriceRule(micro_usd=40_000, per_second=True, least_seconds=5)
    frames = replace(MODEL, kind=Kind.FRAMES, durations=(), longest=25, prices=(rule,))
    assert frames.price_range == (200_000, 1_000_000)


def test_draft_is_the_cheapest_and_of_equals_the_one_that_never_costs_more():
    flat = replace(MODEL, key="flat", name="Flat", prices=(PriceRule(micro_usd=200_000),))
    catalogue = Catalogue([MODEL, flat, OF_PICTURES])
    assert catalogue.choose(Kind.TEXT, DRAFT.lower()) is flat
    assert catalogue.choose(Kind.IMAGE, DRAFT) is OF_PICTURES


def test_what_is_switched_off_is_refused():
    with pytest.raises(Refusal, match="switched that kind of video off"):
        CATALOGUE.choose(Kind.FRAMES, None)
    assert CATALOGUE.kinds == [Kind.TEXT, Kind.IMAGE]
    with pytest.raises(ValueError, match="no model is enabled"):
        Catalogue([])


def test_a_key_names_one_model():
    with pytest.raises(ValueError, match="model small is listed twice"):
        Catalogue([MODEL, OF_PICTURES, replace(OF_PICTURES, key="small")])


def test_a_name_names_one_model_of_a_kind():
    with pytest.raises(ValueError, match="two models of kind text-to-video are called small one"):
        Catalogue([MODEL, replace(MODEL, key="other", name="SMALL ONE")])


def test_the_first_of_a_kind_is_the_default():
    second = replace(MODEL, key="second", name="Second")
    assert Catalogue([OF_PICTURES, second, MODEL]).choose(Kind.TEXT, None) is second
    assert Catalogue([OF_PICTURES, MODEL, second]).choose(Kind.TEXT, None) is MODEL


@pytest.mark.parametrize("wanted", ["small", "SMALL", "small one", "Small One"])
def test_a_model_is_found_by_key_or_name(wanted: str):
    assert CATALOGUE.choose(Kind.TEXT, wanted) is MODEL


@pytest.mark.parametrize("wanted", ["moving", "none", ""])
def test_a_model_of_another_kind_or_none_is_refused(wanted: str):
    with pytest.raises(Refusal, match="Please pick `model` from `Small One`, `Draft`"):
        CATALOGUE.choose(Kind.TEXT, wanted)


def test_a_model_is_known_by_its_key_whatever_its_kind():
    assert CATALOGUE.get("moving") is OF_PICTURES
    assert CATALOGUE.get("Moving One") is None


def test_an_option_is_the_default_or_one_of_the_list():
    assert one_of("duration", None, (5, 10)) == 5
    assert one_of("duration", 10, (5, 10)) == 10
    with pytest.raises(Refusal, match="Please pick `duration` from `5`, `10`"):
        one_of("duration", 7, (5, 10))


def test_what_is_usual_counts_where_it_is_allowed():
    assert one_of("duration", None, (5, 10), usual=10) == 10
    assert one_of("duration", None, (5,), usual=10) == 5
    assert one_of("duration", 5, (5, 10), usual=10) == 5


def test_a_refusal_ends_by_saying_that_nothing_was_charged():
    with pytest.raises(Refusal) as caught:
        one_of("duration", 7, (5, 10))
    assert caught.value.text == "Please pick `duration` from `5`, `10`. Nothing was charged."


def test_an_assumed_price_says_about():
    assert str(Price(400_000, assumed=True)) == "about $0.40"
    assert str(Price(450_000)) == "$0.45"
