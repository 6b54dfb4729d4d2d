"""A command's options, kept by name."""

import json
from dataclasses import fields, replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.options import Options

NUMBERS = {"duration", "seed"}
NAMES = [field.name for field in fields(Options)]
GIVEN = st.fixed_dictionaries(
    {},
    optional={
        name: st.integers(0, 2**31) if name in NUMBERS else st.text(min_size=1, max_size=9)
        for name in NAMES
    },
)


@given(GIVEN)
def test_what_was_given_is_kept_and_comes_back(given_: dict[str, str | int]):
    options = Options.of(given_)
    assert options.given() == given_
    kept = cast("dict[str, object]", json.loads(json.dumps(options.given())))
    assert Options.of(kept) == options


@given(GIVEN, GIVEN)
def test_the_others_come_first(mine: dict[str, str | int], others: dict[str, str | int]):
    assert Options.of(mine).but(Options.of(others)).given() == mine | others
    assert Options.of(mine).but(Options()) == Options.of(mine)


def test_a_seed_of_nought_is_given():
    assert Options(seed=0).given() == {"seed": 0}
    assert Options(seed=7).but(Options(seed=0)).seed == 0


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NUMBERS])
def test_an_empty_text_is_not_given(name: str):
    empty = replace(Options(), **{name: ""})
    assert empty.given() == {}
    assert getattr(Options.of({name: "x"}).but(empty), name) == "x"


def test_what_an_older_or_newer_bot_kept_is_left_out():
    assert Options.of({"prompt": "a fox", "audio": True}) == Options(prompt="a fox")
