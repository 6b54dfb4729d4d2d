"""A run of many mutated files, by several processes, and its table."""

import asyncio
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from typing_extensions import override

from tests.fuzz.leftovers import adopting
from tests.fuzz.plan import TURNS, MutatedFile, files, is_without_heic
from tests.fuzz.ways import PATIENCE, Ending, Outcome, opened_intakes

BLOCK = 40
"""Files that a process takes in before it reports."""
SLOWEST = 5
ENDS = (*Outcome, None)


@dataclass(frozen=True, slots=True)
class Trial:
    """A mutated file and its end."""

    file: MutatedFile
    ending: Ending


@dataclass
class Tally:
    """The ends of a run's files."""

    counts: Counter[tuple[str, Outcome | None]] = field(
        default_factory=Counter[tuple[str, Outcome | None]]
    )
    """The number of files by group and end."""
    wrong: list[Trial] = field(default_factory=list[Trial])
    """The files that had problems."""
    slowest: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    """Seconds and names of the files that took longest."""

    def add(self, trials: Iterable[Trial]) -> None:
        for trial in trials:
            self.counts[trial.file.group, trial.ending.outcome] += 1
            if trial.ending.problems:
                self.wrong.append(trial)
            self.slowest.append((trial.ending.seconds, trial.file.name))
        self.slowest = sorted(self.slowest, reverse=True)[:SLOWEST]

    @override
    def __str__(self) -> str:
        rows = [
            [group, *(self.counts[group, end] for end in ENDS)] for group in dict.fromkeys(TURNS)
        ]
        sums = [sum(self.counts[group, end] for group in set(TURNS)) for end in ENDS]
        lines = [f"{'':8}" + "".join(f"{end or 'wrong':>10}" for end in ENDS)]
        for name, *numbers in [*rows, ["all", *sums]]:
            if any(numbers):
                lines.append(f"{name:8}" + "".join(f"{number:>10}" for number in numbers))
        if is_without_heic():
            lines.append("no HEIC file: pillow-heif isn't installed; AVIF files took their turns")
        slow = ", ".join(f"{name} {seconds:.1f} s" for seconds, name in self.slowest)
        return "\n".join([*lines, f"longest: {slow}"])


async def take_all(mutated: Iterable[MutatedFile], *, patience: float = PATIENCE) -> list[Trial]:
    """Take files in, one after the other, with the working directory in a folder of their own."""
    before = Path.cwd()
    with TemporaryDirectory(prefix="pika-fuzz-") as folder, adopting():
        os.chdir(folder)
        try:
            async with opened_intakes(Path(folder), patience=patience) as intakes:
                return [Trial(file, await intakes.take(file)) for file in mutated]
        finally:
            os.chdir(before)


def run(seed: int, numbers: range, processes: int) -> Iterator[list[Trial]]:
    """Yield the ends of the files in blocks, in order; of files that are as they should be no data.

    Raises BrokenProcessPool if one of the processes died.
    """
    blocks = [numbers[at : at + BLOCK] for at in range(0, len(numbers), BLOCK)]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from pool.map(partial(_take_block, seed), blocks)


def _take_block(seed: int, numbers: range) -> list[Trial]:
    # SVT-AV1 writes about each of its films.
    os.environ["SVT_LOG"] = "1"
    trials = asyncio.run(take_all(files(seed, numbers)))
    return [
        trial if trial.ending.problems else replace(trial, file=replace(trial.file, data=b""))
        for trial in trials
    ]
