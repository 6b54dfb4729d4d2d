"""`python -m bot backup`, `restore` and `drain`: the database's copies, and the bot's good end."""

import asyncio
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from bot.adapters.process import control_socket as control
from bot.adapters.process.control_socket import NoAnswer, send_order
from bot.adapters.sqlite import reports
from bot.adapters.sqlite.database import open_reader
from bot.adapters.sqlite.ownership import InUse, locked
from bot.cli.output import cell
from bot.domain.operator_orders import Drain
from bot.domain.text import plural
from bot.settings import load

# The size in bytes from which copying a database shows a progress bar.
_TAKES_LONG = 50_000_000


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to FILE, beside the running bot or without one."""
    from bot.adapters.sqlite.backup import back_up  # noqa: PLC0415  # commands start fast

    path = load(os.environ).settings.database.path
    size = path.stat().st_size if path.exists() else 0
    quick = size < _TAKES_LONG or not sys.stderr.isatty()
    with click.progressbar(length=size, label="Copying", hidden=quick, file=sys.stderr) as bar:
        copy = back_up(path, file, lambda done: bar.update(max(0, done - bar.pos)))
    click.echo(f"{file}: {copy.jobs} jobs, {copy.size / 1e6:.1f} MB")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Put the backup FILE in the database's place, while no bot runs.

    FILE is checked and stays. The database that was there is kept beside it, under a new name.
    """
    from bot.adapters.sqlite.backup import restore as put_back  # noqa: PLC0415  # as above
    from bot.settings.timings import timings_of  # noqa: PLC0415  # as above

    settings = load(os.environ).settings
    path = settings.database.path
    restored = put_back(file, path)
    click.echo(
        f"{path}: {restored.jobs} jobs, as of {cell('at', restored.copied_at)}. The next start"
        " looks at fal for what has happened since."
    )
    if restored.kept is not None:
        click.echo(f"What was there is now {restored.kept}; delete it once you don't need it.")
    if restored.kept_log is not None:
        click.echo(
            f"There was no database, only its log with the last changes, which is now"
            f" {restored.kept_log}. If you find the {path.name} that it belongs to, put it beside"
            f" the log as {restored.kept_log.name.removesuffix('-wal')}: then both can be restored."
        )
    if restored.waiting:
        minutes = math.ceil(timings_of(settings).uncertain_for / 60)
        click.echo(
            f"In line: {restored.waiting}. Nothing is sent to fal for up to {minutes} minutes after"
            " the start, until fal's listing is complete."
        )


@click.command()
@click.option("--no-wait", is_flag=True, help="Return at once; the bot ends by itself.")
def drain(*, no_wait: bool) -> None:
    """Let the running bot finish its videos at fal and end. It begins no others."""
    path = load(os.environ).settings.database.path
    try:
        answer = (
            send_order(path, Drain(wait=False)) if no_wait else control.drain(path, _progress(path))
        )
        if answer is None:
            _check_idle(path)
    except (NoAnswer, InUse) as problem:
        click.echo(f"pika-bot: {problem}", err=True)
        sys.exit(1)
    if answer is None:
        click.echo("No bot runs on this database, so there is nothing to drain.")
    elif answer.ok:
        click.echo(answer.text)
    else:
        click.echo(f"pika-bot: {answer.text}", err=True)
        sys.exit(1)


def _check_idle(path: Path) -> None:
    """Raise InUse if a bot that doesn't listen owns the database."""
    if path.exists():
        with locked(path):
            pass


def _progress(path: Path) -> Callable[[], None]:
    """Return a function that prints the number of videos under way, whenever it has changed."""
    shown: list[int] = []

    async def left() -> int:
        async with open_reader(path) as reader:
            return await reports.under_way(reader)

    def print_left() -> None:
        count = asyncio.run(left())
        if shown != [count]:
            shown[:] = [count]
            click.echo(under_way_text(count), err=True)

    return print_left


def under_way_text(count: int) -> str:
    """Return how many videos a drain still waits for."""
    verb = "is" if count == 1 else "are"
    return f"{count} {plural('video', count)} {verb} still being made or delivered"
