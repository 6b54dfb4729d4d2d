"""What Discord is told of the commands: small enough, and nothing left unsaid."""

import json
from collections.abc import Iterator
from typing import NotRequired, TypedDict, cast

import pytest
from discord import Client, Intents
from discord.app_commands import CommandTree

from bot.domain.catalogue.models import Catalogue, Kind
from bot.settings import load_catalogue
from cogs import all_commands
from docs.make_prices import COMMANDS as COMMAND_OF
from tests.cli.command_line import CHECKOUT

MOST_CHARACTERS = 8000
"""Of the names, descriptions and values of a command, its options (subcommands and groups among
them) and their choices: https://docs.discord.com/developers/interactions/application-commands"""
CHAT_INPUT, MESSAGE_MENU = 1, 3
INTEGER, ATTACHMENT = 4, 11
NAMES = {kind: command.removeprefix("/pika ") for kind, command in COMMAND_OF.items()}
CATALOGUE = load_catalogue(CHECKOUT / "models.toml")


class Choice(TypedDict):
    name: str
    value: str | int


class Item(TypedDict):
    """A command or an option."""

    name: str
    type: int
    description: NotRequired[str]
    options: NotRequired[list["Item"]]
    choices: NotRequired[list[Choice]]
    autocomplete: NotRequired[bool]


def payload(catalogue: Catalogue = CATALOGUE) -> list[Item]:
    """Return what is sent to Discord, as it goes over the wire."""
    tree = CommandTree(Client(intents=Intents.none()))
    for command in all_commands(catalogue):
        tree.add_command(command)
    sent = json.dumps([command.to_dict(tree) for command in tree.get_commands()])
    return cast("list[Item]", json.loads(sent))


def characters(item: Item) -> int:
    own = len(item["name"]) + len(item.get("description", ""))
    choices = sum(len(one["name"]) + len(str(one["value"])) for one in item.get("choices", []))
    return own + choices + sum(map(characters, item.get("options", [])))


def within(item: Item, *path: str) -> Iterator[tuple[str, Item]]:
    """Yield everything below a command, each with its path."""
    for option in item.get("options", []):
        below = (*path, item["name"])
        yield " ".join([*below, option["name"]]), option
        yield from within(option, *below)


COMMANDS = {item["name"]: item for item in payload()}
OPTIONS = dict(pair for item in COMMANDS.values() for pair in within(item))


def options(kind: Kind) -> dict[str, Item]:
    """Return the options of the command that makes a kind."""
    return {one["name"]: one for one in OPTIONS[f"pika {NAMES[kind]}"].get("options", [])}


def test_the_sum_adds_up():
    choice = Choice(name="ab", value=10)
    option = Item(name="abc", type=INTEGER, description="d", choices=[choice, choice])
    group = Item(name="abcd", type=CHAT_INPUT, description="ef", options=[option, option])
    assert characters(group) == 6 + 2 * 12


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_no_more_characters_than_discord_takes(name: str):
    # A tenth is left for what comes next.
    assert 0 < characters(COMMANDS[name]) <= MOST_CHARACTERS * 9 // 10


def test_every_command_has_a_type_and_what_belongs_to_it():
    types = {name: item["type"] for name, item in COMMANDS.items()}
    assert types["pika"] == CHAT_INPUT
    assert types["Animate"] == MESSAGE_MENU
    assert set(types.values()) <= {CHAT_INPUT, MESSAGE_MENU}
    for name, type_ in types.items():
        assert bool(COMMANDS[name].get("description")) == (type_ == CHAT_INPUT)


@pytest.mark.parametrize("path", OPTIONS)
def test_every_option_has_a_type_and_a_description_of_its_own(path: str):
    option = OPTIONS[path]
    assert 1 <= option["type"] <= ATTACHMENT
    # discord.py writes an ellipsis where nothing was said.
    assert 3 < len(option.get("description", "").strip("… ")) <= 100
    assert not option.get("description", "").endswith(".")
    assert len(option.get("options", [])) <= 25
    choices = option.get("choices", [])
    assert len(choices) <= 25
    assert not (choices and option.get("autocomplete"))
    assert len({one["name"] for one in choices}) == len(choices)


def test_every_kind_of_model_has_its_command():
    assert all(options(kind) for kind in Kind)


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_without_a_model_has_no_command(kind: Kind):
    others = Catalogue([model for model in CATALOGUE.models if model.kind is not kind])
    offered = {item["name"]: item for item in payload(others)}
    left, all_ = (
        {one["name"] for one in item.get("options", [])}
        for item in (offered["pika"], COMMANDS["pika"])
    )
    assert all_ - left == {NAMES[kind]}
    assert ("Animate" in offered) == (kind is not Kind.IMAGE)


@pytest.mark.parametrize("kind", Kind)
def test_choices_are_what_the_shipped_models_offer(kind: Kind):
    offered = options(kind)
    lists = {
        "resolution": [model.resolutions for model in CATALOGUE.of(kind)],
        "duration": [model.durations for model in CATALOGUE.of(kind)],
        "aspect_ratio": [model.aspect_ratios for model in CATALOGUE.of(kind)],
        "ingredients_mode": [model.ingredients_modes for model in CATALOGUE.of(kind)],
        "effect": [model.effects for model in CATALOGUE.of(kind)],
    }
    for name, several in lists.items():
        values = {value for one in several for value in one}
        assert (name in offered) == bool(values), name
        if values and not offered[name].get("autocomplete"):
            assert {one["value"] for one in offered[name].get("choices", [])} == values, name
    assert offered["model"].get("autocomplete")
