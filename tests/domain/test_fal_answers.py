import pytest

from bot.domain.fal import NotTaken, Rejected, Unknown, classify_refusal

FOR_GOOD = {400, 404, 413, 422}
LATER = {401, 402, 403, 429}


@pytest.mark.parametrize("status", sorted(FOR_GOOD))
def test_a_refused_request_is_refused_for_good(status: int):
    answer = classify_refusal(status, "value_error", "prompt")
    assert answer == Rejected(status, "value_error", "prompt")


@pytest.mark.parametrize("status", sorted(LATER))
def test_an_account_in_the_way_is_no_fault_of_the_request(status: int):
    assert classify_refusal(status, "user_locked", None) == NotTaken(f"HTTP {status}")


def test_after_any_other_answer_fal_may_have_it():
    """Sending again then could mean paying twice."""
    for status in set(range(100, 600)) - FOR_GOOD - LATER:
        assert classify_refusal(status, "", None) == Unknown(f"HTTP {status}")
