"""Pikaframes' transitions as members write them: `seconds | prompt`, one a line."""

import re
from dataclasses import dataclass

from bot.domain.refusal import Refusal
from bot.domain.text import plural

USUAL_SECONDS = 5
"""The length of a transition whose line names none."""
_SECONDS = r"[0-9]{1,4}(?:\s*(?i:s|secs?|seconds?))?"
# An option of a slash command can't have line breaks; text that is pasted into it loses them. So a
# semicolon before a number of seconds counts as one, and so does a space before `5 |`.
_BREAK = re.compile(rf"\n|;(?=\s*{_SECONDS}\s*(?:\||;|\n|$))|(?:;|\s)(?={_SECONDS}\s*\|)")
_ENDS = " \t\r;"
_LINE = re.compile(rf"\s*(?P<seconds>{_SECONDS})\s*(?:\|(?P<words>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Transition:
    """The transition from one keyframe to the next."""

    seconds: int = USUAL_SECONDS
    """Its length."""
    words: str = ""
    """Its prompt; empty: the prompt of the whole video counts."""


def read_transitions(text: str | None, *, pictures: int, longest: int) -> list[Transition]:
    """Return one transition from each picture to the next, of at most `longest` seconds in all.

    Raises Refusal.
    """
    needed = pictures - 1
    lines = [line.rstrip(_ENDS) for line in _BREAK.split(text or "")]
    written = [_read(line, longest) for line in lines if line.strip(_ENDS)]
    transitions = written or [Transition()] * needed
    if len(transitions) != needed:
        raise Refusal(
            f"Please write {needed} {plural('line', needed)} into `transitions`, one from each of"
            f" your {pictures} pictures to the next, such as `5 | she turns around`"
            f" (there {'is' if len(transitions) == 1 else 'are'} {len(transitions)})."
        )
    total = sum(transition.seconds for transition in transitions)
    if total > longest:
        raise Refusal(
            f"Please shorten `transitions` to {longest} seconds in all (they have {total})."
        )
    return transitions


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
