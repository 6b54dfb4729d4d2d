"""The quick mode of every bench: all of its code in a few seconds, with small counts."""

import click

option = click.option(
    "--quick",
    is_flag=True,
    help="Run all of the code with small counts, in seconds; no aim is judged.",
)


def exit_code(*, wrong: bool = False, missed: bool, quick: bool) -> int:
    """Return 1 if a count is wrong or, except in quick mode, an aim is missed."""
    if quick:
        click.echo("Quick mode: no aim is judged, as numbers of so few say nothing.")
    return int(wrong or (missed and not quick))
