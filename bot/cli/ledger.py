"""`python -m bot ledger`: units and money by server and day, and their comparison with the jobs."""

import os
import sys
from collections.abc import Sequence

import click

from bot.adapters.sqlite import reports
from bot.adapters.sqlite.database import Reader
from bot.cli.month import Month, read_month
from bot.cli.output import print_records, read_database
from bot.settings import load


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print every row of the ledger as JSON.")
@click.pass_context
def ledger(context: click.Context, *, as_json: bool) -> None:
    """Print units and money by server and day. With --json, print every row of the ledger."""
    if context.invoked_subcommand is not None:
        return
    if as_json:
        print_records(read_database(reports.ledger_report), [], as_json=True)
    else:
        columns = ["day", "guild_id", "videos", "held", "spent"]
        balances, month = read_database(_balances)
        print_records(balances, columns, as_json=False)
        click.echo(month.text())


async def _balances(reader: Reader) -> tuple[Sequence[reports.Record], Month]:
    settings = load(os.environ).settings
    return await reports.balances_report(reader), await read_month(reader, settings)


@ledger.command()
def verify() -> None:
    """Check that the ledger and the jobs' states agree. Exit 0 or 1."""
    # Imported here, so that the other commands start fast.
    from bot.adapters.sqlite.verification import verify_ledger  # noqa: PLC0415

    sums = read_database(
        lambda reader: verify_ledger(reader, lambda problem: click.echo(f"✗ {problem}"))
    )
    if sums.problems:
        click.echo(f"✗ {sums.problems} problems in {sums}")
        sys.exit(1)
    click.echo(f"✓ {sums}; all agree")
