from dataclasses import replace

import pytest

from bot.domain.models import Catalogue, Kind, Price, one_of
from bot.domain.refusal import Refusal
from tests.domain.examples import CATALOGUE, MODEL, OF_PICTURES


def test_every_combination_needs_a_price():
    prices = {key: price for key, price in MODEL.prices.items() if key != ("1080p", 10)}
    with pytest.raises(ValueError, match="model small: no price for 1080p, 10 s"):
        replace(MODEL, prices=prices)


def test_a_price_for_nothing_is_a_mistake():
    prices = {**MODEL.prices, ("4k", 5): Price(1)}
    with pytest.raises(ValueError, match=r"model small: a price for \('4k', 5\)"):
        replace(MODEL, prices=prices)


@pytest.mark.parametrize("empty", ["resolutions", "durations"])
def test_a_model_offers_something(empty: str):
    with pytest.raises(ValueError, match="must not be empty"):
        replace(MODEL, **{empty: (), "prices": {}})


def test_a_key_names_one_model():
    with pytest.raises(ValueError, match="model small is listed twice"):
        Catalogue([MODEL, OF_PICTURES, replace(OF_PICTURES, key="small")])


@pytest.mark.parametrize(("only", "missing"), [(MODEL, Kind.IMAGE), (OF_PICTURES, Kind.TEXT)])
def test_every_kind_has_a_model(only: object, missing: Kind):
    models = [model for model in CATALOGUE.models if model is only]
    with pytest.raises(ValueError, match=f"no model of kind {missing}"):
        Catalogue(models)


def test_the_first_of_a_kind_is_the_default():
    second = replace(MODEL, key="second", name="Second")
    assert Catalogue([OF_PICTURES, second, MODEL]).choose(Kind.TEXT, None) is second
    assert Catalogue([OF_PICTURES, MODEL, second]).choose(Kind.TEXT, None) is MODEL


@pytest.mark.parametrize("wanted", ["small", "SMALL", "small one", "Small One"])
def test_a_model_is_found_by_key_or_name(wanted: str):
    assert CATALOGUE.choose(Kind.TEXT, wanted) is MODEL


@pytest.mark.parametrize("wanted", ["moving", "none", ""])
def test_a_model_of_another_kind_or_none_is_refused(wanted: str):
    with pytest.raises(Refusal, match="Please pick `model` from `Small One`"):
        CATALOGUE.choose(Kind.TEXT, wanted)


def test_a_model_is_known_by_its_key_whatever_its_kind():
    assert CATALOGUE.get("moving") is OF_PICTURES
    assert CATALOGUE.get("Moving One") is None


def test_an_option_is_the_default_or_one_of_the_list():
    assert one_of("duration", None, (5, 10)) == 5
    assert one_of("duration", 10, (5, 10)) == 10
    with pytest.raises(Refusal, match="Please pick `duration` from `5`, `10`"):
        one_of("duration", 7, (5, 10))


def test_a_refusal_ends_by_saying_that_nothing_was_charged():
    with pytest.raises(Refusal) as caught:
        one_of("duration", 7, (5, 10))
    assert caught.value.text == "Please pick `duration` from `5`, `10`. Nothing was charged."


def test_an_assumed_price_says_about():
    assert str(Price(400_000, assumed=True)) == "about $0.40"
    assert str(Price(450_000)) == "$0.45"
