"""The operator's commands: what he looks at, decides and keeps."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import click

from bot.adapters.process import control_socket as control
from bot.adapters.process.clock import SystemClock
from bot.adapters.process.control_socket import NoAnswer, tell
from bot.adapters.sqlite import reports
from bot.adapters.sqlite.database import (
    InUse,
    Reader,
    check_exists,
    open_reader,
    open_writer,
    owned,
)
from bot.domain.money import show_usd
from bot.domain.operator_orders import Drain, JobOrder, Reconcile, Release
from bot.domain.refusal import Refusal
from bot.settings import Configuration, load
from bot.settings.credentials import load_credentials

T = TypeVar("T")

# Of a database's bytes: larger ones get a progress bar.
_TAKES_LONG = 50_000_000
_LISTED = ["id", "status", "failure", "model", "price", "guild_id", "member_id", "request_id"]
_JSON = click.option("--json", "as_json", is_flag=True, help="Print every column as JSON.")
_MOST = click.option("--most", default=50, show_default=True, help="How many, newest first.")


@click.group(invoke_without_command=True)
@_JSON
@_MOST
@click.pass_context
def jobs(context: click.Context, *, as_json: bool, most: int) -> None:
    """List the newest jobs, look at one, or decide what became of it."""
    if context.invoked_subcommand is None:
        _list(as_json=as_json, most=most)


@jobs.command(name="list")
@_JSON
@_MOST
def list_command(*, as_json: bool, most: int) -> None:
    """List the newest jobs."""
    _list(as_json=as_json, most=most)


def _list(*, as_json: bool, most: int) -> None:
    found = _read(lambda reader: reports.jobs_report(reader, most=most))
    _print(found, _LISTED, as_json=as_json)


@jobs.command()
@click.argument("job_id", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print the row and its ledger as JSON.")
def show(job_id: int, *, as_json: bool) -> None:
    """Show everything that is known of a job, and what it did to the ledger."""
    job, ledger = _read(lambda reader: reports.job_report(reader, job_id))
    if job is None:
        click.echo(
            f"pika-bot: there is no job {job_id}; `python -m bot jobs` lists them.", err=True
        )
        sys.exit(1)
    if as_json:
        click.echo(json.dumps({"job": job, "ledger": ledger}))
        return
    width = max(map(len, job))
    for name, value in job.items():
        click.echo(f"{name.ljust(width)}  {_cell(name, value)}".rstrip())
    click.echo()
    _print(ledger, ["at", "kind", "videos", "bonus", "held", "spent"], as_json=False)


@jobs.command()
@click.argument("job_id", metavar="ID", type=int)
@click.argument("request_id", required=False)
def reconcile(job_id: int, request_id: str | None) -> None:
    """Look at fal now for a job whose outcome is unknown, or take the request that you name."""
    _tell(Reconcile(job_id=job_id, request_id=request_id))


@jobs.command()
@click.argument("job_id", metavar="ID", type=int)
@click.option("--charged", is_flag=True, help="fal charged it: the money counts as spent.")
def release(job_id: int, *, charged: bool) -> None:
    """Settle the money held for a job whose outcome stayed unknown: fal didn't charge it."""
    _tell(Release(job_id=job_id, charged=charged))


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print every row as JSON.")
@click.pass_context
def ledger(context: click.Context, *, as_json: bool) -> None:
    """Print units and money by server and day; with --json every row of the ledger."""
    if context.invoked_subcommand is not None:
        return
    if as_json:
        _print(_read(reports.ledger_report), [], as_json=True)
    else:
        columns = ["day", "guild_id", "videos", "held", "spent"]
        _print(_read(reports.balances_report), columns, as_json=False)


@ledger.command()
def verify() -> None:
    """Prove that reservations, settlements and states agree: exit 0 or 1."""
    from bot.adapters.sqlite.verification import audit  # noqa: PLC0415  # commands start fast

    sums = _read(lambda reader: audit(reader, lambda problem: click.echo(f"✗ {problem}")))
    if sums.problems:
        click.echo(f"✗ {sums.problems} problems in {sums}")
        sys.exit(1)
    click.echo(f"✓ {sums}; all agree")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to FILE, beside the running bot or without one."""
    from bot.adapters.sqlite.backup import back_up  # noqa: PLC0415  # commands start fast

    path = load(os.environ).settings.database.path
    size = path.stat().st_size if path.exists() else 0
    quick = size < _TAKES_LONG or not sys.stderr.isatty()
    with click.progressbar(length=size, label="Copying", hidden=quick, file=sys.stderr) as bar:
        kept = back_up(path, file, lambda done: bar.update(max(0, done - bar.pos)))
    click.echo(f"{file}: {kept.jobs} jobs, {kept.size / 1e6:.1f} MB")


@click.command()
@click.option("--no-wait", is_flag=True, help="Return at once; the bot ends by itself.")
def drain(*, no_wait: bool) -> None:
    """Let the running bot finish what is at fal, begin nothing else, and end."""
    path = load(os.environ).settings.database.path
    try:
        answer = tell(path, Drain(wait=False)) if no_wait else control.drain(path, _progress(path))
        if answer is None:
            _check_idle(path)
    except (NoAnswer, InUse) as no:
        click.echo(f"pika-bot: {no}", err=True)
        sys.exit(1)
    if answer is None:
        click.echo("No bot runs on this database, so there is nothing to drain.")
    elif answer.ok:
        click.echo(answer.text)
    else:
        click.echo(f"pika-bot: {answer.text}", err=True)
        sys.exit(1)


def _check_idle(path: Path) -> None:
    """Raise InUse if a bot has the database that can't be spoken to."""
    if path.exists():
        with owned(path):
            pass


