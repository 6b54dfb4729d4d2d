"""A process's memory and processor time by proc(5), and the stalls in the bot's log."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of a process, now and at its highest, in MB (1,000,000 bytes)."""

    now: float
    peak: float


def memory_of(pid: int) -> Memory:
    status = Path(f"/proc/{pid}/status").read_text()

    def megabytes(name: str) -> float:
        field = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
        assert field is not None
        return int(field[1]) * 1024 / 1_000_000

    return Memory(megabytes("VmRSS"), megabytes("VmHWM"))


def processor_seconds_of(pid: int) -> float:
    """Return the processor time that all threads of the process have taken, in seconds."""
    # The second field, the program's name, may hold anything, spaces and brackets too.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Stall:
    """The event loop's delay in milliseconds; `own` of it was at most the process's own doing."""

    late: float
    own: float


def worst_stall(log: str) -> Stall:
    """Return the worst of a log's stalls; short stalls are not logged."""
    lines = re.finditer(r"event loop: stalled ([\d.]+) ms, own ([\d.]+) ms", log)
    stalls = [Stall(float(line[1]), float(line[2])) for line in lines]
    return Stall(
        max((stall.late for stall in stalls), default=0),
        max((stall.own for stall in stalls), default=0),
    )
