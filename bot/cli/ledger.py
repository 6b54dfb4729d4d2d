"""`python -m bot ledger`: units and money by server and day, and their comparison with the jobs."""

import sys

import click

from bot.adapters.sqlite import reports
from bot.cli.output import print_records, read_database


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
        print_records(read_database(reports.balances_report), columns, as_json=False)


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
