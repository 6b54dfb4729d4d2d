"""Options: stored by name, and replaced by one another."""

import json
from dataclasses import fields, replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.options import Options

NUMBERS = {"duration", "seed"}
NAMES = [field.name for field in fields(Options)]
CHOSEN = st.fixed_dictionaries(
    {},
    optional={
        name: st.integers(0, 2**31) if name in NUMBERS else st.text(min_size=1, max_size=9)
        for name in NAMES
    },
)


@given(CHOSEN)
def test_chosen_options_are_stored_and_come_back(values: dict[str, str | int]):
    options = Options.of(values)
    assert options.chosen() == values
    stored = cast("dict[str, object]", json.loads(json.dumps(options.chosen())))
    assert Options.of(stored) == options


@given(CHOSEN, CHOSEN)
def test_the_others_come_first(mine: dict[str, str | int], others: dict[str, str | int]):
    assert Options.of(mine).overridden_by(Options.of(others)).chosen() == mine | others
    assert Options.of(mine).overridden_by(Options()) == Options.of(mine)


def test_a_seed_of_0_is_chosen():
    assert Options(seed=0).chosen() == {"seed": 0}
    assert Options(seed=7).overridden_by(Options(seed=0)).seed == 0


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NUMBERS])
def test_an_empty_text_is_not_chosen(name: str):
    empty = replace(Options(), **{name: ""})
    assert empty.chosen() == {}
    assert getattr(Options.of({name: "x"}).overridden_by(empty), name) == "x"


def test_unknown_options_of_an_older_or_newer_bot_are_left_out():
    assert Options.of({"prompt": "a fox", "audio": True}) == Options(prompt="a fox")
