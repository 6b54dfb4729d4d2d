"""The members' guide shows what was run, and leaves no command out."""

import re

import pytest
from discord import app_commands

from bot.settings import load
from cogs import all_commands
from docs.examples import ELSEWHERE, EXAMPLES, OTHER_PICTURES, Example
from tests.meta.source_tree import CHECKOUT

DOCS = CHECKOUT / "docs"
GUIDE = (DOCS / "guide.md").read_text()
LARGEST = 150_000
PICTURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\(pictures/(?P<name>\w+)\.png\)")


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.picture for example in EXAMPLES])
def test_each_example_stands_above_its_picture(example: Example) -> None:
    _, _, after = GUIDE.partition(f"```\n{example.typed}\n```\n")
    shown = PICTURE.search(after)
    assert shown is not None, f"the guide doesn't show {example.typed}"
    assert shown["name"] == example.picture
    assert "```" not in after[: shown.start()]


def test_nothing_else_is_shown_as_run() -> None:
    blocks = re.findall(r"```\n(.*?)\n```", GUIDE, re.DOTALL)
    assert sorted(blocks) == sorted(example.typed for example in EXAMPLES)
    pictures = [match["name"] for match in PICTURE.finditer(GUIDE)]
    wanted = [*(example.picture for example in EXAMPLES), *OTHER_PICTURES]
    assert sorted(pictures) == sorted(wanted)


def test_every_command_has_an_example() -> None:
    pika, _, *menus = all_commands(load({}).catalogue)
    assert isinstance(pika, app_commands.Group)
    there = {f"pika {command.name}" for command in pika.commands}
    assert there == {example.command for example in EXAMPLES}
    for menu in menus:
        assert f"**Apps → {menu.name}**" in GUIDE


def test_every_option_that_the_guide_names_exists() -> None:
    pika = all_commands(load({}).catalogue)[0]
    assert isinstance(pika, app_commands.Group)
    options = {
        f"pika {command.name}": {option.name for option in command.parameters}
        for command in pika.commands
        if isinstance(command, app_commands.Command)
    }
    for example in EXAMPLES:
        assert example.options.keys() <= options[example.command], example.typed


def test_pictures_are_small_and_described() -> None:
    for match in PICTURE.finditer(GUIDE):
        assert len(match["alt"]) > 5
    files = {path.stem: path.stat().st_size for path in (DOCS / "pictures").iterdir()}
    wanted = {*(example.picture for example in EXAMPLES), *OTHER_PICTURES, *ELSEWHERE}
    assert files.keys() == wanted
    assert {name: size for name, size in files.items() if size > LARGEST} == {}
