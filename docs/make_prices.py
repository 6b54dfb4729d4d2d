"""Make docs/prices.md from the shipped models.toml and config.toml: `make prices`."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import TypedDict, cast

from bot.domain.catalogue.models import Catalogue, Kind, Model
from bot.domain.catalogue.prices import PricedVideos, price_list
from bot.domain.money import micro_usd, show_usd
from bot.settings import load_catalogue

CHECKOUT = Path(__file__).parent.parent
PAGE = CHECKOUT / "docs" / "prices.md"
COMMANDS = {
    Kind.TEXT: "/pika text",
    Kind.IMAGE: "/pika image",
    Kind.SCENES: "/pika scenes",
    Kind.FRAMES: "/pika frames",
    Kind.EFFECT: "/pika effect",
    Kind.SWAP: "/pika swap",
    Kind.ADD: "/pika add",
}
INTRODUCTION = """\
# What a video costs

Made by `make prices` from [models.toml](../models.toml) and [config.toml](../config.toml) as they come with the bot.

A video takes one unit of its member's daily quota (`quota.videos_per_day`) for every {unit} of its price or part of them (`quota.unit_usd`), and at least one. With `quota.unit_usd = "0"` every video takes one unit, whatever it costs.

*About* stands before a price that fal doesn't state and the catalogue assumes. Where a line names no resolution or seconds, the input decides them, and the price is the same. With Pikaframes the seconds are those of all transitions together. `python -m bot models` prints the catalogue of your bot, and `python -m bot models check` compares it with fal's.
"""


class _Quota(TypedDict):
    unit_usd: str


class _Config(TypedDict):
    quota: _Quota


def shipped() -> tuple[Catalogue, int]:
    """Return the catalogue, and what a unit is good for in micro-dollars."""
    config = cast("_Config", cast("object", tomllib.loads((CHECKOUT / "config.toml").read_text())))
    unit = micro_usd(Decimal(config["quota"]["unit_usd"]))
    return load_catalogue(CHECKOUT / "models.toml"), unit


def page(catalogue: Catalogue, unit: int) -> str:
    """Return the page: a table for each command."""
    parts = [INTRODUCTION.format(unit=show_usd(unit))]
    for kind in catalogue.kinds:
        rows = [
            row(model, priced)
            for model in catalogue.of(kind)
            for priced in price_list(model.prices, model.choices, unit=unit)
        ]
        heading = [
            f"## `{COMMANDS[kind]}`\n",
            "| model | resolution | seconds | fal may charge | units |",
            "|---|---|---|---|---|",
        ]
        parts.append("\n".join([*heading, *rows]) + "\n")
    return "\n".join(parts)


def row(model: Model, priced: PricedVideos) -> str:
    cost = priced.cost
    cells = [model.name, priced.resolution or "", priced.length, str(cost.price), str(cost.units)]
    return f"| {' | '.join(cell or '–' for cell in cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(*shipped()))
