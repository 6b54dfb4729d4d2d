import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.text import clean, plural

JOINERS = "\u200c\u200d\ufe0f"
# Default_Ignorable_Code_Point of Unicode, but for the joiners and the emoji selector:
# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
INVISIBLE = [
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200B),
    (0x200E, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0E),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
]
IGNORABLE = {chr(code) for first, last in INVISIBLE for code in range(first, last + 1)}
# Most of Unicode says nothing to `clean`: half of what is tried is made of what does.
TRICKY = "<@1>a \n\t\u0085\u2028\u3000\u0301\u0327\u0344\u0e47\u1100\u1161é👩❤#" + JOINERS
anything = (
    st.text()
    | st.text(alphabet=sorted(IGNORABLE)[:400:9] + list(TRICKY))
    | st.text(alphabet="a \u200b\u0301" + JOINERS)
)


@given(anything)
@example("a\u0301\u0302\u0303\u200b\u0304\u0327")
@example("e\u2060\u0301")
@example("a \u200d \u200d")
@example("\u1100\u200b\u1161")
def test_cleaning_twice_changes_nothing_more(text: str):
    assert clean(clean(text)) == clean(text)


@given(anything)
@example("first\r\nsecond\u2028third\x0bfourth\x85fifth\x1csixth")
def test_one_line_with_single_spaces(text: str):
    cleaned = clean(text)
    assert len(cleaned.splitlines()) <= 1
    assert cleaned == " ".join(cleaned.split())


@given(anything)
def test_nothing_invisible_is_left(text: str):
    cleaned = clean(text)
    assert not IGNORABLE & set(cleaned)
    # Emoji that are newer than Python's Unicode count as unassigned there.
    others = [c for c in cleaned if c not in JOINERS and ord(c) not in range(0x1F300, 0x1FB00)]
    categories = {unicodedata.category(c) for c in others}
    assert not categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(anything)
def test_composed(text: str):
    assert unicodedata.is_normalized("NFC", clean(text))


@given(anything)
def test_joiners_only_between_what_they_join(text: str):
    """A row of joiners would be a message in binary that nobody sees."""
    cleaned = clean(text)
    assert cleaned.strip(JOINERS) == cleaned
    for before, after in pairwise(cleaned):
        if after in JOINERS:
            assert before not in JOINERS + " " or (before == "\ufe0f" and after != "\ufe0f")


@given(st.text(alphabet="a\u0301\u0302\u0327\u0e48\u200b\u200d\ufe0f", max_size=30))
def test_at_most_three_marks_on_one_letter(text: str):
    marks = 0
    for character in clean(text):
        if character in JOINERS:
            continue
        marks = marks + 1 if unicodedata.combining(character) else 0
        assert marks <= 3


@pytest.mark.parametrize("invisible", sorted(IGNORABLE)[:: len(IGNORABLE) // 60])
def test_invisible_characters_are_dropped_from_within_a_word(invisible: str):
    assert clean(f"f{invisible}ox") == "fox"


@pytest.mark.parametrize(
    "text",
    [
        "👨\u200d👩\u200d👧\u200d👦",
        "❤\ufe0f\u200d🔥",
        "👩🏽\u200d🚀",
        "1\ufe0f\u20e3",
        "🏳\ufe0f\u200d🌈",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian for "I want"
        "क्\u200dष",
        "Việt Nam",
        "မြွှေ",
        "日本語のテキスト",
        "@everyone **bold** `code` I <3 you",
    ],
)
def test_what_means_something_survives(text: str):
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  a\t\tfox \n\n runs ", "a fox runs"),
        ("e\u0301", "é"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("\U000e0069\U000e0067fox", "fox"),
        ("z" + "\u0300" * 40, "z" + "\u0300" * 3),
        ("\u200d\ufe0f \u200c", ""),
        ("\u3164\u2800\u115f", ""),
        ("a\ud800b", "ab"),
        ("", ""),
    ],
)
def test_examples(text: str, cleaned: str):
    assert clean(text) == cleaned


def test_every_assigned_character_of_unicode():
    # Nothing combines with a digit, so every one of them must be left.
    every = "0".join(map(chr, [*range(0x34000), *range(0xE0000, 0xE1000), 0xF0000, 0x10FFFF]))
    cleaned = clean(every)
    assert cleaned.count("0") == every.count("0")
    assert not IGNORABLE & set(cleaned)
    assert len(cleaned.splitlines()) == 1
    assert {"a", "é", "日", "👩", *JOINERS} < set(cleaned)


def test_a_noun_follows_its_number():
    assert [plural("video", count) for count in (0, 1, 2)] == ["videos", "video", "videos"]
