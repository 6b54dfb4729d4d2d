"""Pikaframes' transitions as members write them: a line each, `seconds | prompt`."""

import re
from dataclasses import dataclass

from bot.domain.refusal import Refusal
from bot.domain.text import plural

USUAL_SECONDS = 5
_SECONDS = r"[0-9]{1,4}(?:\s*(?i:s|secs?|seconds?))?"
# An option of a slash command has no line breaks, and what is pasted into one loses them: a
# semicolon stands for one before a number of seconds, and so does a space before `5 |`.
_BREAK = re.compile(rf"\n|;(?=\s*{_SECONDS}\s*(?:\||;|\n|$))|(?:;|\s)(?={_SECONDS}\s*\|)")
_ENDS = " \t\r;"
_LINE = re.compile(rf"\s*(?P<seconds>{_SECONDS})\s*(?:\|(?P<words>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Transition:
    """The way from one keyframe to the next. No words: the prompt of the whole video counts."""

    seconds: int = USUAL_SECONDS
    words: str = ""


def read_transitions(text: str | None, *, pictures: int, longest: int) -> list[Transition]:
    """Return one transition from each picture to the next, together at most `longest` seconds.

    Raises Refusal.
    """
    needed = pictures - 1
    lines = [line.rstrip(_ENDS) for line in _BREAK.split(text or "")]
    found = [_read(line, longest) for line in lines if line.strip(_ENDS)] or [Transition()] * needed
    if len(found) != needed:
        raise Refusal(
            f"Please write {needed} {plural('line', needed)} into `transitions`, one from each of"
            f" your {pictures} pictures to the next, such as `5 | she turns around`"
            f" (there {'is' if len(found) == 1 else 'are'} {len(found)})."
        )
    total = sum(transition.seconds for transition in found)
    if total > longest:
        raise Refusal(
            f"Please shorten `transitions` to {longest} seconds in all (they have {total})."
        )
    return found


def _read(line: str, longest: int) -> Transition:
    match = _LINE.fullmatch(line)
    if match is None:
        before, bar, _ = line.partition("|")
        if bar and len(before.strip()) <= len("seconds"):
            raise Refusal(
                "Please begin each line of `transitions` with whole seconds, such as"
                " `5 | she turns around`."
            )
        return Transition(words=line.strip())
    seconds = int(re.sub(r"\D", "", match["seconds"]))
    if not 1 <= seconds <= longest:
        raise Refusal(f"Please keep each line of `transitions` between 1 and {longest} seconds.")
    return Transition(seconds, (match["words"] or "").strip())
