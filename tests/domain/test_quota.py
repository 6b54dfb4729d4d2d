from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.quota import DAY_MS, Quota, quota_day, resets_at
from bot.domain.refusal import Refusal

moments = st.integers(min_value=0, max_value=4_000_000_000_000)


@given(moments)
def test_a_moment_is_in_its_day_and_before_its_reset(at: int):
    day = quota_day(at)
    assert resets_at(day) - DAY_MS <= at < resets_at(day)
    assert quota_day(resets_at(day)) == day + 1
    assert quota_day(resets_at(day) - 1) == day


def test_the_day_turns_at_midnight_utc():
    midnight = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp() * 1000)
    assert quota_day(midnight) == quota_day(midnight - 1) + 1
    assert resets_at(quota_day(midnight - 1)) == midnight


@given(used=st.integers(0, 20), limit=st.integers(0, 10))
def test_what_is_left_is_never_negative_and_decides(used: int, limit: int):
    quota = Quota(used=used, limit=limit, day=0)
    assert quota.left == max(0, limit - used)
    if used < limit:
        quota.check()
    else:
        with pytest.raises(Refusal):
            quota.check()


@pytest.mark.parametrize(("limit", "videos"), [(5, "5 videos"), (1, "1 video ")])
def test_the_refusal_says_when_to_come_back(limit: int, videos: str):
    quota = Quota(used=limit, limit=limit, day=20_778)
    with pytest.raises(Refusal, match=f"quota of {videos}.*<t:{20_779 * 86_400}:R>"):
        quota.check()
