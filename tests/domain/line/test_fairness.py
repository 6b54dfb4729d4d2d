import pytest

from bot.domain.line.fairness import NO_CAPS, Caps, turn_of
from bot.domain.moderation.admission import OpenJobs
from bot.domain.refusal import Refusal


@pytest.mark.parametrize(
    ("last_admitted", "latest_of_member", "turn"),
    [
        (None, None, 0),
        (None, 0, 1),
        (4, None, 4),
        (4, 1, 4),
        (4, 3, 4),
        # One who had a turn in this round has the next one in the next.
        (4, 4, 5),
        (4, 9, 10),
    ],
)
def test_a_member_has_one_turn_a_round(
    last_admitted: int | None, latest_of_member: int | None, turn: int
):
    assert turn_of(last_admitted=last_admitted, latest_of_member=latest_of_member) == turn


@pytest.mark.parametrize(
    ("open_jobs", "words"),
    [
        (OpenJobs(5, 5), "You have 5 videos on the way already, and no more than 5"),
        (OpenJobs(6, 6), "You have 6 videos on the way already, and no more than 5"),
        (OpenJobs(0, 8), "This server has 8 videos on the way already, and no more than 8"),
    ],
)
def test_a_full_line_says_what_to_do(open_jobs: OpenJobs, words: str):
    with pytest.raises(Refusal, match=words) as refusal:
        Caps(5, 8).check(open_jobs)
    assert refusal.value.text.endswith(" Nothing was charged.")


def test_below_the_caps_there_is_room():
    Caps(5, 8).check(OpenJobs(4, 7))
    Caps(0, 8).check(OpenJobs(7, 7))
    Caps(5, 0).check(OpenJobs(4, 1000))
    NO_CAPS.check(OpenJobs(1000, 1000))
