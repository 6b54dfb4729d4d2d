"""`python -m tests.fuzz`: mutated files by the thousand, and one table of what became of them."""

import asyncio
import os
import secrets
import shlex
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import click

from tests.fuzz.plan import MutatedFile
from tests.fuzz.run import Tally, Trial, run, take_all

EVERY_SECONDS = 60


@click.command(help=__doc__)
@click.option("--files", default=100_000, show_default=True, help="Number of files.")
@click.option("--seed", type=int, help="Seed of another run, to repeat it.")
@click.option("--from", "first", default=0, show_default=True, help="Begin with this number.")
@click.option(
    "--processes", default=os.cpu_count() or 1, show_default=True, help="Parallel processes."
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    default="fuzz",
    show_default=True,
    help="The folder for files that went wrong.",
)
@click.option("--file", type=click.Path(path_type=Path, exists=True), help="Only this kept file.")
def main(
    *, files: int, seed: int | None, first: int, processes: int, keep: Path, file: Path | None
) -> None:
    tally = Tally()
    if file is not None:
        group, work, number = file.name.split("-")
        kept = MutatedFile(int(number), group, "kept", file.read_bytes(), work, again=True)
        tally.add(asyncio.run(take_all([kept])))
        for trial in tally.wrong:
            click.echo("\n".join(trial.ending.problems))
    else:
        seed = secrets.randbelow(10**6) if seed is None else seed
        click.echo(f"seed {seed}")
        try:
            _run(tally, seed, range(first, first + files), processes, keep)
        except BrokenProcessPool:
            click.echo(f"a process of the harness itself died, behind {tally.counts.total()} files")
            raise
    click.echo(tally)
    sys.exit(bool(tally.wrong))


def _run(tally: Tally, seed: int, numbers: range, processes: int, keep: Path) -> None:
    began = reported = time.monotonic()
    for trials in run(seed, numbers, processes):
        tally.add(trials)
        for trial in trials:
            if trial.ending.problems:
                keep_file(trial, seed, keep)
        if time.monotonic() - reported > EVERY_SECONDS:
            reported, done = time.monotonic(), tally.counts.total()
            click.echo(f"{done:,} files, {len(tally.wrong)} wrong; --from {numbers.start + done}")
    click.echo(f"{time.monotonic() - began:.0f} s, seed {seed}")


def keep_file(trial: Trial, seed: int, folder: Path) -> None:
    """Keep a file that went wrong, and print the commands that repeat it."""
    folder = folder / str(seed)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / trial.file.name
    path.write_bytes(trial.file.data)
    click.echo(f"{trial.file.name}, mutated from “{trial.file.origin}”:")
    for problem in trial.ending.problems:
        click.echo(f"  {problem}")
    click.echo(f'  make fuzz ARGS="--file {shlex.quote(str(path))}"')
    click.echo(f'  make fuzz ARGS="--seed {seed} --from {trial.file.number} --files 1"')


if __name__ == "__main__":
    main()
