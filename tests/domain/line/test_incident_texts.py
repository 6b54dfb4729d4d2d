"""The owner reads fal's own reason, as literal text, and the cure that fits it."""

import pytest

from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.line.incident_texts import begin_text, refused_text

TOP_UP, SUPPORT = "https://fal.ai/dashboard/billing", "fal's support"


@pytest.mark.parametrize(
    ("reason", "cure", "other"),
    [
        ("User is locked. Reason: Exhausted balance. Top up your balance.", TOP_UP, SUPPORT),
        ("User is locked. Reason: TOP_UP.", TOP_UP, SUPPORT),
        ("User is locked. Reason: Admin lock. Please contact support@fal.ai", SUPPORT, TOP_UP),
        ("User is locked. Reason: Under review.", SUPPORT, TOP_UP),
        ("User is locked. Reason: Daily spending limit.", "Raise that limit", SUPPORT),
        ("User is locked.", SUPPORT, TOP_UP),
        ("", TOP_UP, SUPPORT),
    ],
)
def test_each_lock_has_its_cure(reason: str, cure: str, other: str):
    text = begin_text((HoldReason.CREDIT, None), reason, most_unclear=3)
    assert cure in text
    assert other not in text
    assert f"`{reason}`" in text or not reason


@pytest.mark.parametrize("endpoint", [None, "fal-ai/pika"])
def test_fals_words_about_a_key_are_literal_and_cut(endpoint: str | None):
    reason = "<@1> **`no`** " + "x" * 5000
    text = begin_text((HoldReason.KEY, endpoint), reason, most_unclear=3)
    assert "fal says: `<@1> **\u02cbno\u02cb** xxx" in text
    assert len(text) < 1000


def test_refusals_are_counted():
    assert refused_text({1: True, 2: False, 3: True}) == (
        "fal refused 2 of the last 3 videos at first."
    )
    assert refused_text({1: False}) == ""
