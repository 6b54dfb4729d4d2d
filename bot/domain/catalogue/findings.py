"""Findings: the results of comparing the catalogue with fal's, one line a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Verdict(StrEnum):
    """The weight of a remark: all is equal, worth a look, or a difference to mend."""

    FINE = "fine"
    NOTE = "note"
    WRONG = "wrong"


_MARKS = {Verdict.FINE: "✓", Verdict.NOTE: "!", Verdict.WRONG: "✗"}
_WORST_FIRST = [Verdict.WRONG, Verdict.NOTE, Verdict.FINE]


@dataclass(frozen=True, slots=True)
class Remark:
    """One result of comparing a model."""

    verdict: Verdict
    """Its weight."""
    text: str
    """The result in words."""
    fix: str | None = None
    """The change of the catalogue that mends it, in words; None: there is nothing to mend."""


@dataclass(frozen=True, slots=True)
class Finding:
    """All remarks on one model in one."""

    name: str
    """The model's key."""
    verdict: Verdict
    """The weight of the worst remark."""
    detail: str
    """The texts of all remarks."""
    fix: str | None = None
    """The changes of the catalogue that mend it, in words; None: there is nothing to mend."""

    @property
    def ok(self) -> bool:
        return self.verdict is not Verdict.WRONG

    @classmethod
    def of(cls, name: str, remarks: Sequence[Remark]) -> Self:
        """Return the finding of at least one remark, the worst first."""
        ordered = sorted(remarks, key=lambda remark: _WORST_FIRST.index(remark.verdict))
        fixes = dict.fromkeys(remark.fix for remark in ordered if remark.fix)
        detail = "; ".join(remark.text for remark in ordered)
        return cls(name, ordered[0].verdict, detail, "; ".join(fixes) or None)

    def line(self) -> str:
        """Return the finding as the operator's terminal shows it."""
        line = _printable(f"{_MARKS[self.verdict]} {self.name} — {self.detail}")
        return f"{line}\n    → {_printable(self.fix)}" if self.fix else line


def _printable(text: str) -> str:
    # Text of fal mustn't control the operator's terminal.
    return "".join(character if character.isprintable() else " " for character in text)
