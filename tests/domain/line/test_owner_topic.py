"""Messages to the owner: each trouble once, its end once, and what comes and goes once an hour."""

from bot.domain.line.owner_topic import QUIET_MS, OwnerTopic

MINUTE = 60_000
DOWN, UP = "It is down: mend it.", "It is up."
Step = tuple[int, str]
"""A minute, and what happens then: `-` begins it, `+` ends it."""


def told(*steps: Step, until: int = 600) -> list[tuple[int, str]]:
    """Return the minutes and the first words of all messages, looked at each minute."""
    topic, messages = OwnerTopic(text=DOWN), list[tuple[int, str]]()
    for minute in range(until):
        at = minute * MINUTE
        for sign in [sign for when, sign in steps if when == minute]:
            topic = topic.ended(UP) if sign == "+" else topic.begun(DOWN, "2 of 3.", at)
        while (due := topic.due(at)) is not None and due <= at:
            messages.append((minute, topic.message()))
            topic = topic.told(at)
    return messages


def again(times: str) -> str:
    return f"⚠️ {DOWN} It came {times} since my last message about it. 2 of 3."


BEGUN, OVER = f"⚠️ {DOWN}", f"✅ {UP}"


def test_a_beginning_and_an_end_are_told_once_and_at_once():
    assert told((0, "-"), (1, "-"), (200, "-"), (300, "+"), (301, "+")) == [
        (0, BEGUN),
        (300, OVER),
    ]


def test_two_troubles_hours_apart_are_told_each_at_once():
    assert told((0, "-"), (5, "+"), (70, "-"), (80, "+")) == [
        (0, BEGUN),
        (5, OVER),
        (70, BEGUN),
        (80, OVER),
    ]


def test_what_comes_back_soon_is_told_once_and_then_once_an_hour():
    flaps = [(minute, "-+"[minute % 2]) for minute in range(130)]
    assert told(*flaps) == [
        (0, BEGUN),
        (1, OVER),
        (2, again("once more")),
        (62, again("30 times more")),
        (122, again("30 times more")),
        (182, again("3 times more") + " For the moment it is over."),
    ]


def test_what_stays_after_it_came_back_is_told_and_so_is_its_end():
    assert told((0, "-"), (1, "+"), (2, "-"), (200, "+")) == [
        (0, BEGUN),
        (1, OVER),
        (2, again("once more")),
        (200, OVER),
    ]


def test_other_words_are_news_but_not_twice_an_hour():
    topic = OwnerTopic(text=DOWN).begun(DOWN, "", 0).told(0)
    other = topic.begun("The account is locked.", "", MINUTE)
    assert (other.due(MINUTE), other.message()) == (MINUTE, "⚠️ The account is locked.")
    third = other.told(MINUTE).begun(DOWN, "", 2 * MINUTE)
    assert third.due(2 * MINUTE) == MINUTE + QUIET_MS


def test_a_beginning_and_an_end_in_one_moment_are_both_told():
    assert told((3, "-"), (3, "+")) == [(3, BEGUN), (3, OVER)]


def test_a_clock_that_was_set_back_silences_nothing():
    topic = OwnerTopic(text=DOWN).begun(DOWN, "", 100 * QUIET_MS).told(100 * QUIET_MS).ended(UP)
    back = topic.told(100 * QUIET_MS).begun(DOWN, "", 0)
    assert back.due(0) == 0
    assert not back.repeats
