"""The tables of docs/operators.md name the fields that commands print as JSON, and no others."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import click
import pytest

from bot.__main__ import main
from bot.domain.jobs.job import Status
from sandbox.fal import open_fal
from sandbox.render import Renderer
from tests.adapters.sqlite.store_harness import make_database
from tests.cli.command_line import CHECKOUT, Folder, make_folder

PAGE = CHECKOUT / "docs" / "operators.md"
COMMAND = re.compile(r"`([a-z ]+) --json`")
ROW = re.compile(r"\| `(?P<field>[a-z_.\[\]]+)` \| (?P<unit>[^|]+) \| (?P<source>[^|]+) \|")
UNITS = {
    "0 or 1",
    "Discord id",
    "JSON as text",
    "Unix milliseconds",
    "milliseconds",
    "days since 1970-01-01",
    "micro-dollars",
    "number",
    "seconds",
    "text",
    "true or false",
    "units of the quota",
}
# Values that aren't taken apart: a span of seconds, shortest and longest.
SPANS = {"prices[].seconds"}
JOB = (Status.SUBMITTING, Status.SUBMITTED, Status.SUCCEEDED)


def tables() -> dict[str, dict[str, str]]:
    """Return the unit of each documented field, by command."""
    chapter = PAGE.read_text().partition("\n## JSON for programs\n")[2]
    documented: dict[str, dict[str, str]] = {}
    for section in chapter.split("\n### ")[1:]:
        heading, _, text = section.partition("\n")
        commands: list[str] = COMMAND.findall(heading)
        lines = [line for line in text.splitlines() if line.startswith("| `")]
        rows = [ROW.fullmatch(line) for line in lines]
        units = {row["field"]: row["unit"] for row in rows if row is not None}
        assert len(units) == len(lines), heading
        documented |= dict.fromkeys(commands, units)
    return documented


def documented_fields(command: str) -> set[str]:
    """Return the fields of a command, with those that are described at another one."""
    fields = set[str]()
    for field, unit in tables()[command].items():
        if (other := re.fullmatch(r"as `(.+) --json`", unit)) is None:
            fields.add(field)
        else:
            fields |= {f"{field}.{inner}" for inner in documented_fields(other[1])}
    return fields


def printed_fields(value: object, path: str = "") -> Iterator[str]:
    """Yield the path of each field; the outermost list has no name."""
    if isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            yield from printed_fields(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and path not in SPANS:
        assert value, f"nothing to compare at {path}"
        for inner in cast("list[object]", value):
            yield from printed_fields(inner, f"{path}[]" if path else "")
    else:
        yield path


def json_commands(command: click.Command, name: str = "") -> Iterator[str]:
    """Yield the name of each command that has the option."""
    if any("--json" in parameter.opts for parameter in command.params):
        yield name
    if isinstance(command, click.Group):
        for inner, subcommand in command.commands.items():
            yield from json_commands(subcommand, f"{name} {inner}".strip())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return a folder with the database of a bot that has made a video."""
    place = tmp_path / "data"
    place.mkdir()
    make_database(place, JOB)
    bot = make_folder(tmp_path)
    assert bot.bot("servers", "allow", "1573870209247215616").returncode == 0
    return bot


async def print_json(folder: Folder, *arguments: str, **environment: str) -> object:
    ended = await asyncio.to_thread(folder.bot, *arguments, "--json", **environment)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("\n") == 1
    return cast("object", json.loads(ended.stdout))


def test_the_readers_read():
    printed = [{"a": 1, "b": {"c": None}, "prices": [{"seconds": [1, 2]}, {"seconds": None}]}]
    assert set(printed_fields(printed)) == {"a", "b.c", "prices[].seconds"}
    assert documented_fields("jobs show") >= {"job.id", "ledger[].held"}


def test_every_command_with_json_is_documented():
    assert set(tables()) == set(json_commands(main))


def test_every_field_has_a_known_unit():
    units = {unit for fields in tables().values() for unit in fields.values()}
    assert {unit for unit in units if not unit.startswith("as `")} == UNITS


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("jobs", []),
        ("jobs list", []),
        ("jobs show", ["1"]),
        ("ledger", []),
        ("models", []),
        ("models list", []),
        ("doctor", ["--offline"]),
        ("servers", []),
    ],
)
async def test_the_fields_printed_are_those_documented(
    folder: Folder, command: str, arguments: list[str]
) -> None:
    printed = await print_json(folder, *command.split(), *arguments)
    assert set(printed_fields(printed)) == documented_fields(command)


async def test_the_fields_of_a_check_are_those_documented(
    folder: Folder, renderer: Renderer
) -> None:
    async with open_fal(renderer=renderer) as fal:
        there = {"PIKA_FAL__API_URL": fal.base_url, "FAL_KEY": fal.key}
        printed = await print_json(folder, "models", "check", **there)
    assert set(printed_fields(printed)) == documented_fields("models check")
