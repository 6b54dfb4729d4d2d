"""One line of the doctor's report."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DoctorCheck:
    """One line of the report."""

    name: str
    """The thing checked."""
    ok: bool
    """False if something is wrong with it."""
    detail: str
    """Its state in words."""
    fix: str | None = None
    """The fix, unless all is well or `detail` names the fix itself."""
    warning: bool = False
    """True if nothing is wrong, but worth a look."""

    def record(self) -> dict[str, str | bool | None]:
        """Return the check as printed as JSON."""
        fix = self.fix if self.warning or not self.ok else None
        return {"name": self.name, "ok": self.ok, "detail": self.detail, "fix": fix}

    def line(self) -> str:
        if self.warning:
            return f"! {self.name}: {self.detail}" + (f"\n    → {self.fix}" if self.fix else "")
        if self.ok:
            return f"✓ {self.name}: {self.detail}"
        return f"✗ {self.name}: {self.detail}" + (f"\n    → {self.fix}" if self.fix else "")
