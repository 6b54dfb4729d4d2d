"""Numbers of the bot beside those of another way, and their ratios."""

from collections.abc import Sequence
from dataclasses import dataclass

import click

HEADINGS = ("", "pika-bot", "subscribe", "ratio", "")


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement of both ways."""

    what: str
    """Name of the measurement, with its unit."""
    ours: float | None
    """The bot's value; None where nothing could be measured."""
    theirs: float | None
    """The other way's value; None where nothing could be measured."""
    aim: str = ""
    """The aim in words, if there is one."""


def show(lines: Sequence[Line], headings: tuple[str, ...] = HEADINGS) -> None:
    """Print the lines as a table."""
    rows: list[tuple[str, ...]] = [headings]
    for line in lines:
        ratio = _ratio(line.ours, line.theirs)
        rows.append((line.what, _number(line.ours), _number(line.theirs), ratio, line.aim))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for what, *numbers, aim in rows:
        cells = [text.rjust(width) for text, width in zip(numbers, widths[1:-1], strict=True)]
        click.echo("   ".join([what.ljust(widths[0]), *cells, aim]).rstrip())


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def _ratio(ours: float | None, theirs: float | None) -> str:
    if ours is None or theirs is None or ours <= 0 or theirs <= 0:
        return "–"
    larger = max(ours, theirs) / min(ours, theirs)
    return f"{_number(larger)} : 1" if ours > theirs else f"1 : {_number(larger)}"
