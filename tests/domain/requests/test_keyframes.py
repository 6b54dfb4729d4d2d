"""Pikaframes' transitions as members write them."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.refusal import Refusal
from bot.domain.requests.keyframes import Transition, read_transitions

LONGEST = 25
A, B, C = Transition(5, "she turns"), Transition(3, "she smiles"), Transition(10, "she runs")


def read(text: str | None, pictures: int = 3) -> list[Transition]:
    return read_transitions(text, pictures=pictures, longest=LONGEST)


def refusal(text: str, pictures: int = 3) -> str:
    with pytest.raises(Refusal) as refused:
        read(text, pictures)
    assert "`transitions`" in refused.value.sentence
    return refused.value.sentence


@pytest.mark.parametrize(
    "text",
    [
        "5 | she turns;\n3 | she smiles ; ",
        "5 | she turns\n3 | she smiles",
        "5|she turns\n3|she smiles",
        "  5 |  she turns  \n\n 3 | she smiles \n",
        "5 | she turns\r\n3 | she smiles\r\n",
        "5 | she turns; 3 | she smiles",
        "5 | she turns;3 | she smiles;",
        "5 | she turns 3 | she smiles",
        "5 | she turns\t3 | she smiles",
        "5s | she turns\n3 s | she smiles",
        "5 seconds | she turns; 3 Seconds | she smiles",
        "5 sec | she turns 3 SECS | she smiles",
        "she turns\n3 | she smiles",
        "05 | she turns\n0003 | she smiles",
    ],
)
def test_a_line_each(text: str):
    assert read(text) == [A, B]


@pytest.mark.parametrize("text", ["5\n3", "5; 3", "5;3", "5 |\n3 |", "5s;3 seconds", "5 | 3 |"])
def test_seconds_only(text: str):
    assert read(text) == [Transition(5), Transition(3)]


@pytest.mark.parametrize("text", ["5;3\n10", "5\n3;10", "5; 3; 10", "5\n3\n10", "5;3;10;"])
def test_seconds_of_three(text: str):
    assert read(text, 4) == [Transition(5), Transition(3), Transition(10)]


def test_one_second_can_be_written_so():
    assert read("1 second | she blinks", 2) == [Transition(1, "she blinks")]


@pytest.mark.parametrize("text", ["she turns\nshe smiles", "she turns \n; \n she smiles"])
def test_words_only(text: str):
    assert read(text) == [Transition(5, "she turns"), Transition(5, "she smiles")]


@pytest.mark.parametrize("text", [None, "", "  \n ", ";"])
@pytest.mark.parametrize("pictures", [2, 3, 4, 5])
def test_nothing_is_five_seconds_each(text: str | None, pictures: int):
    assert read(text, pictures) == [Transition()] * (pictures - 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5 | left | right", "left | right"),
        ("5 | at 5 she turns; 7 birds follow", "at 5 she turns; 7 birds follow"),
        ("5 | a; b;c", "a; b;c"),
        ("5 sunflowers open", "5 sunflowers open"),
        ("7 birds fly | away", "7 birds fly | away"),
        ("5 | from 12345 | on", "from 12345 | on"),
    ],
)
def test_what_is_no_break(text: str, words: str):
    assert read(text, 2) == [Transition(5, words)]


@pytest.mark.parametrize(
    ("text", "pictures", "there"),
    [
        ("5 | she turns", 3, "write 2 lines into `transitions`, one from each of your 3 pictures"),
        ("5 | a\n5 | b\n5 | c", 3, "(there are 3)"),
        ("5\n5", 2, "write 1 line into"),
        ("she turns; she smiles", 3, "(there is 1)"),
    ],
)
def test_as_many_lines_as_ways(text: str, pictures: int, there: str):
    assert there in refusal(text, pictures)


@pytest.mark.parametrize("seconds", ["0", "26", "9999", "00"])
def test_seconds_out_of_bounds(seconds: str):
    assert refusal(f"{seconds} | a\n5 | b").endswith("between 1 and 25 seconds.")
    assert refusal(f"5 | b\n{seconds}").endswith("between 1 and 25 seconds.")


def test_too_long_in_all():
    assert refusal("20 | a\n6 | b") == (
        "Please shorten `transitions` to 25 seconds in all (they have 26)."
    )
    assert read("20 | a\n5 | b") == [Transition(20, "a"), Transition(5, "b")]
    # Five keyframes of the usual length are just right with fewer seconds.
    assert len(read("6\n6\n6\n7", 5)) == 4


@pytest.mark.parametrize("start", ["five", "5.5", "-5", "5,5", "12345", "", "5 m", "\u0665"])
def test_seconds_that_cant_be_read(start: str):
    assert "begin each line of `transitions` with whole seconds" in refusal(f"{start} | a\n5 | b")


# A semicolon at the end of a line is a break.
WORDS = (
    st.text(max_size=40)
    .map(str.strip)
    .filter(lambda text: not re.search(r"[\n0-9]", text) and not text.endswith(";"))
)
LINES = st.lists(st.tuples(st.integers(1, 6), WORDS), min_size=1, max_size=4)


@given(LINES)
def test_what_is_written_a_line_each_is_read_back(lines: list[tuple[int, str]]):
    text = "\n".join(f"{seconds} | {words}" for seconds, words in lines)
    assert read(text, len(lines) + 1) == [Transition(*line) for line in lines]


@given(LINES)
def test_spaces_may_stand_for_line_breaks(lines: list[tuple[int, str]]):
    """An option of a command loses its line breaks."""
    text = " ".join(f"{seconds} | {words}" for seconds, words in lines)
    assert read(text, len(lines) + 1) == [Transition(*line) for line in lines]


@given(st.text(max_size=200), st.integers(2, 5))
def test_anything_is_read_or_refused(text: str, pictures: int):
    try:
        found = read(text, pictures)
    except Refusal:
        assert refusal(text, pictures)
        return
    assert len(found) == pictures - 1
    assert all(1 <= one.seconds <= LONGEST for one in found)
    assert sum(one.seconds for one in found) <= LONGEST
    assert all("\n" not in one.words for one in found)


@pytest.mark.parametrize("text", ["5{}x", " 5{}", "5{}|", ";{}5", "5;{}", "5 s{}x"])
@pytest.mark.parametrize("filling", [" ", ";", " ;", "5 ", " 5", "\n", "\t5s"])
def test_long_nonsense_is_read_fast(text: str, filling: str):
    long = text.format(filling * (6000 // len(filling)))
    began = time.process_time()
    with pytest.raises(Refusal):
        read(f"{long}\na\nb\nc\nd", 2)
    assert time.process_time() - began < 0.5
