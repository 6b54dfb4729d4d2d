"""Output of the operator's commands: tables and JSON, read from the database."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import click

from bot.adapters.sqlite import reports
from bot.adapters.sqlite.database import (
    Reader,
    open_reader,
)
from bot.adapters.sqlite.ownership import check_log
from bot.domain.calendar import date_of
from bot.domain.money import show_usd
from bot.settings import load

T = TypeVar("T")


def read_database(query: Callable[[Reader], Awaitable[T]]) -> T:
    """Run a query on the configured database. Raises ConfigurationProblem and DatabaseProblem."""
    path = load(os.environ).settings.database.path

    check_log(path)

    async def reading() -> T:
        async with open_reader(path) as reader:
            return await query(reader)

    return asyncio.run(reading())


def print_records(
    records: Sequence[reports.Record], columns: Sequence[str], *, as_json: bool
) -> None:
    """Print every column as JSON, or a table of `columns`."""
    if as_json:
        click.echo(json.dumps(records))
        return
    lines = [[name.removesuffix("_id") if name != "id" else name for name in columns]]
    lines += [[cell(name, record[name]) for name in columns] for record in records]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def cell(name: str, value: str | int | None) -> str:
    """Return a column's value as text for people."""
    if isinstance(value, int):
        if name in {"served", "present"}:
            return "yes" if value else "no"
        if name in {"price", "held", "spent"}:
            return show_usd(value)
        if name in {"at", "at_fal_since"} or name.endswith("_at"):
            at = datetime.fromtimestamp(value / 1000, UTC)
            return f"{at:%Y-%m-%d %H:%M:%S} UTC" if value else ""
        if name == "fal_offset":
            return f"{value} ms"
        if name in {"quota_day", "owner_day"}:
            return date_of(value)
    # Members' texts mustn't steer the operator's terminal.
    return "".join(c if c.isprintable() else " " for c in str("" if value is None else value))
