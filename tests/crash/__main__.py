"""`python -m tests.crash`: the whole storm, and one table of what held."""

import asyncio
import logging
import secrets
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import click

from sandbox.render import Renderer
from tests.crash.plan import (
    NO_ARCHIVE,
    OTHER_PROCESS,
    PUT_BACK,
    RANDOM,
    SAME_DATABASE,
    Plan,
    all_calls,
    before_and_after,
    without_guard,
)
from tests.crash.report import TWICE, judge
from tests.crash.storm import storm


@click.command(help=__doc__)
@click.option("--jobs", default=300, show_default=True, help="At least so many videos.")
@click.option("--kills", default=200, show_default=True, help="At random moments.")
@click.option("--seed", type=int, help="Repeat the dice of another run.")
@click.option("--only", default="", help="Only calls with this in their name, e.g. `fal.`.")
@click.option("--unguarded", is_flag=True, help="Without the guard: the storm must bite.")
@click.option("--clock", default=10.0, show_default=True, help="Minutes a life's clock is off.")
@click.option("--edges", default=10, show_default=True, help="In so many of a hundred kills.")
@click.option("--log", type=click.Path(path_type=Path), help="Keep the bot's log here.")
def main(
    *,
    jobs: int,
    kills: int,
    seed: int | None,
    only: str,
    unguarded: bool,
    clock: float,
    edges: int,
    log: Path | None,
) -> None:
    # Its complaints are about clients that were killed in the middle of a request.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    seed = secrets.randbelow(10**6) if seed is None else seed
    click.echo(f"seed {seed}")
    lives = before_and_after([call for call in all_calls() if only in call])
    lives += _random_lives(kills, kills * edges // 100)
    Random(seed).shuffle(lives)
    plan = Plan(jobs=jobs, lives=lives, seed=seed, clock_steps=clock)
    if unguarded:
        plan = without_guard(seed)
    began = time.monotonic()
    with TemporaryDirectory(prefix="pika-crash-") as folder:
        renderer = Renderer.of_drafts()
        try:
            verdict = judge(asyncio.run(storm(Path(folder), plan, renderer, click.echo)))
        finally:
            renderer.close()
            if log is not None:
                log.write_bytes((Path(folder) / "bot.log").read_bytes())
    click.echo(verdict)
    click.echo(f"{time.monotonic() - began:.0f} s, seed {seed}")
    if unguarded:
        bites = bool(verdict.claim(TWICE).wrong)
        click.echo("it bites" if bites else "it doesn't bite")
        sys.exit(not bites)
    sys.exit(not verdict.good)


def _random_lives(kills: int, edges: int) -> list[str]:
    """Return so many lives, of which each kind at the edges has `edges`; a restore takes longer."""
    special = [kind for kind in (SAME_DATABASE, OTHER_PROCESS, NO_ARCHIVE) for _ in range(edges)]
    special += [PUT_BACK] * (edges // 3)
    return [*special, *[RANDOM] * (kills - len(special))]


if __name__ == "__main__":
    main()
