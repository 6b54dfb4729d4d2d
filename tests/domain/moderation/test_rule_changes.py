"""Changes of rules by moderators, and their words."""

import pytest

from bot.domain.moderation.rule_changes import (
    ANY,
    AllowanceChange,
    QualityChange,
    check_budget,
    dollars,
    member_rule_or_none,
    named_models,
    role_rule_or_none,
    whole_number,
)
from bot.domain.moderation.rule_text import allowance, from_to, grant
from bot.domain.moderation.rules import Allowance, Ceilings, MemberRule, Quality, RoleRule
from bot.domain.refusal import Refusal
from tests.domain.examples import CATALOGUE


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("5 videos a day", "3 videos a day", "5 → 3 videos a day"),
        ("1 video a day", "3 videos a day", "1 video → 3 videos a day"),
        ("open", "paused", "open → paused"),
        ("open", "open", "open, as before"),
        ("$5.00 a day and $9.00 a month", "$9.00 a month", "$5.00 a day and $9.00 a month → $9.00 a month"),
        ("blocked: `a spammer`", "blocked: `the spammer`", "blocked: `a spammer` → blocked: `the spammer`"),
        ("a", "b a", "a → b a"),
    ],
)  # fmt: skip
def test_a_common_ending_is_written_once(before: str, after: str, text: str) -> None:
    assert from_to(before, after) == text


@pytest.mark.parametrize(
    ("was", "change", "now"),
    [
        (Allowance(), AllowanceChange(videos=3), Allowance(videos_per_day=3)),
        (Allowance(unlimited=True), AllowanceChange(videos=3), Allowance(videos_per_day=3)),
        (Allowance(videos_per_day=3), AllowanceChange(unlimited=True), Allowance(unlimited=True)),
        (Allowance(unlimited=True), AllowanceChange(unlimited=False), Allowance()),
        (
            Allowance(unlimited=True),
            AllowanceChange(usd=5),
            Allowance(unlimited=True, usd_per_day=5),
        ),
        (
            Allowance(videos_per_day=3, usd_per_day=5),
            AllowanceChange(videos=0),
            Allowance(videos_per_day=0, usd_per_day=5),
        ),
        (Allowance(videos_per_day=3, usd_per_day=5), AllowanceChange(anew=True), Allowance()),
        (
            Allowance(videos_per_day=3, usd_per_day=5),
            AllowanceChange(anew=True, usd=6),
            Allowance(usd_per_day=6),
        ),
    ],
)
def test_what_becomes_of_an_allowance(
    was: Allowance, change: AllowanceChange, now: Allowance
) -> None:
    assert change(was) == now


def test_nobody_exceeds_the_owners_ceilings() -> None:
    ceilings = Ceilings(most_videos_per_day=10)
    AllowanceChange(videos=10).check(ceilings)
    AllowanceChange(unlimited=True).check(Ceilings())
    for change in (AllowanceChange(videos=11), AllowanceChange(unlimited=True)):
        with pytest.raises(Refusal, match="at most 10 videos a day"):
            change.check(ceilings)
    check_budget("day", 5_000_000, 5_000_000)
    check_budget("day", 6_000_000, None)
    with pytest.raises(Refusal, match=r"at most \$5\.00 a day"):
        check_budget("day", 5_000_001, 5_000_000)


def test_what_becomes_of_a_quality() -> None:
    was = Quality(resolution="720p", seconds=5, models=frozenset({"a"}))
    assert QualityChange()(was) == was
    assert not QualityChange()
    assert QualityChange(resolution=ANY, seconds=0, models=frozenset())(was) == Quality()
    assert QualityChange(seconds=10)(was) == Quality(
        resolution="720p", seconds=10, models=frozenset({"a"})
    )


def test_models_are_found_by_name_and_key() -> None:
    model = CATALOGUE.models[0]
    same_name = {one.key for one in CATALOGUE.models if one.name == model.name}
    assert named_models(None, CATALOGUE) is None
    assert named_models(" ANY ", CATALOGUE) == frozenset()
    assert named_models(f"draft, {model.key.upper()},", CATALOGUE) == {"Draft", model.key}
    assert named_models(model.name, CATALOGUE) == same_name
    for nothing in ("", " , ", "Sora", f"{model.name}, Sora", f"{ANY}, Draft"):
        with pytest.raises(Refusal, match="`models`"):
            named_models(nothing, CATALOGUE)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("", None), (None, None), ("2.5", 2_500_000), (" $3 ", 3_000_000), (0.1, 100_000), ("0", 0)],
)
def test_dollars(typed: str | float | None, amount: int | None) -> None:
    assert dollars("day", typed) == amount


@pytest.mark.parametrize("typed", ["two", "-1", "NaN", "Infinity", "1e7", "1,50", "0.0000001", "$"])
def test_no_dollars(typed: str) -> None:
    with pytest.raises(Refusal, match="`day`"):
        dollars("day", typed)


def test_whole_numbers() -> None:
    assert whole_number("days", " 7 ", most=7) == 7
    assert whole_number("days", "", most=7) is None
    for typed in ("8", "-1", "1.5", "seven", "9" * 5000, "²"):
        with pytest.raises(Refusal, match="`days`"):
            whole_number("days", typed, most=7)


def test_rules_that_say_nothing_are_not_kept() -> None:
    assert role_rule_or_none(RoleRule(role_id=1)) is None
    assert role_rule_or_none(RoleRule(role_id=1, has_priority=True)) is not None
    assert member_rule_or_none(MemberRule(member_id=1)) is None
    assert member_rule_or_none(MemberRule(member_id=1, is_blocked=True)) is not None


def test_words() -> None:
    assert allowance(Allowance(unlimited=True, usd_per_day=0)) == (
        "unlimited videos a day and $0.00 a day"
    )
    assert grant(5, 3, "a `b`", 1000) == "5 videos (+3 until <t:1:f>: `a \u02cbb\u02cb`)"
    assert grant(1, 1, "", None) == "1 video (+1)"
