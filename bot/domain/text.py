"""Text that people type: cleaned before it is sent, quoted where it is shown; and plurals."""

import re
import unicodedata

from bot.domain.markup import NO_NAMES, Names, read_markup

# Joiners and the emoji selector carry meaning: emoji families, Persian, Indic scripts.
_KEPT_FORMATS = {"\u200c", "\u200d", "\ufe0f"}
# Invisible, although letters or marks by their category.
_BLANKS = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u034f", "\u17b4", "\u17b5"}
# Invisible text can be made of variation selectors; only the one for emoji is kept.
_SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0e\U000e0100-\U000e01ef]")
# Kept even where Python's Unicode is older than the emoji and calls it unassigned.
_EMOJI = range(0x1F300, 0x1FB00)
_DROPPED_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn"}
_MOST_MARKS = 3
_SPACES = re.compile(r"\s+[\u200c\u200d\ufe0f\s]*")
# One selector and one joiner have a meaning; a row of them is a hidden message.
_JOINERS = re.compile("(\ufe0f?[\u200c\u200d]?)[\u200c\u200d\ufe0f]*")


def clean(text: str, names: Names = NO_NAMES) -> str:
    """Return `text` as one line of words, fit to leave this machine.

    It is `one_line` with the words that Discord shows in place of its markup. Applying it twice
    changes nothing more.
    """
    line = one_line(text)
    # Where a form goes, what was on both sides of it comes together.
    while (read := read_markup(line, names)) != line:
        line = one_line(read)
    return line


def one_line(text: str) -> str:
    """Return `text` on one line with nothing invisible in it.

    NFC; control, format, private and unassigned characters are dropped (bidi controls, zero-width
    and tag characters among them); line breaks become spaces; at most three combining marks follow
    one another; runs of spaces and of joiners collapse. Applying it twice changes nothing more.
    """
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        if character.isspace() or unicodedata.category(character) in {"Zl", "Zp"}:
            kept.append(" ")
            marks = 0
            continue
        if character in _BLANKS or _is_invisible(character):
            continue
        if character not in _KEPT_FORMATS:
            marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    line = unicodedata.normalize("NFC", "".join(kept))
    return _SPACES.sub(" ", _JOINERS.sub(r"\1", line)).strip(" \u200c\u200d\ufe0f")


def _is_invisible(character: str) -> bool:
    if character in _KEPT_FORMATS:
        return False
    if _SELECTORS.match(character):
        return True
    if ord(character) in _EMOJI:
        return False
    return unicodedata.category(character) in _DROPPED_CATEGORIES


def plural(noun: str, count: float) -> str:
    """Return the noun in the form that follows this number: 0 videos, 1 video, 2 videos."""
    return noun if count == 1 else f"{noun}s"


def literal(text: str, limit: int) -> str:
    """Return text as a code span, in which Discord parses nothing, of at most `limit` characters.

    Only a backtick ends a code span, so backticks become a letter that looks like one.
    """
    words = text.replace("`", "\u02cb")
    if len(words) > limit:
        words = f"{words[: limit - 1]}…"
    return f"`{words}`"