def _progress(path: Path) -> Callable[[], None]:
    """Return what tells how many videos are still waited for, whenever that changes."""
    shown: list[int] = []

    async def left() -> int:
        async with open_reader(path) as reader:
            return await reports.under_way(reader)

    def tell_left() -> None:
        count = asyncio.run(left())
        if shown != [count]:
            shown[:] = [count]
            click.echo(f"{count} videos are still being made or delivered", err=True)

    return tell_left


def _tell(order: JobOrder) -> None:
    """Have an order obeyed, and print what came of it."""
    try:
        click.echo(_obeyed(load(os.environ), order))
    except (Refusal, NoAnswer) as no:
        click.echo(f"pika-bot: {no}", err=True)
        sys.exit(1)


def _obeyed(configuration: Configuration, order: JobOrder) -> str:
    """Have the running bot obey, or do it here if none runs. Raises Refusal, NoAnswer."""
    answer = tell(configuration.settings.database.path, order)
    if answer is None:
        try:
            return asyncio.run(_obey_alone(configuration, order))
        except InUse as problem:
            raise NoAnswer(
                "the bot is running, but nobody listens at its socket: it is just starting or"
                " ending; try again in a moment, or stop it first."
            ) from problem
    if not answer.ok:
        raise Refusal(answer.text)
    return answer.text


async def _obey_alone(configuration: Configuration, order: JobOrder) -> str:
    """Do what the bot would, while none runs. Raises Refusal, DatabaseProblem, InUse."""
    # Commands start fast: what only this one needs is imported here.
    from bot.adapters.sqlite.jobs import SqliteJobStore  # noqa: PLC0415
    from bot.application.operator import ReconcileJob, ReleaseJob  # noqa: PLC0415
    from bot.composition.adapters import open_fal  # noqa: PLC0415
    from bot.settings.timings import timings_of  # noqa: PLC0415

    settings = configuration.settings
    path, clock = settings.database.path, SystemClock()
    check_exists(path)
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(path))
        store = SqliteJobStore(
            await stack.enter_async_context(open_writer(path)),
            await stack.enter_async_context(open_reader(path)),
            returns_per_day=settings.quota.returns_per_day,
        )
        if isinstance(order, Release):
            return await ReleaseJob(store, clock)(order.job_id, charged=order.charged)
        fal = open_fal(settings.fal, load_credentials(os.environ))
        stack.push_async_callback(fal.aclose)
        found = ReconcileJob(
            store=store,
            fal=fal,
            clock=clock,
            submit_within=timings_of(settings).submit_within,
            go_on=lambda _: None,
        )
        text = await found(order.job_id, order.request_id)
        return f"{text[:-1]} when the bot is started."


def _read(query: Callable[[Reader], Awaitable[T]]) -> T:
    path = load(os.environ).settings.database.path

    async def reading() -> T:
        async with open_reader(path) as reader:
            return await query(reader)

    return asyncio.run(reading())


def _print(records: Sequence[reports.Record], columns: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(records))
        return
    lines = [[name.removesuffix("_id") if name != "id" else name for name in columns]]
    lines += [[_cell(name, record[name]) for name in columns] for record in records]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _cell(name: str, value: str | int | None) -> str:
    """Return a column's value as people read it."""
    if isinstance(value, int):
        if name in {"price", "held", "spent"}:
            return show_usd(value)
        if name == "at" or name.endswith("_at"):
            at = datetime.fromtimestamp(value / 1000, UTC)
            return f"{at:%Y-%m-%d %H:%M:%S} UTC" if value else ""
        if name in {"quota_day", "owner_day"}:
            return str(date(1970, 1, 1) + timedelta(days=value))
    # What members typed mustn't steer the operator's terminal.
    return "".join(c if c.isprintable() else " " for c in str("" if value is None else value))
