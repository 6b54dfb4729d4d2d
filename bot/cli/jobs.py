"""`python -m bot jobs`: lists and shows jobs, and settles those with an unknown outcome."""

import json
import os
import sys
from contextlib import AsyncExitStack

import click

from bot.adapters.process.clock import SystemClock
from bot.adapters.sqlite import reports
from bot.adapters.sqlite.database import check_exists
from bot.adapters.sqlite.ownership import open_owned
from bot.cli.orders import carry_out
from bot.cli.output import cell, print_records, read_database
from bot.domain.operator_orders import JobOrder, Reconcile, Release
from bot.settings import Configuration
from bot.settings.credentials import load_credentials

_LISTED = [
    "id",
    "status",
    "failure",
    "model",
    "price",
    "held",
    "guild_id",
    "member_id",
    "request_id",
]
_JSON = click.option("--json", "as_json", is_flag=True, help="Print every column as JSON.")
_MOST = click.option(
    "--most", default=50, show_default=True, help="The most jobs to list, newest first."
)


@click.group(invoke_without_command=True)
@_JSON
@_MOST
@click.pass_context
def jobs(context: click.Context, *, as_json: bool, most: int) -> None:
    """List the newest jobs, show or settle one."""
    if context.invoked_subcommand is None:
        _list(as_json=as_json, most=most)


@jobs.command(name="list")
@_JSON
@_MOST
def list_command(*, as_json: bool, most: int) -> None:
    """List the newest jobs."""
    _list(as_json=as_json, most=most)


def _list(*, as_json: bool, most: int) -> None:
    records = read_database(lambda reader: reports.jobs_report(reader, limit=most))
    print_records(records, _LISTED, as_json=as_json)


@jobs.command()
@click.argument("job_id", metavar="ID", type=int)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the job and its rows of the ledger as JSON."
)
def show(job_id: int, *, as_json: bool) -> None:
    """Show every column of a job, and its rows of the ledger."""
    job, ledger = read_database(lambda reader: reports.job_report(reader, job_id))
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
        click.echo(f"{name.ljust(width)}  {cell(name, value)}".rstrip())
    click.echo()
    print_records(ledger, ["at", "kind", "videos", "bonus", "held", "spent"], as_json=False)


@jobs.command()
@click.argument("job_id", metavar="ID", type=int)
@click.argument("request_id", required=False)
def reconcile(job_id: int, request_id: str | None) -> None:
    """Look for a job of unknown outcome at fal. With REQUEST_ID, take that request.

    Of a job whose video fal has made, it asks for the file again, also where the file got lost.
    """
    carry_out(Reconcile(job_id=job_id, request_id=request_id), _obey_alone)


@jobs.command()
@click.argument("job_id", metavar="ID", type=int)
@click.option("--charged", is_flag=True, help="fal charged it: its price counts as spent.")
def release(job_id: int, *, charged: bool) -> None:
    """Settle the money held for a job of unknown outcome. Without --charged, none is spent.

    A job that is uncertain, or still at fal, is ended by it. This is final: no command takes it
    back. Only if fal has a video of it after all is the video delivered and its price spent.
    """
    carry_out(Release(job_id=job_id, charged=charged), _obey_alone)


async def _obey_alone(configuration: Configuration, order: JobOrder) -> str:
    """Carry out an order while no bot runs. Raises Refusal, DatabaseProblem and InUse."""
    # Imported here, so that the other commands start fast.
    from bot.adapters.sqlite.jobs import SqliteJobStore  # noqa: PLC0415
    from bot.application.operator import ReconcileJob, ReleaseJob  # noqa: PLC0415
    from bot.composition.adapters import open_fal  # noqa: PLC0415
    from bot.settings.timings import timings_of  # noqa: PLC0415

    settings = configuration.settings
    path, clock = settings.database.path, SystemClock()
    check_exists(path)
    async with AsyncExitStack() as stack:
        writer, reader = await stack.enter_async_context(open_owned(path))
        store = SqliteJobStore(writer, reader, returns_per_day=settings.quota.returns_per_day)
        if isinstance(order, Release):
            return await ReleaseJob(store, clock)(order.job_id, charged=order.charged)
        fal = open_fal(settings.fal, load_credentials(os.environ))
        stack.push_async_callback(fal.aclose)
        reconcile = ReconcileJob(
            store=store,
            fal=fal,
            clock=clock,
            submit_within=timings_of(settings).submit_within,
            go_on=None,
        )
        return await reconcile(order.job_id, order.request_id)
