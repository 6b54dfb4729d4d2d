"""The command line: `python -m bot`."""

import asyncio
import json
import logging
import os
import sys
from contextlib import suppress

import click

from bot import __version__, logs
from bot.adapters.process.clock import SystemClock
from bot.adapters.process.heartbeat import LOST_SECONDS, Heartbeat
from bot.adapters.process.linux import close_memory
from bot.adapters.sqlite.database import DatabaseProblem
from bot.cli import jobs, ledger, maintenance, models, servers
from bot.settings import ConfigurationProblem, load
from bot.settings.credentials import load_credentials

log = logging.getLogger(__name__)

USAGE_OR_CONFIGURATION = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pika-bot")
def main() -> None:
    """A self-hosted Discord bot that makes Pika videos."""
    # Every command has the secrets in its environment, and decoders run as the same user.
    # Where that can't be done, `doctor` and the log of `run` say so.
    with suppress(OSError):
        close_memory()


@main.command()
def run() -> None:
    """Run the bot until SIGTERM or Ctrl-C."""
    configuration = load(os.environ)
    credentials = load_credentials(os.environ)
    level = configuration.settings.process.log_level
    logs.configure(level, [credentials.discord_token, credentials.fal_key])
    # Imported here, so that the other commands start fast.
    from bot import app  # noqa: PLC0415

    asyncio.run(app.run(configuration, credentials))


@main.command(name="doctor")
@click.option("--offline", is_flag=True, help="Ask neither Discord nor fal.")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
def doctor_command(*, offline: bool, as_json: bool) -> None:
    """Check settings, walls, database, disk, Discord, fal and clock.

    Names a fix for what is wrong. The walls are those around the processes that open members'
    files. Versions are checked as well. With --offline neither Discord nor fal is asked, nor the
    clock compared with fal's.
    """
    from bot.cli import doctor  # noqa: PLC0415  # as above

    checks = doctor.checks(os.environ, offline=offline)
    if as_json:
        entries = [check.record() for check in checks]
        click.echo(json.dumps({"ok": all(check.ok for check in checks), "checks": entries}))
    else:
        for check in checks:
            click.echo(check.line())
    sys.exit(0 if all(check.ok for check in checks) else 1)


@main.command()
def health() -> None:
    """Check that the bot is connected to Discord. Exit 0 or 1."""
    from bot.cli.line_check import stands_aside  # noqa: PLC0415  # as above

    database = load(os.environ).settings.database.path
    age = Heartbeat(database).age(SystemClock().now())
    if age is None:
        click.echo("✗ no bot is connected here; `python -m bot run` starts one")
    elif age > LOST_SECONDS:
        click.echo(f"✗ not connected to Discord for {age:.0f} s; the log says why")
    elif stands_aside(database):
        click.echo(
            f"! connected to Discord {age:.0f} s ago, but stands aside: another process answers"
            " with this bot's token"
        )
    else:
        click.echo(f"✓ connected to Discord {age:.0f} s ago")
    sys.exit(age is None or age > LOST_SECONDS)


main.add_command(jobs.jobs)
main.add_command(ledger.ledger)
main.add_command(maintenance.backup)
main.add_command(maintenance.drain)
main.add_command(maintenance.restore)
main.add_command(models.models)
main.add_command(servers.servers)


def cli() -> None:
    """Run the command line; turn known problems into one sentence."""
    # Whatever this process or its children make is for the bot's own user only.
    os.umask(0o077)
    try:
        main()
    except ConfigurationProblem as problem:
        click.echo(f"pika-bot: {problem}", err=True)
        sys.exit(USAGE_OR_CONFIGURATION)
    except DatabaseProblem as problem:
        click.echo(f"pika-bot: {problem}", err=True)
        sys.exit(1)
    except Exception as error:
        # Through the log, which hides secrets.
        log.exception("unexpected error")
        click.echo(
            f"pika-bot: ended by an unexpected error ({type(error).__name__}): start it again, and"
            " if it stays so, report it with the lines above.",
            err=True,
        )
        sys.exit(1)


if __name__ == "__main__":
    cli()
