"""The pace of edits that show progress in a channel."""

from bot.application.messages.edit_pace import BURST, MOST_CHANNELS, SECONDS_PER_EDIT, ChannelPace


def test_a_few_at_once_then_each_in_its_time():
    pace = ChannelPace()
    allowed = [pace.allows(1, 100, must=False) for _ in range(10)]
    assert allowed == [True] * (BURST + 1) + [False] * (10 - BURST - 1)
    assert not pace.allows(1, 100 + SECONDS_PER_EDIT - 0.1, must=False)
    assert pace.allows(2, 100, must=False)
    assert pace.allows(1, 100 + SECONDS_PER_EDIT, must=False)
    assert not pace.allows(1, 100 + SECONDS_PER_EDIT, must=False)


def test_what_must_be_shown_is_and_counts():
    pace = ChannelPace()
    assert all(pace.allows(1, 100, must=True) for _ in range(10))
    assert not pace.allows(
        1, 100 + 10 * SECONDS_PER_EDIT - BURST * SECONDS_PER_EDIT - 0.1, must=False
    )
    assert pace.allows(1, 100 + 10 * SECONDS_PER_EDIT - BURST * SECONDS_PER_EDIT, must=False)


def test_a_channel_is_held_until_then_and_no_other():
    pace = ChannelPace()
    pace.suspend(1, 700)
    pace.suspend(1, 650)
    assert pace.is_suspended(1, 100)
    assert pace.is_suspended(1, 699.9)
    assert not pace.is_suspended(2, 100)
    assert not pace.is_suspended(1, 700)
    assert not pace.suspended_until


def test_channels_of_long_ago_are_forgotten():
    pace = ChannelPace()
    for number in range(100 * MOST_CHANNELS):
        pace.allows(number, 0.1 * number, must=False)
        assert len(pace.scheduled_until) <= MOST_CHANNELS
