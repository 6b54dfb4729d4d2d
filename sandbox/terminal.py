"""Progress on the terminal: with a spinner where somebody looks on, as plain lines elsewhere."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext

import click


class Terminal:
    def __init__(self) -> None:
        self._console = None
        if sys.stdout.isatty():
            # Takes a tenth of a second to import.
            from rich.console import Console  # noqa: PLC0415

            self._console = Console(highlight=False)

    def say(self, text: str) -> None:
        click.echo(text)

    def complain(self, text: str) -> None:
        click.echo(text, err=True)

    @contextmanager
    def step(self, what: str) -> Generator[None]:
        """Show that something is being done, and how long it took once it is."""
        began = time.monotonic()
        waiting = self._console.status(f"{what} …") if self._console else nullcontext()
        with waiting:
            yield
        took = f"{time.monotonic() - began:5.1f} s"
        if self._console:
            self._console.print(f"[green]✓[/] [dim]{took}[/]  {what}")
        else:
            self.say(f"{took}  {what}")
