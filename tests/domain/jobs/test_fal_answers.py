import pytest

from bot.domain.jobs.fal import USER_LOCKED, NotTaken, Rejected, Unknown, classify_refusal
from bot.domain.jobs.hold_reason import HoldReason

FOR_GOOD = {400, 404, 413, 422}
LATER = {401, 402, 403, 429}


@pytest.mark.parametrize("status", sorted(FOR_GOOD))
def test_a_refused_request_is_refused_for_good(status: int):
    answer = classify_refusal(status, "value_error", "prompt")
    assert answer == Rejected(status, "value_error", "prompt")


@pytest.mark.parametrize("status", sorted(LATER))
def test_an_account_in_the_way_is_no_fault_of_the_request(status: int):
    answer = classify_refusal(status, "http", None)
    assert isinstance(answer, NotTaken)
    assert answer.reason == f"HTTP {status}"


def test_why_it_was_not_taken_is_known():
    refusals = [(402, ""), (403, USER_LOCKED), (403, "http_403"), (401, ""), (429, "")]
    submissions = [classify_refusal(status, type_, None) for status, type_ in refusals]
    holds = [answer.hold for answer in submissions if isinstance(answer, NotTaken)]
    assert holds == [
        HoldReason.CREDIT,
        HoldReason.CREDIT,
        HoldReason.KEY,
        HoldReason.KEY,
        HoldReason.BUSY,
    ]


def test_after_any_other_answer_fal_may_have_it():
    """Sending again then could mean paying twice."""
    for status in set(range(100, 600)) - FOR_GOOD - LATER:
        assert classify_refusal(status, "", None) == Unknown(f"HTTP {status}")
