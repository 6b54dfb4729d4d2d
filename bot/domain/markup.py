"""Discord's markup in text that people type: emoji, mentions, times, links; and spoiler bars.

The forms: https://docs.discord.com/developers/reference#message-formatting.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_BRACKETS = re.compile("([<>])")
_FORM_MARKS = re.compile(r"[<>]|://|\|\|")
_JOINERS = re.compile("[\u200c\u200d\ufe0f]")
# Links to messages, members and files of Discord have ids in them; its apps show names instead.
_LINK_WITH_ID = re.compile(
    r"(?:https?|discord)://(?:[\w-]+\.)*(?:discord(?:app)?\.(?:com|net)|-)/[^\s<>]*[0-9]{15}[^\s<>]*",
    re.IGNORECASE,
)
_CHANNEL_OF_LINK = re.compile(r"/channels/[0-9]+/([0-9]+)")
# Whatever it is: the ids of Discord have 17 to 20 digits.
_ID = re.compile("[0-9]{15}")
BARS = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)
"""Text between spoiler bars."""
_PAGES = {
    "customize": "Channels & Roles",
    "browse": "Browse Channels",
    "guide": "Server Guide",
    "home": "Server Guide",
    "linked-roles": "Linked Roles",
}
_DATE, _CLOCK = "%B %-d, %Y", "%H:%M UTC"
_STYLES = {
    "t": _CLOCK,
    "T": "%H:%M:%S UTC",
    "d": "%d/%m/%Y",
    "D": _DATE,
    "f": f"{_DATE} at {_CLOCK}",
    "F": f"%A, {_DATE} at {_CLOCK}",
    "s": f"%d/%m/%Y, {_CLOCK}",
    "S": "%d/%m/%Y, %H:%M:%S UTC",
    # "In two hours" is true for a moment only.
    "R": f"{_DATE} at {_CLOCK}",
}


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a text's reader sees in place of ids; an id without one is left out."""

    members: Mapping[int, str] = field(default_factory=dict[int, str])
    """Display names of members, by their ids."""
    roles: Mapping[int, str] = field(default_factory=dict[int, str])
    """Names of roles, by their ids."""
    channels: Mapping[int, str] = field(default_factory=dict[int, str])
    """Names of channels and threads, by their ids."""


NO_NAMES = Names()


def read_markup(text: str, names: Names = NO_NAMES) -> str:
    """Return the text with the words that Discord shows in place of each `<…>` and link of its own.

    An emoji becomes its name, a mention the name of whom it mentions, a time a date in UTC. Every
    form with an id and no name goes. Other text between angle brackets stays as it is.
    """
    # What is left when a form goes may be a form. Each round takes brackets or links away.
    while (read := _read_once(text, names)) != text:
        text = read
    return text


def _read_once(text: str, names: Names) -> str:
    # Behind each bracket that is still open, and before the first.
    texts = [""]
    follows_form = False
    for piece in _BRACKETS.split(text):
        if piece == "<":
            texts.append("")
        elif piece == ">" and len(texts) > 1:
            inner = texts.pop()
            words = _words_of(_JOINERS.sub("", inner), names)
            if words is None:
                # No form has a bracket in it, so those before this one open none either.
                texts = ["<".join([*texts, inner]) + ">"]
            else:
                texts[-1] = _beside(texts[-1], words)
            follows_form = words is not None
            continue
        else:
            texts[-1] = _beside(texts[-1], piece) if follows_form else texts[-1] + piece
        follows_form = follows_form and not piece
    return _LINK_WITH_ID.sub(lambda link: _link(link[0], names), "<".join(texts))


def is_covered(text: str) -> bool:
    """Return whether a part of the text is between spoiler bars."""
    return BARS.search(text) is not None


def without_bars(text: str) -> str:
    """Return the text without its spoiler bars."""
    return BARS.sub(r"\1", text)


def _beside(before: str, after: str) -> str:
    """Join two texts so that their words stay apart."""
    touch = before[-1:].isalnum() and after[:1].isalnum()
    return f"{before} {after}" if touch else before + after


def _words_of(inner: str, names: Names) -> str | None:
    """Return the words shown for `<inner>`; None if that is no form of Discord's."""
    for pattern, words in _FORMS:
        if match := pattern.fullmatch(inner):
            return words(match, names)
    return "" if _ID.search(inner) else None


def _name(names: Mapping[int, str], number: str, sign: str = "") -> str:
    # Without those, a name is never a form or a link itself, nor does it cover anything.
    name = _FORM_MARKS.sub("", names.get(int(number), "")) if len(number) <= _LONGEST_ID else ""
    return f"{sign}{name}" if name.strip() else ""


def _time(match: re.Match[str], _: Names) -> str:
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(match[1]))
    except OverflowError:
        return ""
    return moment.strftime(_STYLES[match[2] or "f"])


def _link(link: str, names: Names) -> str:
    channel = _CHANNEL_OF_LINK.search(link)
    return _name(names.channels, channel[1], "#") if channel else ""


_LONGEST_ID = 20
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Names], str]], ...] = (
    (re.compile("a?:([^:\\s]+):[0-9]+"), lambda match, _: match[1]),
    (re.compile("@!?([0-9]+)"), lambda match, names: _name(names.members, match[1])),
    (re.compile("@&([0-9]+)"), lambda match, names: _name(names.roles, match[1])),
    (re.compile("#([0-9]+)"), lambda match, names: _name(names.channels, match[1], "#")),
    (re.compile("(/[^:]+):[0-9]+"), lambda match, _: match[1]),
    (re.compile("t:(-?[0-9]{1,17})(?::([tTdDfFsSR]))?"), _time),
    (re.compile("id:([a-z-]+)(?::[0-9]+)?"), lambda match, _: _PAGES.get(match[1], "")),
    # Of a game, and of a sound.
    (re.compile("@\\$[0-9]+|sound:[0-9:]+"), lambda _match, _names: ""),
    # A link without a preview.
    (re.compile("(https?://\\S+)"), lambda match, _: match[1]),
)
