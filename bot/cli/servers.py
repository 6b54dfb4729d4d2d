"""`python -m bot servers`: lists the servers that the bot has met, and says where it works."""

import asyncio
import os
import sys
from contextlib import AsyncExitStack

import click

from bot.adapters.process.clock import SystemClock
from bot.adapters.process.control_socket import NoAnswer, send_order
from bot.adapters.sqlite import reports
from bot.adapters.sqlite.database import check_exists, open_reader, open_writer
from bot.adapters.sqlite.ownership import InUse, owned
from bot.adapters.sqlite.wal import note_run
from bot.cli.output import print_records, read_database
from bot.domain.moderation.servers import Decision
from bot.domain.operator_orders import Serve
from bot.domain.refusal import NotPossible, Refusal
from bot.settings import Configuration, load

_LISTED = ["guild_id", "name", "served", "decision", "present", "asked_at"]


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print every column as JSON.")
@click.pass_context
def servers(context: click.Context, *, as_json: bool) -> None:
    """List the servers that the bot has met, or say whether it works in one."""
    if context.invoked_subcommand is None:
        print_records(read_database(reports.servers_report), _LISTED, as_json=as_json)


@servers.command()
@click.argument("server_id", metavar="ID", type=click.IntRange(1, (1 << 63) - 1))
def allow(server_id: int) -> None:
    """Let the bot work in a server."""
    _carry_out(Serve(guild_id=server_id, allow=True))


@servers.command()
@click.argument("server_id", metavar="ID", type=click.IntRange(1, (1 << 63) - 1))
def leave(server_id: int) -> None:
    """Let the bot leave a server, as often as it is added to it."""
    _carry_out(Serve(guild_id=server_id, allow=False))


def _carry_out(order: Serve) -> None:
    """Have an order carried out, and print the outcome."""
    try:
        click.echo(_obey(load(os.environ), order))
    except (Refusal, NoAnswer) as problem:
        click.echo(f"pika-bot: {problem}", err=True)
        sys.exit(1)


def _obey(configuration: Configuration, order: Serve) -> str:
    """Have the running bot obey, or obey here if none runs. Raises Refusal and NoAnswer."""
    answer = send_order(configuration.settings.database.path, order)
    if answer is None:
        try:
            return asyncio.run(_obey_alone(configuration, order))
        except InUse as problem:
            raise NoAnswer(
                "the bot is running, but nobody listens at its socket: it is just starting or"
                " ending; try again in a moment, or stop it first."
            ) from problem
    if not answer.ok:
        raise NotPossible(answer.text)
    return answer.text


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
    async with AsyncExitStack() as stack:
        stack.enter_context(owned(path))
        writer = await stack.enter_async_context(open_writer(path))
        await note_run(writer, path)
        book = SqliteServers(writer, await stack.enter_async_context(open_reader(path)))
        decision = Decision.ALLOWED if order.allow else Decision.LEFT
        server = await book.decide(order.guild_id, decision, at=SystemClock().now())
        return outcome(server, runs=False)
