"""`python -m bot servers`: lists the servers that the bot has met, and says where it works."""

import os

import click

from bot.adapters.process.clock import SystemClock
from bot.adapters.sqlite import reports
from bot.adapters.sqlite.database import check_exists
from bot.adapters.sqlite.ownership import open_owned
from bot.cli.orders import carry_out
from bot.cli.output import print_records, read_database
from bot.domain.moderation.servers import Decision
from bot.domain.operator_orders import Serve
from bot.settings import Configuration, load

_LISTED = ["guild_id", "name", "served", "why", "present", "asked_at"]
_HIGHEST_ID = (1 << 63) - 1


def _server_id(text: str) -> int:
    if text.isdecimal() and 0 < int(text) <= _HIGHEST_ID:
        return int(text)
    raise click.BadParameter("write the server's id, a number; `python -m bot servers` lists them.")


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print every column as JSON.")
@click.pass_context
def servers(context: click.Context, *, as_json: bool) -> None:
    """List the servers that the bot has met, or decide on one."""
    if context.invoked_subcommand is None:
        listed = load(os.environ).settings.discord.servers
        records = read_database(lambda reader: reports.servers_report(reader, listed))
        print_records(records, _LISTED, as_json=as_json)


@servers.command()
@click.argument("server_id", metavar="ID", type=_server_id)
def allow(server_id: int) -> None:
    """Let the bot work in a server."""
    carry_out(Serve(guild_id=server_id, allow=True), _obey_alone)


@servers.command()
@click.argument("server_id", metavar="ID", type=_server_id)
def leave(server_id: int) -> None:
    """Let the bot leave a server, now and whenever somebody adds it."""
    carry_out(Serve(guild_id=server_id, allow=False), _obey_alone)


async def _obey_alone(configuration: Configuration, order: Serve) -> str:
    """Record the decision while no bot runs. Raises Refusal, DatabaseProblem and InUse."""
    # Imported here, so that the other commands start fast.
    from bot.adapters.sqlite.servers import SqliteServers  # noqa: PLC0415
    from bot.application.servers import check_decidable, outcome  # noqa: PLC0415

    path = configuration.settings.database.path
    check_decidable(
        order.guild_id, allow=order.allow, listed=configuration.settings.discord.servers
    )
    check_exists(path)
    async with open_owned(path) as (writer, reader):
        decision = Decision.ALLOWED if order.allow else Decision.LEFT
        book = SqliteServers(writer, reader)
        before = await book.server(order.guild_id)
        server = await book.decide(order.guild_id, decision, at=SystemClock().now())
        return outcome(server, before, runs=False)
