"""fal's words on an error: whether they are about the content, and how much of them is shown."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

CONTENT_TYPE = "content_policy_violation"
"""fal's own type for a request that its content check refused:
https://fal.ai/docs/documentation/model-apis/errors"""

_MOST_CHARACTERS = 200
_MOST_DEEP = 4
# Checks of models, of their makers and of clouds in front of them each have words of their own.
_CONTENT = re.compile(
    r"content[\s_-]*(policy|policies|check|filter|moderation|guideline|safety|restriction|violation)"
    r"|(safety|moderation|usage|community|acceptable)[\s_-]*(polic|check|filter|system|violation"
    r"|guideline|standard|reason|concern|use)"
    r"|\b(nsfw|moderat(ed|ion)|flagged|harmful|inappropriate|explicit|obscene|offensive|sexual"
    r"|nud(e|ity)|violent|violence|gore|hateful|disallowed content|prohibited content"
    r"|sensitive (content|material|words?)|unsafe|blocked (due|because|by)"
    r"|copyright(ed)?|trademark(ed)?|public figure|celebrit)",
    re.IGNORECASE,
)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+|\bdata:\S+", re.IGNORECASE)
_SAID = ("msg", "message", "detail", "error", "reason", "description", "title")


def is_about_content(text: str) -> bool:
    """Return whether an error's type or words say that a content check refused the request."""
    return _CONTENT.search(text.replace("_", " ")) is not None or CONTENT_TYPE in text


def words_in(body: object) -> str | None:
    """Return what an error's JSON says in words, on one line and cut; None if it says nothing.

    URLs are left out: those of inputs are as good as keys.
    """
    said = "; ".join(dict.fromkeys(_sentences(body, 0)))
    plain = " ".join(_URL.sub("…", said).split())
    if not plain:
        return None
    return plain if len(plain) <= _MOST_CHARACTERS else f"{plain[: _MOST_CHARACTERS - 1]}…"


def _sentences(value: object, depth: int) -> Iterator[str]:
    if depth > _MOST_DEEP:
        return
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value)
        for key in _SAID:
            if entries.get(key):
                # The others say the same in other words, or repeat the input.
                yield from _sentences(entries[key], depth + 1)
                return
    elif isinstance(value, Sequence):
        for entry in value[:3]:
            yield from _sentences(entry, depth + 1)


def field_in(body: object) -> str | None:
    """Return the input that an error names; None if it names none."""
    detail = _get(body, "detail")
    if isinstance(detail, list):
        detail = next(iter(cast("list[object]", detail)), None)
    where = _get(detail, "loc")
    if not isinstance(where, list):
        return None
    names = [part for part in cast("list[object]", where) if isinstance(part, str)]
    inputs = [name for name in names if name not in {"body", "input"}]
    return inputs[-1] if inputs else None


def _get(value: object, key: str) -> object:
    return cast("Mapping[str, object]", value).get(key) if isinstance(value, Mapping) else None
