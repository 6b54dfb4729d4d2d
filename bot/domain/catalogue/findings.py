"""What a comparison of the catalogue with fal's comes to, a line for each model."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Verdict(StrEnum):
    """How bad it is: all the same, worth a look, or a difference to mend."""

    FINE = "fine"
    NOTE = "note"
    WRONG = "wrong"


_MARKS = {Verdict.FINE: "✓", Verdict.NOTE: "!", Verdict.WRONG: "✗"}
_WORST_FIRST = [Verdict.WRONG, Verdict.NOTE, Verdict.FINE]


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was noticed of a model. `fix` says what to do about it."""

    verdict: Verdict
    text: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Everything that was noticed of a model."""

    name: str
    verdict: Verdict
    detail: str
    fix: str | None = None

    @property
    def ok(self) -> bool:
        return self.verdict is not Verdict.WRONG

    @classmethod
    def of(cls, name: str, remarks: Sequence[Remark]) -> Self:
        """Put remarks together, the worst first."""
        ordered = sorted(remarks, key=lambda remark: _WORST_FIRST.index(remark.verdict))
        fixes = dict.fromkeys(remark.fix for remark in ordered if remark.fix)
        detail = "; ".join(remark.text for remark in ordered)
        return cls(name, ordered[0].verdict, detail, "; ".join(fixes) or None)

    def line(self) -> str:
        line = _printable(f"{_MARKS[self.verdict]} {self.name} — {self.detail}")
        return f"{line}\n    → {_printable(self.fix)}" if self.fix else line


def _printable(text: str) -> str:
    """What fal says mustn't steer the operator's terminal."""
    return "".join(character if character.isprintable() else " " for character in text)
